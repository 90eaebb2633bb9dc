// Starts what the browser tests need: GEMBA_URL (and GEMBA_LINK to sign in) name a running Gemba; without
// them the offline fixture is started over dist/.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startMock } from '../dev/mock.mjs';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

/** Where to test: `{url, link, real, close}`. */
export async function target(options = {}) {
  const { GEMBA_URL: url, GEMBA_LINK: link } = process.env;
  if (url) return { url: url.replace(/\/$/, ''), link: link ?? url, real: true, close: async () => {} };
  return { ...(await startMock(options)), real: false };
}

/** A browser, and a way to get signed-in pages that note every fault of the page. */
export async function open(at) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
  const kept = at.real ? join(tmpdir(), `gemba-e2e-${createHash('sha256').update(at.link).digest('hex').slice(0, 16)}.json`) : null;
  let state = kept && existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : null;
  async function newPage({ width = 1440, height = 900, theme = 'light', signedIn = true } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, acceptDownloads: true, ...(signedIn && state ? { storageState: state } : {}) });
    const page = await context.newPage();
    const faults = [];
    page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
    page.on('console', (message) => message.type() === 'error' && faults.push(`console: ${message.text()}`));
    if (signedIn && !state) {
      await page.goto(at.link);
      await page.waitForSelector('#main');
      state = await context.storageState();
      // A real sign-in link works once: the next test file goes on with this session.
      if (kept) writeFileSync(kept, JSON.stringify(state), { mode: 0o600 });
    }
    if (signedIn && page.url() === 'about:blank') await page.goto(at.url);
    return { page, faults };
  }
  return { browser, newPage };
}

/** One signed-in page for all tests of a file: `{page, faults, go, close}`; `go` opens a path and waits for its heading. */
export async function signedIn() {
  const at = await target();
  const { browser, newPage } = await open(at);
  const { page, faults } = await newPage();
  const go = async (path) => {
    await page.goto(at.url + path);
    await page.waitForSelector('#main h1');
  };
  const close = async () => {
    await browser.close();
    await at.close();
  };
  return { page, faults, go, close };
}
