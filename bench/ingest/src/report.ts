import type { ProbeResult } from './alert-probe.js';
import { STAGES, type Stage } from './stages.js';
import type { ThreadTimes } from './threads.js';
import type { Watched } from './watch.js';

export interface Measured {
  readonly seconds: number;
  readonly acknowledged: number;
  readonly bytes: number;
  readonly refused: number;
  readonly failed: number;
  readonly senderCpuSeconds: number;
  readonly scored: number;
  readonly perSecond: readonly number[];
  readonly rssMB: readonly number[];
  readonly answers: readonly { readonly p50: number; readonly p99: number }[];
  readonly loop: Watched;
  readonly alerts: ProbeResult;
  /** Of the monotonic clock. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly threads: ThreadTimes;
}

/** CPU seconds of the collector, by what they were spent on. */
export type Costs = Readonly<Record<string, number>>;

/**
 * A profile samples wall time, in which a thread may have waited for a core; so it only says how the CPU time of its
 * thread divides.
 */
export function costOf(
  threads: ThreadTimes,
  profiles: ReadonlyMap<string, ReadonlyMap<Stage, number>>,
  pid: number,
): Costs {
  const costs: Record<string, number> = {};
  const others = [...threads].filter(([thread]) => thread !== String(pid));
  const add = (name: string, seconds: number) => {
    costs[name] = (costs[name] ?? 0) + seconds;
  };
  const divide = (profile: ReadonlyMap<Stage, number> | undefined, seconds: number) => {
    if (profile === undefined) return add('rest', seconds);
    for (const stage of STAGES) if (profile.has(stage)) add(stage, profile.get(stage)! * seconds);
  };
  divide(profiles.get('0'), threads.get(String(pid))?.seconds ?? Number.NaN);
  add('main thread, all of it', threads.get(String(pid))?.seconds ?? Number.NaN);
  // Worker threads are told apart from the pool's by what they do: no thread of the pool is as busy.
  const nodes = others.filter(([, { name }]) => isNode(name)).sort((a, b) => b[1].seconds - a[1].seconds);
  for (const [thread, profile] of profiles) {
    if (thread === '0') continue;
    const worker = nodes.shift();
    if (worker === undefined) continue;
    divide(profile, worker[1].seconds);
    add('worker thread, all of it', worker[1].seconds);
  }
  add(
    "Node's other threads (inflate, garbage, compile)",
    nodes.reduce((sum, [, { seconds }]) => sum + seconds, 0),
  );
  for (const [, { name, seconds }] of others) if (!isNode(name)) add("store: the database's threads", seconds);
  return costs;
}

function isNode(name: string): boolean {
  return /^(node|libuv-worker|V8Worker|DelayedTask|SignalInspector|WorkerThread)/i.test(name);
}

export type Result = Omit<Measured, 'fromUs' | 'toUs' | 'threads'> & {
  readonly load: number;
  readonly readyMs: number;
  readonly stopMs: number;
  readonly stages: Costs;
};

export function printTable(result: Result): void {
  const { seconds, acknowledged, alerts, loop } = result;
  const row = (what: string, value: string) => console.log(`${what.padEnd(52)} ${value}`);
  const cpu = result.stages['main thread, all of it']!;
  const total = Object.entries(result.stages).reduce((sum, [name, spent]) => (isSum(name) ? sum : sum + spent), 0);
  row('acknowledged', `${whole(acknowledged / seconds)} spans/s over ${seconds.toFixed(0)} s`);
  row('scored', `${whole(result.scored / seconds)} spans/s`);
  row(
    'slowest and fastest second',
    `${whole(Math.min(...result.perSecond))} … ${whole(Math.max(...result.perSecond))}`,
  );
  row(
    'sent',
    `${(result.bytes / acknowledged).toFixed(0)} bytes a span, refused ${result.refused}, failed ${result.failed}`,
  );
  row(
    'answer',
    `p50 ${whole(middle(result.answers.map((one) => one.p50)))} ms, p99 ${whole(middle(result.answers.map((one) => one.p99)))} ms`,
  );
  row(
    'event-loop delay',
    `p50 ${loop.loopP50Ms.toFixed(1)} ms, p99 ${loop.loopP99Ms.toFixed(1)} ms, longest ${whole(loop.loopMaxMs)} ms`,
  );
  row(
    'resident memory',
    `${whole(result.rssMB[0]!)} → ${whole(result.rssMB.at(-1)!)} MB, most ${whole(Math.max(...result.rssMB))} MB`,
  );
  row(
    'collector',
    `${whole(acknowledged / total)} spans per CPU-second, ${(total / seconds).toFixed(2)} cores (main thread ${(cpu / seconds).toFixed(2)})`,
  );
  row(
    'sender',
    `${(result.senderCpuSeconds / seconds).toFixed(2)} cores; load of the machine ${result.load.toFixed(1)}`,
  );
  for (const [name, spent] of Object.entries(result.stages)) {
    if (isSum(name)) continue;
    row(
      `  ${name}`,
      `${((spent / acknowledged) * 1e6).toFixed(2).padStart(6)} µs a span, ${whole(acknowledged / spent).padStart(9)} spans per CPU-second`,
    );
  }
  if (alerts.latenciesMs.length + alerts.unseen > 0) {
    const sorted = [...alerts.latenciesMs].sort((a, b) => a - b);
    const at = (share: number) =>
      whole(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN);
    row(
      'span end → alert on a WebSocket',
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms; ${alerts.unseen} of ${sorted.length + alerts.unseen} not seen`,
    );
  }
  row(
    'alerts raised',
    Object.entries(alerts.raised)
      .map(([type, count]) => `${type} ${count}`)
      .join(', ') || 'none',
  );
  row('start, stop', `${whole(result.readyMs)} ms, ${whole(result.stopMs)} ms`);
}

function isSum(name: string): boolean {
  return name.endsWith('all of it');
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
