import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, type CollectorOptions, createCollector } from '@vedette/collector';
import { generateShopData, Random } from '@vedette/example-shop/seed';
import { StatsSchema } from '@vedette/protocol';
import { AttackWatch } from './attack-watch.js';
import { Attackers } from './attacks.js';
import { simulateHistory } from './history.js';
import { LiveDriver } from './live-driver.js';
import { BUSY, playTraffic, until } from './live-traffic.js';
import { createPopulation, type Population } from './population.js';
import { alertLines, clock, count, seconds, summaryLines } from './report.js';
import { Schedule } from './schedule.js';
import { ShopModel } from './shop-model.js';
import { type ShopProcess, startShop } from './shop-process.js';

const MINUTE_MS = 60_000;
const HISTORY_MS = 8 * 24 * 60 * MINUTE_MS;
/** How long before now the newsletter went out that makes the shop as busy as the live traffic. */
const BUSY_BEFORE_MS = 30 * MINUTE_MS;
/** How long the last spans may take into storage. */
const SETTLE_MS = 5_000;
/** One seed, one population: every demo meets the same people, at other moments. */
const SEED = 7;

export interface DemoOptions {
  /** Settings of the collector. Without a data directory a temporary one is used and removed. */
  readonly collector: CollectorOptions;
  /** Length of the run, ms; infinite for one that the signal ends. */
  readonly lengthMs: number;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** What must be undone at the end, newest first; `atExit` where the process ends without waiting. */
interface Opened {
  readonly close: () => Promise<void>;
  readonly atExit?: () => void;
}

/**
 * Runs the whole of Vedette on one machine: a collector, the example shop with the agent, customers, and attacks.
 *
 * @returns whether every attack was seen
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const opened: Opened[] = [];
  const onExit = () => {
    for (const { atExit } of opened.reverse()) atExit?.();
  };
  process.once('exit', onExit);
  try {
    return await run(options, opened);
  } finally {
    for (const { close } of opened.reverse()) await close();
    process.off('exit', onExit);
  }
}

async function run({ collector: settings, lengthMs, signal, print }: DemoOptions, opened: Opened[]): Promise<boolean> {
  const apiToken = settings.apiToken ?? `vdt_api_${randomBytes(24).toString('base64url')}`;
  const collector = await openCollector({ ...settings, apiToken }, opened, print);
  print(`Dashboard: ${collector.loginUrl}`);

  const model = new ShopModel(generateShopData({ nowMs: Date.now() }));
  const population = createPopulation(model, new Random(SEED));
  const shopStart = startShop({
    collectorUrl: collector.url,
    ingestToken: collector.ingestToken,
    pseudonymKey: collector.pseudonymKey,
  });
  shopStart.then((shop) => opened.push({ close: () => shop.stop(), atExit: () => shop.kill() })).catch(() => {});
  await importPast({ collector, apiToken, model, population, print });
  const shop = await shopStart;
  print(`The example shop listens on ${shop.url}, with the agent as its preload and otherwise as it is.`);
  print('');
  const storedBefore = await countStored(collector.url, apiToken);

  const startMs = Date.now();
  const say = (...lines: readonly string[]) => {
    lines.forEach((line, i) => {
      print(`${i === 0 ? clock(startMs, Date.now()) : '      '}  ${line}`);
    });
  };
  const watch = new AttackWatch();
  const latenciesMs: number[] = [];
  const stopListening = collector.onAlert((event) => {
    const nowMs = Date.now();
    if (event.change === 'raised' || event.change === 'escalated')
      latenciesMs.push(nowMs - Date.parse(event.alert.lastSeen));
    const verdict = watch.observe(event, nowMs);
    if (verdict !== undefined) say(...alertLines(event.alert, verdict));
  });

  say('customers come in');
  const driver = new LiveDriver(shop.url);
  const ended = new AbortController();
  const endSignal = AbortSignal.any([signal, ended.signal]);
  const traffic = playTraffic({
    driver,
    schedule: new Schedule(model, population, new Random(SEED + startMs)),
    attackers: new Attackers(model, new Random(SEED + startMs + 1)),
    startMs,
    lengthMs,
    signal: endSignal,
    onAttack: (attack) => {
      watch.began(attack);
      say(`ATTACK  ${attack.type}: ${attack.story}`);
    },
  });
  try {
    await Promise.race([
      lengthMs === Number.POSITIVE_INFINITY ? traffic : until(startMs + lengthMs, endSignal),
      shop.failed,
    ]);
  } finally {
    ended.abort();
    await traffic;
    await driver.stop();
  }
  const spansStored = await settle({ collector, apiToken, shop, storedBefore, expected: driver.counts.answered });
  stopListening();
  for (const line of summaryLines({ watch, counts: driver.counts, spansStored, latenciesMs })) print(line);
  // Whoever ends it in the middle of an attack has not asked for a verdict.
  return signal.aborted || watch.unseen().length === 0;
}

async function openCollector(
  settings: CollectorOptions,
  opened: Opened[],
  print: (line: string) => void,
): Promise<Collector> {
  const dataDir = settings.dataDir ?? (await mkdtemp(join(tmpdir(), 'vedette-demo-')));
  if (settings.dataDir === undefined) {
    opened.push({
      close: () => rm(dataDir, { recursive: true, force: true }),
      atExit: () => rmSync(dataDir, { recursive: true, force: true }),
    });
  }
  const open = (port: CollectorOptions['port']) => createCollector({ ...settings, dataDir, port });
  const collector = await open(settings.port).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 'VDT_PORT_IN_USE') throw error;
    print(`Port ${settings.port} is taken; using a free one.`);
    return open(0);
  });
  opened.push({ close: () => collector.close() });
  return collector;
}

/** Detectors compare with the past, so a new database gets one: simulated days, through the same engine. */
async function importPast(parts: {
  collector: Collector;
  apiToken: string;
  model: ShopModel;
  population: Population;
  print: (line: string) => void;
}): Promise<void> {
  const { collector, model, population, print } = parts;
  const existing = await countStored(collector.url, parts.apiToken);
  if (existing > 0) {
    print(`The data directory holds ${count(existing)} requests already; no past is imported.`);
    return;
  }
  const untilMs = Date.now();
  const { events } = await collector.importHistory(
    simulateHistory({
      schedule: new Schedule(model, population, new Random(SEED + 1)),
      fromMs: Math.floor((untilMs - HISTORY_MS) / MINUTE_MS) * MINUTE_MS,
      untilMs,
      pseudonymKey: collector.pseudonymKey,
      seed: SEED + 2,
      extra: (minuteMs) => (minuteMs > untilMs - BUSY_BEFORE_MS ? BUSY : undefined),
    }),
  );
  print(
    `Imported ${count(events)} requests of the past ${HISTORY_MS / 24 / 60 / MINUTE_MS} days in ${seconds(Date.now() - untilMs)}.`,
  );
}

/** Lets the shop end, which makes the agent send the rest, and waits for it in storage. @returns live spans stored */
async function settle(parts: {
  collector: Collector;
  apiToken: string;
  shop: ShopProcess;
  storedBefore: number;
  expected: number;
}): Promise<number> {
  await parts.shop.stop();
  const deadlineMs = Date.now() + SETTLE_MS;
  for (;;) {
    const stored = (await countStored(parts.collector.url, parts.apiToken)) - parts.storedBefore;
    if (stored >= parts.expected || Date.now() > deadlineMs) return stored;
    await until(Date.now() + 100, AbortSignal.timeout(SETTLE_MS));
  }
}

async function countStored(collectorUrl: string, apiToken: string): Promise<number> {
  const response = await fetch(`${collectorUrl}/api/stats`, { headers: { authorization: `Bearer ${apiToken}` } });
  return StatsSchema.parse(await response.json()).requestEvents;
}
