// Every page opens without a fault, is accessible, and fits a phone.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { open, target } from './lib.mjs';
import { pagesOf } from './pages.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SETTLE_MS = 700;
let at;
let browser;
let newPage;

before(async () => {
  at = await target();
  ({ browser, newPage } = await open(at));
});
after(async () => {
  await browser?.close();
  await at?.close();
});

/** Serious and critical violations as readable lines. axe is evaluated by the debugger, which the CSP allows. */
async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.failureSummary?.split('\n')[1] ?? ''}`).join(' | ')}`);
}

for (const theme of ['light', 'dark']) {
  test(`every page is accessible and without faults, ${theme}`, async (t) => {
    const { page, faults } = await newPage({ theme });
    for (const [name, path] of await pagesOf(page)) {
      await t.test(name, async () => {
        faults.length = 0;
        await page.goto(at.url + path);
        await page.waitForSelector('#main h1');
        await page.waitForTimeout(SETTLE_MS);
        assert.deepEqual(await violations(page), []);
        assert.deepEqual(faults, []);
        assert.equal(await page.locator('[role=alert]').count(), 0, 'a problem is shown');
        assert.doesNotMatch(await page.locator('body').innerText(), /\bundefined\b|\bNaN\b|\[object |Invalid Date/, 'something that is not there is shown');
        const torn = await page.evaluate(() => [...document.querySelectorAll('td, table')].filter((one) => !(one.closest('table.folding')?.parentElement.clientWidth <= 860) && !['table', 'table-cell'].includes(getComputedStyle(one).display)).length);
        assert.equal(torn, 0, 'a table that does not stand in columns');
      });
    }
    await page.context().close();
  });
}

for (const width of [360, 768]) {
  test(`no page is wider than ${width} px`, async (t) => {
    const { page } = await newPage({ width, height: 800 });
    for (const [name, path] of await pagesOf(page)) {
      await t.test(name, async () => {
        await page.goto(at.url + path);
        await page.waitForSelector('#main h1:visible, #main input:visible');
        await page.waitForTimeout(SETTLE_MS / 2);
        const over = await page.evaluate(() => {
          const main = document.querySelector('#main');
          return Math.max(document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth);
        });
        assert.ok(over <= 1, `${over} px too wide`);
      });
    }
    await page.context().close();
  });
}
