// Pictures of every page at three widths in both themes: node e2e/shots.mjs [name-filter]. To shots/.

import { mkdirSync } from 'node:fs';
import { open, target } from './lib.mjs';
import { pagesOf } from './pages.mjs';

const WIDTHS = (process.env.WIDTHS ?? '1440,768,390').split(',').map(Number);
const THEMES = (process.env.THEMES ?? 'light,dark').split(',');
const only = process.argv[2];
mkdirSync('shots', { recursive: true });
const at = await target();
const { browser, newPage } = await open(at);
for (const theme of THEMES) {
  for (const width of WIDTHS) {
    const { page, faults } = await newPage({ width, height: width < 500 ? 844 : 900, theme });
    for (const [name, path] of (await pagesOf(page)).filter(([n]) => !only || n.includes(only))) {
      await page.goto(at.url + path);
      await page.waitForTimeout(900);
      await page.screenshot({ path: `shots/${name}-${width}-${theme}.png` });
    }
    for (const fault of faults) console.log(`${theme} ${width}: ${fault}`);
    await page.context().close();
  }
}
await browser.close();
await at.close();
