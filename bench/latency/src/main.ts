/**
 * How long from the end of the request that completes an attack's evidence to its row on the screen.
 *
 * The whole way is real: the example shop with the agent as its preload, a collector on the embedded database, the
 * dashboard in Chromium. Attackers come one after another, each from a network of its own (of 198.18.0.0/15, RFC 2544), while customers sign in.
 * Usage: node bench/latency/dist/main.js [attackers, default 30]
 */

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createCollector } from '@vedette/collector';
import { customersOf, generateShopData } from '@vedette/example-shop/seed';
import type { Alert } from '@vedette/protocol';
import { chromium } from 'playwright-core';

const attackers = Number(process.argv[2] ?? 30);
/** More tries than any attacker needs; one that is not seen by then is reported. */
const MAX_TRIES = 60;
const PAUSE_MS = 100;

interface Measured {
  readonly toAlertMs: number;
  readonly toRowMs: number;
}

const dataDir = await mkdtemp(join(tmpdir(), 'vedette-latency-'));
const collector = await createCollector({ port: 0, dataDir });
const port = await freePort();
const shop = spawn(
  process.execPath,
  ['--import', '@vedette/agent/register', fileURLToPath(import.meta.resolve('@vedette/example-shop/main'))],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'ignore',
    env: {
      ...process.env,
      PORT: String(port),
      OTEL_SERVICE_NAME: 'shop',
      VEDETTE_URL: collector.url,
      VEDETTE_TOKEN: collector.ingestToken,
      VEDETTE_TRUSTED_PROXIES: '127.0.0.1/32',
    },
  },
);
const browser = await chromium.launch({
  executablePath: process.env.VEDETTE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run'],
});

try {
  const page = await browser.newPage();
  const rowAt = new Map<string, number>();
  await page.exposeFunction('rowAppeared', (id: string, atMs: number) => void (rowAt.has(id) || rowAt.set(id, atMs)));
  // Runs in the page: notes each row once it is in the document and the frame that paints it has begun.
  await page.addInitScript(`
    new MutationObserver(() => {
      for (const row of document.querySelectorAll('[data-testid=alert-row]:not([data-noted])')) {
        row.dataset.noted = '1';
        requestAnimationFrame(() => window.rowAppeared(row.dataset.alertId, Date.now()));
      }
    }).observe(document, { childList: true, subtree: true });
  `);
  await page.goto(collector.loginUrl);
  await page.locator('[data-testid=connection][data-state=live]').waitFor();

  const raised = new Map<string, { alert: Alert; atMs: number }>();
  collector.onAlert((event) => {
    const source = event.alert.sources[0];
    if (event.change === 'raised' && source !== undefined) raised.set(source, { alert: event.alert, atMs: Date.now() });
  });
  const customers = customersOf(generateShopData({ nowMs: Date.now() }));
  await untilListening(port);
  for (let i = 0; i < 40; i++) await logIn(`192.0.2.${i + 1}`, customers[i]!);

  const measured: Measured[] = [];
  for (let attacker = 0; attacker < attackers; attacker++) {
    const source = `198.18.${attacker % 250}.7`;
    const endedAt: number[] = [];
    for (let attempt = 0; attempt < MAX_TRIES && !raised.has(source); attempt++) {
      await logIn(source, { email: `stolen-${attacker}-${attempt}@mail.example`, password: `password-${attempt}` });
      endedAt.push(Date.now());
      if (attempt % 4 === 0) {
        const at = 40 + ((attacker * 7 + attempt) % 400);
        await logIn(`192.0.2.${(at % 250) + 1}`, customers[at]!);
      }
      await pause(PAUSE_MS);
    }
    const alert = raised.get(source);
    if (alert === undefined) {
      console.log(`${source}: not seen after ${MAX_TRIES} tries`);
      continue;
    }
    const lastMs = Date.parse(alert.alert.lastSeen);
    // The request that completed the evidence is the first that ended after the alert's last event had begun.
    const completedMs = endedAt.find((endMs) => endMs >= lastMs) ?? lastMs;
    while (!rowAt.has(alert.alert.id)) await pause(5);
    measured.push({ toAlertMs: alert.atMs - completedMs, toRowMs: rowAt.get(alert.alert.id)! - completedMs });
  }
  report(
    'alert durable',
    measured.map((one) => one.toAlertMs),
  );
  report(
    'row on screen',
    measured.map((one) => one.toRowMs),
  );
} finally {
  await browser.close();
  shop.kill('SIGTERM');
  await new Promise((resolve) => shop.once('exit', resolve));
  await collector.close();
  await rm(dataDir, { recursive: true, force: true });
}

/** Each address has a client of its own, so that no two attackers are one campaign. */
async function logIn(source: string, { email, password }: { email: string; password: string }): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': source, 'user-agent': `client-of-${source}/1.0` },
    body: JSON.stringify({ email, password }),
  });
  await response.arrayBuffer();
}

function report(what: string, values: readonly number[]): void {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  console.log(`${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${sorted.at(-1)} ms (${sorted.length} alerts)`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function untilListening(onPort: number): Promise<void> {
  for (;;) {
    const isUp = await fetch(`http://127.0.0.1:${onPort}/health`).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await pause(50);
  }
}
