import { rmSync } from 'node:fs';
import type { CollectorOptions } from '@vedette/collector';
import { generateShopData, Random } from '@vedette/example-shop/seed';
import { Attackers } from './attacks.js';
import { type DemoCollector, openDemoCollector } from './demo-collector.js';
import { simulateHistory } from './history.js';
import { LiveDriver } from './live-driver.js';
import { BUSY, playTraffic, until } from './live-traffic.js';
import { createPopulation, type Population } from './population.js';
import { count, Reporter, seconds } from './report.js';
import { Schedule } from './schedule.js';
import { ShopModel } from './shop-model.js';
import { type ShopProcess, startShop } from './shop-process.js';

const MINUTE_MS = 60_000;
const HISTORY_DAYS = 8;
/** How long before now the newsletter went out that makes the shop as busy as the live traffic. */
const BUSY_BEFORE_MS = 30 * MINUTE_MS;
/** How long the last spans may take into storage. */
const SETTLE_MS = 5_000;
/** One seed, one population: every demo meets the same people, at other moments. */
const SEED = 7;

export interface DemoOptions {
  /** Settings of the collector. Without a data directory a temporary one is used and removed. */
  readonly collector: CollectorOptions;
  /** Length of the live traffic, ms; infinite for one that the signal ends. */
  readonly lengthMs: number;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/** The parts of a demo that is under way. */
interface Stage {
  readonly options: DemoOptions;
  readonly collector: DemoCollector;
  readonly shop: ShopProcess;
  readonly model: ShopModel;
  readonly population: Population;
  readonly reporter: Reporter;
}

/**
 * Runs the whole of Vedette on one machine: a collector, the example shop with the agent, customers, and attacks.
 *
 * @returns whether every attack was seen
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const reporter = new Reporter(options.print, Date.now());
  const collector = await openDemoCollector(options.collector, options.print);
  options.print(`Dashboard: ${collector.collector.loginUrl}`);
  collector.collector.onAlert((event) => reporter.alert(event, Date.now()));
  try {
    const shop = await startShop({
      collectorUrl: collector.collector.url,
      ingestToken: collector.collector.ingestToken,
      pseudonymKey: collector.collector.pseudonymKey,
    });
    // For a process that ends without waiting, as a second Ctrl-C makes it.
    const onExit = () => {
      shop.kill();
      if (collector.temporaryDir !== undefined) rmSync(collector.temporaryDir, { recursive: true, force: true });
    };
    process.once('exit', onExit);
    try {
      const model = new ShopModel(generateShopData({ nowMs: Date.now() }));
      const population = createPopulation(model, new Random(SEED));
      return await play({ options, collector, shop, model, population, reporter });
    } finally {
      await shop.stop();
      process.off('exit', onExit);
    }
  } finally {
    await collector.close();
  }
}

async function play(stage: Stage): Promise<boolean> {
  const { options, collector, shop, reporter } = stage;
  await importPast(stage);
  await shop.ready;
  if (options.signal.aborted) return true;
  options.print(`The example shop listens on ${shop.url}, with the agent as its preload and otherwise as it is.\n`);

  const storedBefore = await collector.countStored();
  const driver = new LiveDriver(shop.url);
  await sendTraffic(stage, driver);
  const stored = await settledCount(stage, storedBefore + driver.counts.answered);
  reporter.summary(driver.counts, stored - storedBefore);
  // Whoever ends it in the middle of an attack has not asked for a verdict.
  return options.signal.aborted || reporter.watch.unseen().length === 0;
}

/** Detectors compare with the past, so a new database gets one: simulated days, through the same engine. */
async function importPast({ options, collector, model, population }: Stage): Promise<void> {
  const untilMs = Date.now();
  const events = await collector.importPast(
    simulateHistory({
      schedule: new Schedule(model, population, new Random(SEED + 1)),
      fromMs: Math.floor(untilMs / MINUTE_MS - HISTORY_DAYS * 24 * 60) * MINUTE_MS,
      untilMs,
      pseudonymKey: collector.collector.pseudonymKey,
      seed: SEED + 2,
      signal: options.signal,
      extra: (minuteMs) => (minuteMs > untilMs - BUSY_BEFORE_MS ? BUSY : undefined),
    }),
  );
  if (options.signal.aborted) return;
  options.print(
    events === undefined
      ? 'The data directory has a past already.'
      : `Imported a past of ${HISTORY_DAYS} days, ${count(events)} requests, in ${seconds(Date.now() - untilMs)}.`,
  );
}

/** Sends customers and attackers to the shop until the time is up, the signal comes or the shop is gone. */
async function sendTraffic({ options, shop, model, population, reporter }: Stage, driver: LiveDriver): Promise<void> {
  const startMs = Date.now();
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  reporter.started(startMs);
  const traffic = playTraffic({
    driver,
    schedule: new Schedule(model, population, new Random(SEED + startMs)),
    attackers: new Attackers(model, new Random(SEED + startMs + 1)),
    startMs,
    lengthMs: options.lengthMs,
    signal,
    onAttack: (attack) => reporter.attack(attack, Date.now()),
  });
  try {
    const isEndless = options.lengthMs === Number.POSITIVE_INFINITY;
    await Promise.race([isEndless ? traffic : until(startMs + options.lengthMs, signal), shop.failed]);
  } finally {
    ended.abort();
    await traffic;
    await driver.stop();
  }
}

/** Lets the shop end, which makes the agent send the rest, and waits for it in storage. */
async function settledCount({ collector, shop }: Stage, expected: number): Promise<number> {
  await shop.stop();
  const deadlineMs = Date.now() + SETTLE_MS;
  for (;;) {
    const stored = await collector.countStored();
    if (stored >= expected || Date.now() > deadlineMs) return stored;
    await until(Date.now() + 100, AbortSignal.timeout(SETTLE_MS));
  }
}
