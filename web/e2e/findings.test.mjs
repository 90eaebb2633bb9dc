// Findings: one is set aside with a reason, leaves what is active, and is heard again.

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

test('a machine has a report with what is known of it, and it can be printed', async () => {
  const items = (await api('/assets')).items.filter((a) => a.state.monitor.state === 'watching');
  await go(`/a/${items[0].path}?tab=health`);
  await page.click('a:has-text("Report: signal quality")');
  await page.waitForSelector('h2:text-is("What was learned")');
  const text = await page.textContent('#main');
  for (const word of ['Signal quality', 'What takes from it', 'Watched since', 'Beside others of its kind', 'What is not covered']) assert.ok(text.includes(word), word);
  const told = await api(`/assets/${items[0].id}/report`);
  assert.equal(await page.locator('table').first().locator('tbody tr').count(), told.signals.length);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('button:text-is("Print")').isVisible(), false);
  assert.equal(await page.locator('h2:text-is("What was learned")').isVisible(), true);
  await page.emulateMedia({ media: 'screen' });
});

test('a sentence tells its time in the time of the site', async () => {
  const all = (await api('/findings')).items;
  const one = all.find((f) => /T\d\d:\d\d:\d\dZ/.test(f.explanation));
  if (!one) return; // none of the findings tells a time
  await go(`/findings/${one.id}`);
  assert.doesNotMatch(await page.textContent('.explanation'), /T\d\d:\d\d:\d\dZ/);
});

test('a finding is muted with a reason, leaves what is active, and is heard again', async () => {
  const active = (await api('/findings?state=active&muted=false&brief=true')).items;
  const one = active.at(-1);
  await go(`/findings/${one.id}`);
  await page.click('button:text-is("Mute")');
  assert.equal(await page.locator('dialog button:text-is("Mute")').isDisabled(), true, 'a reason is wanted');
  await page.click('dialog button:text-is("1 week")');
  await page.fill('dialog textarea', 'known, the part is ordered');
  await page.click('dialog button:text-is("Mute")');
  await page.waitForSelector('.toast:has-text("Finding muted")');
  await page.waitForSelector('.chip:text-is("Muted")');
  assert.match(await page.textContent('section[aria-label="Check"]'), /Muted until .*known, the part is ordered/s);

  await go('/findings');
  await page.waitForSelector('td a, h2');
  assert.equal(await page.locator(`a[href="/findings/${one.id}"]`).count(), 0, 'it is not among what is active');
  await page.click('nav a:text-is("Muted"), [role=tablist] a:text-is("Muted"), a:text-is("Muted")');
  await page.waitForSelector(`a[href="/findings/${one.id}"]`);
  assert.match(await page.textContent('#main'), /Muted until/);

  await go(`/findings/${one.id}`);
  await page.click('button:text-is("Unmute")');
  await page.waitForSelector('.toast:has-text("Finding is heard again")');
  await page.waitForSelector('button:text-is("Mute")');
  assert.equal((await api(`/findings/${one.id}`)).mute, null);
  assert.deepEqual(faults, []);
});
