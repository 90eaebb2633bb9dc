// What every page has: keys that leave links alone, search for everything that has a name, repeats in one row, and a
// program that falls silent while a page is open.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startMock } from '../dev/mock.mjs';
import { open, signedIn } from './lib.mjs';

const FIXTURE = { skip: process.env.GEMBA_URL ? 'needs the fixture' : false };
let here;

before(async () => {
  here = await signedIn();
});
after(() => here?.close());

test('Enter on a link follows the link, also where Enter is a key of the page', async () => {
  const { page, go } = here;
  for (const path of ['/findings', '/alarms']) {
    await go(path);
    await page.focus('nav a[href="/live"]');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.pathname === '/live');
  }
});

test('search opens while typing, and finds alarms, findings, connections and pages of the admin', FIXTURE, async () => {
  const { page, go } = here;
  await go('/live');
  await page.focus('input[aria-label=Filter]');
  for (const [typed, to] of [['circuit open', /^\/alarms\?alarm=305/], ['stuck meter', /^\/findings\/43/], ['press-broker', /^\/connections\/press-broker/], ['audit', /^\/admin\/audit/]]) {
    await page.keyboard.press('Control+k');
    await page.fill('dialog input', typed);
    await page.waitForFunction((words) => words.every((word) => document.querySelector('[role=option]')?.textContent.toLowerCase().includes(word)), typed.split(' '));
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog', { state: 'detached' });
    assert.match(await page.evaluate(() => location.pathname + location.search), to);
  }
});

test('what comes and goes is one row that opens', FIXTURE, async () => {
  const { page, go } = here;
  await go('/findings');
  const row = page.locator('tbody tr', { hasText: 'Zone 2 temperature' });
  await row.first().waitFor();
  assert.equal(await row.count(), 1);
  await row.locator('button:has-text("9 times")').click();
  assert.equal(await page.locator('tbody tr.again').count(), 8);
});

test('the alarm rates have an axis', async () => {
  const { page, go } = here;
  await go('/alarms/rates');
  await page.waitForSelector('svg[aria-label^="Alarms: "]');
  const words = await page.locator('svg[aria-label^="Alarms: "] text').allTextContents();
  assert.ok(words.includes('0') && words.some((word) => /^\d\d:\d\d$|\d\d \d\d:\d\d/.test(word)), words.join(' | '));
});

test('a program that falls silent is told, and what failed is read again when it is back', FIXTURE, async () => {
  let mock = await startMock();
  const port = Number(new URL(mock.url).port);
  const { browser, newPage } = await open({ ...mock, real: false });
  const { page } = await newPage();
  await page.goto(`${mock.url}/sql`); // a page that asks for nothing by itself
  await page.waitForSelector('#main h1');
  await page.waitForFunction(() => /Live/.test(document.querySelector('.pill')?.textContent ?? ''), null, { timeout: 15_000 });
  await mock.close();
  await page.waitForSelector('text=Gemba has not answered since');
  await page.keyboard.press('g');
  await page.keyboard.press('f'); // a page whose code was not loaded yet
  await page.waitForSelector('#main [role=alert]');
  mock = await startMock({ port });
  await page.waitForSelector('text=Zone 2 temperature', { timeout: 15_000 });
  await page.waitForSelector('text=Gemba has not answered since', { state: 'detached' });
  await browser.close();
  await mock.close();
});
