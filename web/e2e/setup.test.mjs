// First run and the empty plant: only against the fixture, a real Gemba is set up once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMock } from '../dev/mock.mjs';
import { open } from './lib.mjs';

const skip = process.env.GEMBA_URL ? 'a real Gemba is set up once' : false;

test('set-up makes the administrator and ends in an overview that says what to do', { skip }, async () => {
  const at = await startMock({ setup: true, empty: true });
  const { browser, newPage } = await open(at);
  const { page, faults } = await newPage({ signedIn: false });
  await page.goto(at.url);
  await page.waitForSelector('h1:text("Create the administrator")');
  await page.fill('input[autocomplete=username]', 'admin');
  const [one, two] = await page.locator('input[type=password]').all();
  await one.fill('correct horse battery');
  await two.fill('something else');
  assert.ok(await page.isDisabled('button:text("Continue")'));
  await two.fill('correct horse battery');
  await page.click('button:text("Continue")');
  await page.fill('label:has-text("Site") input', 'North plant');
  await page.click('button:text("Continue")');
  await page.click('button:text("Finish, look around")');
  await page.waitForSelector('text=No machine is known yet');
  assert.equal(await page.locator('a:text("Connect a machine")').count(), 1);
  assert.deepEqual(faults.filter((f) => !f.includes('401')), []);
  await browser.close();
  await at.close();
});

test('set-up begins with the site as gemba.toml names it', { skip }, async () => {
  const at = await startMock({ setup: true, empty: true, site: { name: 'East works', time_zone: 'America/Chicago', currency: 'USD' } });
  const { browser, newPage } = await open(at);
  const { page } = await newPage({ signedIn: false });
  await page.goto(at.url);
  await page.waitForSelector('h1:text("Create the administrator")');
  for (const field of await page.locator('input[type=password]').all()) await field.fill('correct horse battery');
  await page.click('button:text("Continue")');
  assert.equal(await page.inputValue('label:has-text("Site") input'), 'East works');
  assert.deepEqual(await page.locator('select').evaluateAll((all) => all.map((one) => one.value)), ['America/Chicago', 'USD']);
  await browser.close();
  await at.close();
});

test('set-up leads on to the first machine, and elsewhere than on the machine itself it says where to go', { skip }, async () => {
  const at = await startMock({ setup: true, empty: true });
  const { browser, newPage } = await open(at);
  const { page } = await newPage({ signedIn: false });
  await page.goto(at.url);
  await page.waitForSelector('h1:text("Create the administrator")');
  for (const field of await page.locator('input[type=password]').all()) await field.fill('correct horse battery');
  await page.click('button:text("Continue")');
  await page.fill('label:has-text("Site") input', 'North plant');
  await page.click('button:text("Continue")');
  await page.click('button:text("Finish, connect a machine")');
  await page.waitForURL('**/connections/new');
  await page.waitForSelector('h1:text("Connect a machine")');
  await at.close();
  const far = await startMock({ setup: true, empty: true, elsewhere: true });
  const { page: guest } = await newPage({ signedIn: false });
  await guest.goto(far.url);
  await guest.waitForSelector('h1:text("First set-up on the machine itself")');
  await guest.waitForSelector('code:has-text("ssh -L")');
  await browser.close();
  await far.close();
});

test('a thousand live rows scroll, and only those in view are drawn', { skip }, async () => {
  const at = await startMock({ extra: 1000 });
  const { browser, newPage } = await open(at);
  const { page } = await newPage();
  await page.goto(`${at.url}/live`);
  await page.waitForSelector('[role=row] .value');
  const drawn = await page.locator('[role=rowgroup] [role=row]').count();
  assert.ok(drawn > 10 && drawn < 60, `${drawn} rows drawn`);
  await page.locator('.view').evaluate((e) => e.scrollTo(0, e.scrollHeight));
  await page.waitForSelector('text=extra_999');
  await browser.close();
  await at.close();
});

test('a lost server is said and healed without a reload', { skip }, async () => {
  const at = await startMock();
  const { browser, newPage } = await open(at);
  const { page } = await newPage();
  await page.goto(`${at.url}/live`);
  await page.waitForSelector('.pill.on');
  const port = Number(new URL(at.url).port);
  await at.close();
  await page.waitForSelector('.pill.off', { timeout: 15_000 });
  const again = await startMock({ port });
  await page.waitForSelector('.pill.on', { timeout: 30_000 });
  await browser.close();
  await again.close();
});
