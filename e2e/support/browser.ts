import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { later } from './scope.js';

/** Debian's path first; others can name theirs. */
const EXECUTABLE = process.env.VEDETTE_CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);

const SCREENSHOTS = fileURLToPath(new URL('../output/screenshots/', import.meta.url));

/** A page in a browser of its own, closed with the test. Fails the test's expectations by collecting what the page complains of. */
export async function openPage(options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  if (EXECUTABLE === undefined)
    throw new Error('Chromium is needed: apt-get install chromium, or set VEDETTE_CHROMIUM');
  const browser = await chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  later(() => browser.close());
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })).newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // A 401 before signing in is how the page learns that it must.
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(`console: ${message.text()}`);
  });
  return { page, complaints };
}

/** Keeps a picture of the page among the output of the tests. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
