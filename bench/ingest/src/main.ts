/**
 * What one collector takes: a real `vedette start` on the embedded database with every detector on, and a sender on the
 * same machine. Prints a table and, last, one line of JSON.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { probeAlerts } from './alert-probe.js';
import { API_TOKEN, CollectorProcess, INGEST_TOKEN } from './collector-process.js';
import { type BenchOptions, readOptions, USAGE } from './options.js';
import { costOf, type Measured, printTable } from './report.js';
import type { Sent } from './sender.js';
import { readProfiles } from './stages.js';
import { watchThreads } from './threads.js';

const options = readOptions(process.argv.slice(2));
if (options === null) console.log(USAGE);
else await run(options);

async function run(options: BenchOptions): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'vedette-ingest-'));
  const profileDir = options.keepProfile ?? join(scratch, 'profiles');
  mkdirSync(profileDir, { recursive: true });
  const sender = fork(fileURLToPath(import.meta.resolve('./sender.js')), [JSON.stringify(options)]);
  const collector = await CollectorProcess.start(join(scratch, 'data'), profileDir);
  try {
    await once(sender, 'message');
    const measured = await measure(options, collector, sender);
    sender.send({ order: 'stop' });
    const stopMs = await collector.stop();
    const { fromUs, toUs, threads, ...rest } = measured;
    const stages = costOf(threads, readProfiles(profileDir, fromUs, toUs), collector.pid);
    const result = { options, load: loadavg()[0]!, readyMs: collector.readyMs, stopMs, ...rest, stages };
    printTable(result);
    console.log(JSON.stringify(result));
  } finally {
    if (sender.connected) sender.kill();
    await collector.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function measure(options: BenchOptions, collector: CollectorProcess, sender: ChildProcess): Promise<Measured> {
  const count = async (): Promise<Sent> => {
    sender.send({ order: 'count' });
    const [sent] = (await once(sender, 'message')) as [Sent];
    return sent;
  };
  sender.send({ order: 'start', url: collector.url, token: INGEST_TOKEN });
  await pause(options.warmupSeconds * 1000);
  await count();
  collector.reset();
  const before = await collector.metrics();
  const threads = watchThreads(collector.pid);
  const startedAt = performance.now();
  const fromUs = monotonicUs();
  const endMs = options.seconds * 1000;
  const probing = probeAlerts({
    url: collector.url,
    ingestToken: INGEST_TOKEN,
    apiToken: API_TOKEN,
    attackers: options.attackers,
    overMs: endMs,
  });
  const rssMB: number[] = [];
  const perSecond: number[] = [];
  const answers: { p50: number; p99: number }[] = [];
  const totals = { acknowledged: 0, bytes: 0, refused: 0, failed: 0, senderCpuSeconds: 0 };
  let loop = await collector.watch();
  while (performance.now() - startedAt < endMs) {
    await pause(Math.min(1000, endMs - (performance.now() - startedAt)));
    const sent = await count();
    totals.acknowledged += sent.acknowledged;
    totals.bytes += sent.bytes;
    totals.refused += sent.refused;
    totals.failed += sent.failed;
    totals.senderCpuSeconds += sent.cpuSeconds;
    perSecond.push(sent.acknowledged);
    answers.push({ p50: sent.answerP50Ms, p99: sent.answerP99Ms });
    loop = await collector.watch();
    rssMB.push(Math.round(loop.rssMB));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const toUs = monotonicUs();
  const spent = threads.stop();
  const after = await collector.metrics();
  const scored = (after.get('vedette_spans_scored_total') ?? 0) - (before.get('vedette_spans_scored_total') ?? 0);
  const alerts = await probing;
  return { fromUs, toUs, threads: spent, seconds, ...totals, scored, perSecond, rssMB, answers, loop, alerts };
}

function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
