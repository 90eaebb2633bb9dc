// The spectrum page and the health tab: what a person looks for in a waveform, over the fixture or a real Gemba.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signedIn } from './lib.mjs';

let page;
let faults;
let go;
let close;
let wave;

before(async () => {
  ({ page, faults, go, close } = await signedIn());
  wave = (await api('/signals?kind=waveform&limit=1')).items[0];
});
after(() => close?.());

const api = (path) => page.evaluate(async (p) => (await fetch(`/api/v1${p}`)).json(), path);
const param = (name) => new URL(page.url()).searchParams.get(name);

test('a waveform is shown in time, as a spectrum and as a waterfall', async (t) => {
  if (!wave) return t.skip('no waveform signal');
  await go(`/spectrum?s=${wave.id}`);
  await page.waitForSelector('[aria-label^="Waveform of"] .u-over');
  await page.waitForSelector('[aria-label^="Waterfall of"]');
  await page.waitForSelector('[aria-label^="Kurtogram"]');
  assert.match(await page.textContent('#main'), /What this waveform says/);
  assert.match(await page.getAttribute('audio', 'src'), /waveforms\/sound\?signal=\d+&at=\d+$/);
  for (const [button, word] of [['Envelope', 'envelope'], ['Velocity', 'velocity'], ['Spectrum', null]]) {
    await page.click(`button:text-is("${button}")`);
    assert.equal(param('of'), word);
    await page.waitForSelector('.u-over');
  }
  assert.deepEqual(faults, []);
});

test('a click sets the cursor, its kind and the axis are in the URL, back and forth by keyboard', async (t) => {
  if (!wave) return t.skip('no waveform signal');
  await go(`/spectrum?s=${wave.id}`);
  const over = page.locator('section:has(button:text-is("Envelope")) .u-over');
  await over.waitFor();
  await page.waitForTimeout(600);
  const box = await over.boundingBox();
  await page.mouse.click(box.x + box.width * 0.2, box.y + box.height / 2);
  await page.waitForFunction(() => new URL(location.href).searchParams.get('f'));
  const f = Number(param('f'));
  assert.ok(f > 0);
  await page.locator('#main').focus();
  await page.keyboard.press('.');
  await page.waitForFunction((old) => Number(new URL(location.href).searchParams.get('f')) > old, f);
  await page.keyboard.press('h');
  assert.equal(param('cur'), 'harmonic');
  await page.keyboard.press('y');
  assert.equal(param('y'), 'db');
  await page.selectOption('select[aria-label="Frequency axis"]', 'cpm');
  assert.equal(param('x'), 'cpm');
  await page.keyboard.press('v');
  await page.waitForSelector('[role=table][aria-label=Lines] [role=cell]');
  await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 5 });
  await page.mouse.up();
  await page.waitForFunction(() => new URL(location.href).searchParams.get('z'));
  await page.click('button:text-is("Whole range")');
  assert.equal(param('z'), null);
  assert.deepEqual(faults, []);
});

test('window, averages, orders, reference, cepstrum and one turn are in the URL', async (t) => {
  if (!wave) return t.skip('no waveform signal');
  await go(`/spectrum?s=${wave.id}`);
  await page.waitForSelector('[aria-label^="Waveform of"] .u-over');
  await page.selectOption('label:has-text("Window") select', 'flat_top');
  assert.equal(param('win'), 'flat_top');
  await page.selectOption('label:has-text("Averaged") select', '4');
  assert.equal(param('avg'), '4');
  await page.selectOption('select[aria-label="Frequency axis"]', 'orders');
  await page.waitForSelector('text=Orders tracked');
  await page.locator('#main').focus();
  await page.keyboard.press('r');
  await page.waitForSelector('button[aria-label="No reference"]');
  assert.ok(Number(param('ref')) > 0);
  await page.keyboard.press('[');
  await page.waitForFunction(() => new URL(location.href).searchParams.get('at'));
  await page.click('button:text-is("This block")');
  assert.equal(param('fall'), 'block');
  await page.waitForSelector('[aria-label^="Waterfall of"]');
  await page.click('button:text-is("Cepstrum")');
  await page.waitForSelector('[aria-label^="Cepstrum to"] .u-over');
  await page.click('button:text-is("One turn")');
  await page.waitForSelector('[aria-label^="Mean turn of shaft"] .u-over');
  await page.click('button:text-is("Spectrum")');
  assert.deepEqual(faults, []);
});

test('older waveforms are a key away, and a click into the kurtogram takes a band', async (t) => {
  if (!wave) return t.skip('no waveform signal');
  await go(`/spectrum?s=${wave.id}`);
  await page.waitForSelector('[aria-label^="Kurtogram"]');
  await page.locator('#main').focus();
  await page.keyboard.press('[');
  await page.waitForFunction(() => new URL(location.href).searchParams.get('at'));
  const first = Number(param('at'));
  await page.keyboard.press('[');
  await page.waitForFunction((old) => Number(new URL(location.href).searchParams.get('at')) < old, first);
  await page.waitForTimeout(600);
  const map = page.locator('[aria-label^="Kurtogram"] canvas');
  const box = await map.boundingBox();
  await map.click({ position: { x: box.width * 0.5, y: box.height * 0.4 } });
  await page.waitForFunction(() => new URL(location.href).searchParams.get('band'));
  assert.equal(param('of'), 'envelope');
  await page.waitForSelector('input[aria-label="Band from, Hz"]');
  await page.keyboard.press('n');
});

test('health is a number with its reasons, or pending', async () => {
  const { items } = await api('/assets');
  const machine = items.find((a) => a.state.findings > 0) ?? items.find((a) => a.template);
  const before = await api(`/assets/${machine.id}/health`);
  await go(`/a/${machine.path}?tab=health`);
  await page.waitForSelector('text=Failure modes');
  const shown = await page.textContent('.number b');
  const after = await api(`/assets/${machine.id}/health`);
  // a fault that develops moves it meanwhile, and not always one way
  const [least, most] = [before.health, after.health].map(Math.round).sort((a, b) => a - b);
  if (before.health === null && after.health === null) assert.match(shown, /Pending/);
  else if (before.health !== null && after.health !== null) assert.ok(parseInt(shown, 10) >= least - 3 && parseInt(shown, 10) <= most + 3, `${shown} is not ${least} to ${most}`);
  assert.match(await page.textContent('#main'), /severity times sureness/);
  assert.deepEqual(faults, []);
});

test('a band is marked by dragging or by its edges, named, given a limit, seen in the spectrum, and removed', async (t) => {
  if (!wave) return t.skip('no waveform signal');
  const name = `mark ${Date.now() % 100_000}`;
  await go(`/spectrum?s=${wave.id}`);
  const over = page.locator('section:has(button:text-is("Envelope")) .u-over');
  await over.waitFor();
  await page.waitForTimeout(600);
  await page.locator('#main').focus();
  await page.click('button:text-is("Mark a band")');
  await page.waitForSelector('[aria-label="Band to mark"]');
  const box = await over.boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 40, { steps: 5 });
  await page.mouse.up();
  await page.waitForFunction(() => /^\d.*-/.test(new URL(location.href).searchParams.get('mark')));
  assert.equal(param('z'), null, 'it marks and does not zoom');
  // the way without dragging
  await page.fill('[aria-label="Band to mark"] label:has-text("from") input', '30');
  await page.fill('[aria-label="Band to mark"] label:has-text("to") input', '200');
  await page.keyboard.press('Tab');
  await page.waitForFunction(() => new URL(location.href).searchParams.get('mark') === '30-200');
  await page.click('button:text-is("Name and limits")');
  await page.fill('dialog label:has-text("Name") input', name);
  await page.fill('dialog label:text-is("High") input', '0.0001');
  await page.click('dialog button:text-is("Save")');
  const row = page.locator('section:has(h2:text-is("Bands")) tr', { hasText: name });
  await row.waitFor();
  assert.match(await row.textContent(), /30\.0 – 200\.0/);
  assert.match(await row.textContent(), /▲ above/);
  const kept = (await api(`/signals/${wave.id}`)).bands.find((band) => band.name === name.replace(' ', '_'));
  assert.deepEqual([kept.from, kept.to, kept.limits.high], [30, 200, 0.0001]);
  await page.click(`button[aria-label="Edit ${name}"]`);
  await page.fill('dialog label:has-text("To") input', '20');
  assert.ok(await page.locator('dialog button:text-is("Save")').isDisabled(), 'edges in order');
  await page.click('dialog button:text-is("Remove")');
  await row.waitFor({ state: 'detached' });
  assert.ok((await api(`/signals/${wave.id}`)).bands.every((band) => band.name !== kept.name));
  assert.deepEqual(faults, []);
});
