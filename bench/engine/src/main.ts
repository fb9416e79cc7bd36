import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ALERT_TYPES, type AlertType } from '@vedette/protocol';
import { type Measurement, measure, type Scenario } from './measure.js';

const USAGE = `Engine bench: events a second on one core, CPU, memory, each detector's share.

  node bench/engine/dist/main.js [options]
    --keys N,N     active people and programs (default 10000,1000000)
    --events N     events measured, after a warm-up that shows every key once (default 1000000)
    --shares       also each detector's share at the first number of keys
    --in-process   the first scenario alone in this process, for --cpu-prof`;

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '10000,1000000' },
    events: { type: 'string', default: '1000000' },
    shares: { type: 'boolean', default: false },
    'in-process': { type: 'boolean', default: false },
    scenario: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** At these rates the measured stretch spans hours of event time, so that windows close. */
const EVENTS_PER_SECOND_AND_KEY = 0.005;

if (values.help) console.log(USAGE);
else if (values.scenario !== undefined) console.log(JSON.stringify(measure(JSON.parse(values.scenario) as Scenario)));
else if (values['in-process']) report('all detectors', measure(scenarioOf(keyCounts()[0]!, {})));
else compare();

function compare(): void {
  for (const keys of keyCounts()) report(`${keys.toLocaleString('en')} keys`, inChild(scenarioOf(keys, {})));
  if (!values.shares) return;
  const keys = keyCounts()[0]!;
  const none = inChild(scenarioOf(keys, allBut()));
  report('shared parts alone', none);
  for (const type of ALERT_TYPES) {
    const one = inChild(scenarioOf(keys, allBut(type)));
    const added = 1e6 / one.eventsPerSecond - 1e6 / none.eventsPerSecond;
    console.log(`${type.padEnd(24)} ${added.toFixed(2).padStart(8)} µs an event more`);
  }
}

function keyCounts(): number[] {
  return values.keys.split(',').map(Number);
}

function scenarioOf(keys: number, detectors: NonNullable<Scenario['detectors']>): Scenario {
  return { keys, events: Number(values.events), perSecond: Math.min(500, keys * EVENTS_PER_SECOND_AND_KEY), detectors };
}

function allBut(kept?: AlertType): NonNullable<Scenario['detectors']> {
  return Object.fromEntries(ALERT_TYPES.filter((type) => type !== kept).map((type) => [type, { enabled: false }]));
}

/** Each scenario in a process of its own: heap and machine code of one do not help or hinder the next. */
function inChild(scenario: Scenario): Measurement {
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--scenario', JSON.stringify(scenario)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.status !== 0) throw new Error(`the bench process ended with ${child.status ?? child.signal}`);
  return JSON.parse(child.stdout) as Measurement;
}

function report(name: string, one: Measurement): void {
  const rate = `${Math.round(one.eventsPerSecond).toLocaleString('en')} events/s`;
  const cost = `CPU ${one.cpuSeconds.toFixed(1)} s of ${one.wallSeconds.toFixed(1)} s`;
  const memory = `RSS ${Math.round(one.rssMB)} MB (tables and filters ${Math.round(one.tablesMB)} MB)`;
  console.log(`${name.padEnd(24)} ${rate.padStart(18)}   ${cost}   ${memory}   ${one.findings} findings`);
}
