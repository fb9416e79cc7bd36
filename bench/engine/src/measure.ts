import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createEngine, type EngineOptions } from '@vedette/detection';
import { Traffic } from './traffic.js';

/** Events made at a time; making them is not measured. */
const CHUNK = 25_000;

setFlagsFromString('--expose-gc');
/** Collects what making events has left behind, so that the engine pays for its own garbage alone. */
const collectGarbage = runInNewContext('gc') as () => void;

export interface Scenario {
  readonly keys: number;
  /** Events measured, after a warm-up that shows every key once. */
  readonly events: number;
  readonly perSecond: number;
  readonly detectors: NonNullable<EngineOptions['settings']>['detectors'];
}

export interface Measurement {
  /** Per second of CPU: what one core does, whoever else uses the machine. */
  readonly eventsPerSecond: number;
  /** CPU time of the process while the engine worked, its garbage collection on other threads included. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** Largest resident set, the events at hand included. */
  readonly rssMB: number;
  /** What the engine's tables and filters take. */
  readonly tablesMB: number;
  readonly findings: number;
}

/** Runs one scenario in this process. */
export function measure(scenario: Scenario): Measurement {
  const engine = createEngine({ settings: { detectors: scenario.detectors ?? {} } });
  const traffic = new Traffic({ keys: scenario.keys, perSecond: scenario.perSecond, seed: 1 });
  let [events, wallMs, cpuMicros, findings, rss] = [0, 0, 0, 0, 0];
  const total = Math.max(scenario.keys, 200_000) + scenario.events;
  for (let done = 0; done < total; done += CHUNK) {
    const chunk = traffic.take(CHUNK);
    collectGarbage();
    const cpu = process.cpuUsage();
    const startMs = performance.now();
    for (const event of chunk) findings += engine.observe(event).length;
    const tookMs = performance.now() - startMs;
    const used = process.cpuUsage(cpu);
    rss = Math.max(rss, process.memoryUsage.rss());
    if (done < total - scenario.events) continue;
    events += CHUNK;
    wallMs += tookMs;
    cpuMicros += used.user + used.system;
  }
  return {
    eventsPerSecond: (events / cpuMicros) * 1e6,
    cpuSeconds: cpuMicros / 1e6,
    wallSeconds: wallMs / 1000,
    rssMB: rss / 1e6,
    tablesMB: engine.stats().tables.reduce((sum, table) => sum + table.bytes, 0) / 1e6,
    findings,
  };
}
