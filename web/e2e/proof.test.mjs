// Labels and backtests: what is known is written down, and the past is judged by it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signedIn } from './lib.mjs';

let page;
let faults;
let go;
let close;

before(async () => {
  ({ page, faults, go, close } = await signedIn());
});
after(() => close?.());

const api = (path) => page.evaluate(async (p) => (await fetch(`/api/v1${p}`)).json(), path);

test('a selected stretch of a trend becomes a label, and can be removed again', async () => {
  const signal = (await api('/signals?limit=50')).items.find((s) => s.kind === 'gauge');
  const before = (await api('/labels')).items.length;
  const to = Date.now() - 60_000;
  const sel = `${new Date(to - 300_000).toISOString()}..${new Date(to).toISOString()}`;
  await go(`/trends?t=now-15m..now&s=${signal.id}&brush=select&sel=${encodeURIComponent(sel)}`);
  await page.click('section[aria-label="Selected interval"] button:text-is("Label")');
  await page.click('dialog button:text-is("Maintenance")');
  await page.fill('dialog textarea', 'written by a browser test');
  await page.click('dialog button:text-is("Write label")');
  await page.waitForSelector('.toast:has-text("Label written")');
  assert.equal((await api('/labels')).items.length, before + 1);
  await go('/labels');
  const row = page.locator('tr', { hasText: 'written by a browser test' }).first();
  await row.waitFor();
  await row.locator('button[aria-label^="Remove label"]').click();
  await page.waitForSelector('.toast:has-text("Label removed")');
  assert.equal((await api('/labels')).items.length, before);
  assert.deepEqual(faults, []);
});

/** A signal with a stretch that is found again. Any one may stand still, have a gap or be minutes old: each is asked. */
async function recurring() {
  const measured = (s) => s.kind === 'gauge' && !/^(virtual|monitor)\//.test(s.name);
  const gauges = (await api('/signals?limit=500')).items.filter(measured);
  const why = new Set();
  const headers = { 'X-Gemba-CSRF': '1' };
  for (let round = 0; round < 6; round += 1) {
    const to = new Date(Date.now() - 15_000);
    const from = new Date(to.getTime() - 12_000); // a plant that is two minutes old has room for ten of it
    for (const signal of gauges) {
      const data = { asset: signal.asset, signals: [signal.id], from: from.toISOString(), to: to.toISOString(), limit: 20 };
      const answer = await page.request.post(new URL('/api/v1/labels/similar', page.url()).href, { headers, data });
      const said = await answer.json();
      if (said.found?.length > 0) return { signal, sel: `${from.toISOString()}..${to.toISOString()}` };
      why.add(said.detail ?? 'nothing found');
    }
    await page.waitForTimeout(20_000);
  }
  return assert.fail(`${gauges.length} signals, no stretch that comes again: ${[...why].join('; ')}`);
}

test('what looks like a selected stretch is found and labelled in bulk', async () => {
  const { signal, sel } = await recurring();
  await go(`/trends?t=now-15m..now&s=${signal.id}&brush=select&sel=${encodeURIComponent(sel)}`);
  await page.click('section[aria-label="Selected interval"] a:text-is("Find similar")');
  const panel = page.locator('section[aria-label="Similar stretches"]');
  const boxes = panel.locator('input[type=checkbox]');
  await boxes.first().waitFor();
  const before = (await api('/labels?limit=5000')).items.map((label) => label.id);
  if ((await boxes.count()) > 1) await boxes.last().setChecked(false);
  await boxes.first().setChecked(true);
  await panel.locator('select').last().selectOption('other');
  const chosen = await panel.locator('input[type=checkbox]:checked').count();
  await panel.locator('button.primary').click();
  await page.waitForSelector('.toast:has-text("written")');
  const fresh = (await api('/labels?limit=5000')).items.filter((label) => !before.includes(label.id));
  assert.equal(fresh.length, chosen);
  assert.ok(fresh.every((label) => label.label === 'other' && label.note.startsWith('looks like')));
  for (const label of fresh) await page.evaluate((id) => fetch(`/api/v1/labels/${id}`, { method: 'DELETE', headers: { 'X-Gemba-CSRF': '1' } }), label.id);
  assert.deepEqual(faults, []);
});

test('what stands alone in a range is found and labelled from there', async () => {
  const signal = (await api('/signals?limit=50')).items.find((s) => s.kind === 'gauge');
  const to = Date.now() - 10_000;
  // courses as long as the selection are looked for in the range shown
  const sel = `${new Date(to - 10_000).toISOString()}..${new Date(to).toISOString()}`;
  await go(`/trends?t=now-15m..now&s=${signal.id}&brush=select&sel=${encodeURIComponent(sel)}`);
  await page.click('section[aria-label="Selected interval"] a:text-is("Find patterns")');
  const odd = page.locator('section[aria-label="What stands alone"] tbody tr');
  await odd.first().waitFor({ timeout: 60_000 });
  await page.waitForSelector('section[aria-label="What comes again"]');
  const before = (await api('/labels?limit=5000')).items.map((label) => label.id);
  await odd.first().locator('button:text-is("Label")').click();
  await page.click('dialog button:text-is("Other")');
  await page.fill('dialog textarea', 'odd, by a browser test');
  await page.click('dialog button:text-is("Write label")');
  await page.waitForSelector('.toast:has-text("Label written")');
  const fresh = (await api('/labels?limit=5000')).items.filter((label) => !before.includes(label.id));
  assert.deepEqual([fresh.length, fresh[0].asset, fresh[0].label], [1, signal.asset, 'other']);
  for (const label of fresh) await page.evaluate((id) => fetch(`/api/v1/labels/${id}`, { method: 'DELETE', headers: { 'X-Gemba-CSRF': '1' } }), label.id);
  assert.deepEqual(faults, []);
});

test('a backtest is started, runs, and tells what would have been found', { timeout: 240_000 }, async () => {
  await go('/backtests');
  await page.click('button:has-text("Backtest") >> nth=0');
  await page.fill('dialog label:has-text("Name") input', 'browser test');
  await page.click('dialog button:text-is("Start")');
  await page.waitForFunction(() => /^\/backtests\/\d+$/.test(location.pathname));
  await page.waitForSelector('text=Known faults found', { timeout: 200_000 });
  assert.match(await page.textContent('#main'), /What would have been found/);
  const id = Number(page.url().split('/').at(-1));
  assert.equal((await api(`/backtests/${id}`)).state, 'done');
  await go('/backtests');
  await page.click(`button[aria-label="Remove backtest ${id}"]`);
  await page.waitForSelector('.toast:has-text("Backtest removed")');
  assert.deepEqual(faults, []);
});

test('several machines and a former version are put side by side', { timeout: 240_000 }, async (t) => {
  const models = await api('/models');
  const former = models.history.map((r) => r.version.digest).find((d) => d !== models.in_service.version.digest && d !== models.candidate?.version.digest);
  if (!former) return t.skip('only one version has been in service here');
  await go('/backtests');
  await page.click('button:has-text("Backtest") >> nth=0');
  await page.fill('dialog label:has-text("Name") input', 'side by side');
  const boxes = page.locator('dialog fieldset:has(legend:text-is("Machines")) .list input:enabled');
  await boxes.last().check();
  await boxes.nth((await boxes.count()) - 2).check();
  await page.locator('dialog label', { hasText: former }).locator('input').check();
  if (models.candidate) await page.locator('dialog label:has-text("Waiting in gemba.toml") input').uncheck();
  await page.click('dialog button:text-is("Start")');
  await page.waitForFunction(() => /^\/backtests\/\d+$/.test(location.pathname));
  await page.waitForSelector('text=Known faults found', { timeout: 200_000 });
  const id = Number(page.url().split('/').at(-1));
  const done = await api(`/backtests/${id}`);
  assert.equal(done.request.assets.length, 2);
  assert.deepEqual(done.report.runs.map((run) => run.digest), [models.in_service.version.digest, former]);
  assert.match(await page.textContent('thead'), /running.*former/s);
  await go('/backtests');
  await page.click(`button[aria-label="Remove backtest ${id}"]`);
  assert.deepEqual(faults, []);
});

test('what waits is proved, goes into service from its report, and the version before comes back', { timeout: 60_000 }, async (t) => {
  const first = await api('/models');
  if (!first.candidate) return t.skip('nothing waits to go into service');
  await go('/');
  await page.click('.banner a:text-is("Start the backtest")');
  await page.waitForSelector('dialog label:has-text("Waiting in gemba.toml") input:checked');
  await page.fill('dialog label:has-text("Name") input', 'what waits');
  await page.click('dialog button:text-is("Start")');
  await page.waitForFunction(() => /^\/backtests\/\d+$/.test(location.pathname));
  assert.equal(await page.locator('button:text-is("Put into service")').isDisabled(), true, 'not before the report');
  const into = page.locator('section[aria-label="Into service"]');
  await into.locator('li', { hasText: 'candidate' }).locator('button:text-is("Put into service")').click();
  await into.locator('li', { hasText: 'candidate' }).locator('.chip:text-is("In service")').waitFor();
  assert.equal((await api('/models')).in_service.version.digest, first.candidate.version.digest);
  await go('/backtests');
  const own = page.locator('section[aria-label="In service"]');
  await own.locator('button:text-is("Back to the version before")').click();
  await page.click('dialog button:text-is("Go back")');
  await own.locator(`text=${first.in_service.version.digest} gone back to`).first().waitFor();
  assert.equal((await api('/models')).candidate, null);
  assert.deepEqual(faults, []);
});

test('lives that were learned stand beside their proof, are taken out of service with a reason, and put back', async (t) => {
  await go('/backtests');
  const panel = page.locator('section[aria-label="Learned lives"]');
  await panel.waitFor();
  const kind = (await api('/models')).learned.find((k) => k.lives.version && !k.lives.withdrawn);
  if (!kind) {
    assert.match(await panel.textContent(), /Nothing is learned yet|Battery|runs to failure/);
    return t.skip('no life was learned here');
  }
  assert.match(await panel.textContent(), new RegExp(`${kind.lives_proof.runs} runs of ${kind.lives_proof.machines} machines`));
  await panel.locator('tr', { hasText: kind.lives.version }).first().locator('button:text-is("Withdraw")').click();
  await page.fill('dialog input', 'another grease since May');
  await page.click('dialog button:text-is("Take out of service")');
  await panel.locator('td', { hasText: /Taken out of service by .*another grease since May/ }).waitFor();
  assert.equal((await api('/models')).learned.find((k) => k.kind === kind.kind).lives.withdrawn.note, 'another grease since May');
  await panel.locator('button:text-is("Put back")').click();
  await panel.locator('tr', { hasText: kind.lives.version }).first().locator('.chip:text-is("in service")').waitFor();
  assert.deepEqual(faults, []);
});
