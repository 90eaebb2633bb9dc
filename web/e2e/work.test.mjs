// Maintenance: an order from a finding, planned into a window, done; the check that closes the finding; a missed failure.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signedIn } from './lib.mjs';

const DAY = 86_400_000;
let page;
let faults;
let go;
let close;

before(async () => {
  ({ page, faults, go, close } = await signedIn());
});
after(() => close?.());

const api = (path, method = 'GET', body = undefined) =>
  page.evaluate(
    async ([p, m, b]) => {
      const headers = m === 'GET' ? {} : { 'X-Gemba-CSRF': '1', 'Content-Type': 'application/json' };
      const reply = await fetch(`/api/v1${p}`, { method: m, headers, body: b === undefined ? undefined : JSON.stringify(b) });
      const text = await reply.text();
      return text ? JSON.parse(text) : null;
    },
    [path, method, body],
  );

test('an order is written by hand, planned with its own hours, and finished', async () => {
  await go('/maintenance/supply');
  await page.click('button:has-text("Window") >> nth=-1');
  await page.fill('dialog label:has-text("Name") input', 'Night of the browser test');
  await page.fill('dialog input[aria-label="Skill 1"]', 'welder');
  await page.click('dialog button:text-is("Add")');
  await page.waitForSelector('.toast:has-text("Window added")');
  await page.waitForSelector('td.head:has-text("Night of the browser test")');

  await go('/maintenance');
  await page.keyboard.press('n');
  await page.fill('dialog label:has-text("What is to be done") input', 'Weld the bracket');
  await page.fill('dialog label:has-text("Standing still") input', '1.5');
  await page.fill('dialog label:has-text("Skill") input', 'welder');
  await page.fill('dialog label:has-text("Due") input', new Date(Date.now() + 20 * DAY).toISOString().slice(0, 16));
  await page.click('dialog button:text-is("Write order")');
  await page.waitForSelector('.toast:has-text("Work order written")');
  await page.waitForSelector('.calendar .label:has-text("Weld the bracket")');
  await page.click('button:text-is("Apply plan")');
  await page.waitForSelector('.toast:has-text("The plan is written")');
  await page.waitForSelector('text=is what the orders say');
  const order = (await api('/maintenance/orders')).items.find((o) => o.title === 'Weld the bracket');
  assert.equal(order.state, 'planned');
  assert.equal(Date.parse(order.planned.to) - Date.parse(order.planned.from), 1.5 * 3_600_000, 'its own hours, not the window');

  await page.click('td a:text-is("Weld the bracket")');
  await page.waitForSelector('h2:text-is("Waiting or doing")');
  assert.match(await page.textContent('#main'), /chosen/);
  await page.click('button:text-is("Begin")');
  await page.waitForSelector('.chip:text-is("In progress")');
  await page.click('button:text-is("Finish")');
  await page.fill('dialog textarea', 'welded and painted');
  await page.click('dialog button:text-is("Finish order")');
  await page.waitForSelector('.chip:text-is("Done")');
  assert.match(await page.textContent('#main'), /welded and painted/);
  const done = await api(`/maintenance/orders/${order.id}`);
  assert.ok(Date.parse(done.worked.from) > Date.parse(done.created) - 150_000, `${done.worked.from} is proposed, before the order of ${done.created}`);
  for (const w of (await api('/maintenance/windows')).items.filter((x) => x.name === 'Night of the browser test')) await api(`/maintenance/windows/${w.id}`, 'DELETE');
  assert.deepEqual(faults, []);
});

test('a draft carries its parts, says which is missing and what is not known', async (t) => {
  const order = (await api('/maintenance/orders')).items.find((o) => o.parts.length > 1);
  if (!order) return t.skip('no open order wants parts here');
  await go(`/maintenance/orders/${order.id}`);
  await page.waitForSelector('h2:text-is("Parts")');
  const told = await page.textContent('#main');
  assert.match(told, /6205-2RS.*missing/s);
  assert.match(told, /short and not on order\. Ordered now it is there by/);
  assert.match(told, /which one\?/);
  assert.match(told, /Not known.*shaft seal: which part it is/s);
  assert.match(told, /within 30 days × 18000 EUR = \d+ EUR/);
  assert.deepEqual(faults, []);
});

test('a production plan is dropped, shown with its bad rows, taken over and taken back', async () => {
  await go('/maintenance/supply');
  const before = (await api('/maintenance/windows')).items.length;
  await page.click('button:has-text("Production plan")');
  const soon = (days, hour) => `${new Date(Date.now() + days * DAY).toISOString().slice(0, 10)}T${hour}:00:00Z`;
  const text = `name,from,to\nBrowser stop,${soon(3, '06')},${soon(3, '14')}\nOdd,next week,later\n`;
  const data = await page.evaluateHandle((csv) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([csv], 'browser-plan.csv', { type: 'text/csv' }));
    return transfer;
  }, text);
  await page.dispatchEvent('dialog .drop', 'drop', { dataTransfer: data });
  await page.waitForSelector('dialog [role=status]:has-text("1 new")');
  const shown = await page.textContent('dialog');
  assert.match(shown, /1 cannot be taken/);
  assert.match(shown, /is no time/);
  assert.equal((await api('/maintenance/windows')).items.length, before, 'shown is not written');
  await page.click('dialog button:text-is("Take 1 over")');
  await page.waitForSelector('td.head:has-text("Browser stop")');
  await page.click('.toast button:has-text("Undo")');
  await page.waitForSelector('.toast:has-text("Production plan taken back")');
  assert.equal((await api('/maintenance/windows')).items.length, before);
  assert.deepEqual(faults, []);
});

test('figures are told for a part of the plant, over the time it was watched', async () => {
  await go('/maintenance/failures');
  await page.waitForSelector('h2:text-is("Machines that stood longest")');
  const all = await page.textContent('#main');
  assert.match(all, /MTBF counts from the first data of each machine/);
  const kinds = await page.locator('select[aria-label="Which kind of machine"] option').count();
  if (kinds > 1) {
    await page.selectOption('select[aria-label="Which kind of machine"]', { index: 1 });
    await page.waitForFunction(() => new URLSearchParams(location.search).has('kind'));
    await page.waitForSelector('h2:text-is("Machines that stood longest")');
  }
  assert.deepEqual(faults, []);
});

test('the health page ranks failure modes with their formula', async (t) => {
  const machine = (await api('/assets')).items?.find((a) => a.template) ?? (await api('/assets')).find?.((a) => a.template);
  if (!machine) return t.skip('no machine follows a template here');
  await go(`/a/${machine.path}?tab=health`);
  await page.waitForSelector('th:text-is("RPN")');
  assert.match(await page.textContent('#main'), /RPN = severity × occurrence × detection/);
  assert.deepEqual(faults, []);
});

test('ranks are given for a kind of machine, with the recorded occurrence as a suggestion, and taken back', async (t) => {
  const machine = (await api('/assets')).items.find((a) => a.template === 'pump');
  if (!machine) return t.skip('no pump stands here');
  const changes = async () => (await api('/maintenance/ranks/changes')).items;
  const before = (await changes()).length;
  await go(`/a/${machine.path}?tab=health`);
  await page.click('button[aria-label="Change the ranks of Cavitation"]');
  await page.selectOption('dialog select >> nth=0', { label: 'every pump of the plant' });
  const take = page.locator('dialog .seen button');
  if ((await take.count()) > 0) await take.click();
  else await page.selectOption('dialog label:has-text("occurrence") select', '3');
  await page.selectOption('dialog label:has-text("severity") select', '9');
  await page.fill('dialog input', 'a browser test');
  await page.click('dialog button:text-is("Save")');
  await page.waitForSelector('.toast:has-text("Ranks of cavitation written")');
  const row = page.locator('tr', { hasText: 'Cavitation' }).filter({ has: page.locator('button[aria-label="Change the ranks of Cavitation"]') });
  await page.waitForFunction(() => [...document.querySelectorAll('tr')].some((tr) => /Cavitation/.test(tr.textContent) && tr.querySelector('td[data-l=severity]')?.textContent.trim() === '9'));
  assert.match(await row.textContent(), /own/);
  await page.click('summary:has-text("Changes of ranks")');
  await page.locator('details li', { hasText: 'a browser test' }).first().locator('button:text-is("Undo")').click();
  await page.waitForSelector('.toast:has-text("taken back")');
  await page.waitForFunction(() => ![...document.querySelectorAll('tr')].some((tr) => /Cavitation/.test(tr.textContent) && tr.querySelector('td[data-l=severity]')?.textContent.trim() === '9'));
  assert.equal((await changes()).length, before + 2, 'the way back is a change too');
  assert.deepEqual(faults, []);
});

test('lasting changes of signals stand on the axis of the past and beside the findings', async (t) => {
  const change = (await api('/changes')).items[0] ?? (await api('/assets')).items.find((a) => a.name === 'Circulation pump 1');
  const machine = (await api('/assets')).items.find((a) => a.id === (change?.asset ?? change?.id));
  const told = machine && (await api(`/changes?asset=${machine.id}`)).items;
  if (!told?.length) return t.skip('no signal has changed here');
  await go(`/a/${machine.path}?tab=health&past=365`);
  await page.waitForSelector('svg a[aria-label^="Changed"]');
  await go(`/a/${machine.path}?tab=findings`);
  await page.waitForSelector('h2:text-is("Lasting changes of signals")');
  await page.waitForSelector('section:has(h2:text-is("Lasting changes of signals")) td a[href^="/trends?t="]');
  assert.deepEqual(faults, []);
});

test('a check closes a finding, becomes a label, and is taken back', async (t) => {
  const findings = (await api('/findings')).items;
  const states = await Promise.all(findings.map((f) => api(`/cases/${f.id}`)));
  const finding = findings.find((_, i) => ['pending', 'inspecting'].includes(states[i].state));
  if (!finding) return t.skip('no finding is open here');
  const labels = (await api('/labels')).items.length;
  await go(`/findings/${finding.id}`);
  await page.click('button:text-is("Record check")');
  assert.ok(await page.isDisabled('dialog button:text-is("Record check")'), 'a check without words closes nothing');
  await page.click('dialog button:text-is("Nothing found")');
  await page.fill('dialog textarea', 'looked by a browser test');
  await page.click('dialog button:text-is("Record check")');
  await page.waitForSelector('[aria-label=Check] .chip:text-is("False alarm")');
  assert.equal((await api('/labels')).items.length, labels + 1);
  await go('/cases?q=browser+test');
  await page.waitForSelector(`td a[href="/findings/${finding.id}"]`);
  await go(`/findings/${finding.id}`);
  await page.waitForSelector('section[aria-label="Nearest past cases"]');
  await page.click('button:text-is("Take last check back")');
  await page.waitForSelector('[aria-label=Check] .chip:text-is("Being looked at")');
  assert.equal((await api('/labels')).items.length, labels);
  assert.deepEqual(faults, []);
});

test('a missed failure is noted by hand and counts', async () => {
  await go('/maintenance/failures');
  await page.click('button:has-text("Failure") >> nth=0');
  await page.fill('dialog textarea', 'missed in a browser test');
  await page.click('dialog button:text-is("Note failure")');
  await page.waitForSelector('.toast:has-text("Failure noted")');
  const row = page.locator('tr', { hasText: 'missed in a browser test' });
  await row.waitFor();
  assert.match(await row.textContent(), /missed/);
  await row.locator('button[aria-label^="Take failure"]').click();
  await page.waitForSelector('.toast:has-text("Failure taken back")');
  assert.deepEqual(faults, []);
});

test('a file is looked at where it is dropped, and the report can be kept', { timeout: 120_000 }, async () => {
  await go('/analyze');
  const rows = Array.from({ length: 1200 }, (_, i) => {
    const wobble = Math.sin(i * 12.9898) + Math.sin(i * 78.233);
    return `${new Date(1.7e12 + i * 1000).toISOString()},${(5 + 0.1 * wobble - (i > 900 ? 1 : 0)).toFixed(3)},${(40 + Math.sin(i * 39.346)).toFixed(2)}`;
  });
  const file = (name, text) => page.setInputFiles('input[type=file]', { name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  await file('short.csv', 'time,a\n1,2\n');
  await page.waitForSelector('[role=alert]');
  assert.match(await page.textContent('[role=alert]'), /20 rows/);
  const data = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'press.csv', { type: 'text/csv' }));
    return transfer;
  }, `time,pressure [bar],temperature [°C]\n${rows.join('\n')}\n`);
  await page.fill('input[placeholder="found by itself"]', '0%..50%');
  await page.dispatchEvent('.drop', 'drop', { dataTransfer: data });
  await page.waitForSelector('h2:text-is("What is not normal")', { timeout: 60_000 });
  assert.match(await page.textContent('#main'), /press\.csv/);
  assert.ok((await page.locator('figure svg path').count()) >= 3, 'the score and both signals are drawn');
  await page.locator('.anomalies button').first().click();
  assert.ok((await page.locator('rect.anomaly.chosen').count()) >= 1, 'the chosen deviation is marked in the charts');
  const [kept] = await Promise.all([page.waitForEvent('download'), page.click('button:text-is("HTML")')]);
  assert.equal(kept.suggestedFilename(), 'press.report.html');
  faults.splice(0, faults.length, ...faults.filter((fault) => !/422/.test(fault))); // the short file was refused, as it should
  assert.deepEqual(faults, []);
});
