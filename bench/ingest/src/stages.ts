import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a span's time goes. */
export const STAGES = [
  'receive',
  'decode',
  'normalise',
  'recognise',
  'store',
  'score',
  'stream',
  'collect garbage',
  'rest',
] as const;
export type Stage = (typeof STAGES)[number];

/** First match wins. Functions of libraries and of Node count for the stage that called them. */
const PLACES: readonly (readonly [RegExp, Stage])[] = [
  [/packages\/intake\/dist\/otlp\//, 'decode'],
  [/packages\/intake\/dist\//, 'normalise'],
  [/packages\/storage\/dist\/|node_modules\/chdb\/|@clickhouse\/client/, 'store'],
  [/packages\/detection\/dist\/|collector\/dist\/detection\//, 'score'],
  [/collector\/dist\/(alerts|stream|notify|api)\//, 'stream'],
  [/collector\/dist\/ingest\/(intake-desk|duplicate-window|key-table)/, 'recognise'],
  [
    /collector\/dist\/ingest\/|collector\/dist\/http\/|^node:(_?http|net|zlib|stream|internal\/(streams|stream_base|http))|fastify/,
    'receive',
  ],
];

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  /** Monotonic clock, µs. */
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/**
 * Shares of the busy samples between two instants of the monotonic clock (µs), by stage, for each thread that left a
 * profile in `dir`; the main thread's is the one whose name has thread id 0.
 */
export function readProfiles(dir: string, fromUs: number, toUs: number): Map<string, ReadonlyMap<Stage, number>> {
  const threads = new Map<string, ReadonlyMap<Stage, number>>();
  for (const file of readdirSync(dir)) {
    // CPU.<date>.<time>.<pid>.<thread id>.<serial>.cpuprofile
    const thread = file.split('.')[4];
    if (thread === undefined || !file.endsWith('.cpuprofile')) continue;
    threads.set(thread, sharesOf(JSON.parse(readFileSync(join(dir, file), 'utf8')) as CpuProfile, fromUs, toUs));
  }
  return threads;
}

function sharesOf(profile: CpuProfile, fromUs: number, toUs: number): ReadonlyMap<Stage, number> {
  const stages = stagesOf(profile);
  const spent = new Map<Stage, number>();
  let total = 0;
  let atUs = profile.startTime;
  for (const [i, node] of profile.samples.entries()) {
    const deltaUs = profile.timeDeltas[i]!;
    atUs += deltaUs;
    const stage = stages.get(node);
    if (atUs < fromUs || atUs > toUs || stage === undefined) continue;
    spent.set(stage, (spent.get(stage) ?? 0) + deltaUs);
    total += deltaUs;
  }
  for (const [stage, us] of spent) spent.set(stage, us / total);
  return spent;
}

/** Stage of each node of the call tree; none for the nodes of an idle thread. */
function stagesOf({ nodes }: CpuProfile): ReadonlyMap<number, Stage> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const stages = new Map<number, Stage>();
  const walk: { id: number; stage: Stage }[] = [{ id: nodes[0]!.id, stage: 'rest' }];
  for (let next = walk.pop(); next !== undefined; next = walk.pop()) {
    const { callFrame, children } = byId.get(next.id)!;
    if (callFrame.functionName === '(idle)') continue;
    const own = PLACES.find(([place]) => place.test(callFrame.url))?.[1];
    const stage = callFrame.functionName === '(garbage collector)' ? 'collect garbage' : (own ?? next.stage);
    stages.set(next.id, stage);
    for (const id of children ?? []) walk.push({ id, stage });
  }
  return stages;
}
