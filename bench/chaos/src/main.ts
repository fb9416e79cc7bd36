/**
 * What is lost or told twice when everything fails in the middle of attacks.
 *
 * Senders post OTLP over real HTTP to a real collector on the embedded database, whose alerts go to a real webhook
 * receiver, while the collector is killed at random instants, stopped, and started again, its disk fills up, batches are
 * repeated, reordered and broken off, and clocks are wrong. Then what is stored is held against what was acknowledged, and
 * the alerts against those of an undisturbed run over the same spans.
 * Usage: node bench/chaos/dist/main.js [--kills 50] [--disk-fills 4] [--calm-seconds 0] [--seed 1] [--keep]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { requestEventKey } from '@vedette/protocol';
import { Ordeal } from './ordeal.js';
import { createRandom } from './random.js';
import { report } from './report.js';
import { Sender } from './sender.js';
import { mountSmallDisk } from './small-disk.js';
import type { Span } from './spans.js';
import { ATTACK_MS, hasRightClock, Traffic } from './traffic.js';
import { undisturbedAlerts } from './undisturbed.js';
import { judgeAlerts, judgeSpans, judgeWebhooks, readKept } from './verdict.js';
import { startWebhookReceiver } from './webhook-receiver.js';

const { values: flags } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    'disk-fills': { type: 'string', default: '4' },
    'calm-seconds': { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
});
const kills = Number(flags.kills);
const diskFills = Number(flags['disk-fills']);
const seed = Number(flags.seed);
/** A graceful stop after so many kills. */
const TERMINATE_EVERY = 6;
const DISK_MB = 256;
/** For what senders still hold and webhooks that are tried again, ms. */
const DRAIN_MS = 60_000;
/** Batches that a sender may hold before traffic pauses: what a collector takes in a few seconds. */
const MAX_BACKLOG = 40;
const TOKEN = 'an-ingest-token-of-the-chaos-bench';
const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

const startedAt = Date.now();
const log = (line: string) => console.error(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
const directory = await mkdtemp(join(tmpdir(), 'vedette-chaos-'));
const disk = diskFills > 0 ? mountSmallDisk(directory, DISK_MB) : null;
if (diskFills > 0 && disk === null) log('SKIPPED: full disks, because this user may not mount a tmpfs');
const dataDir = join(disk?.path ?? directory, 'data');
const receiver = await startWebhookReceiver(SECRET, createRandom(seed + 1));
const ordeal = await Ordeal.create({
  random: createRandom(seed + 2),
  disk,
  log,
  env: {
    VEDETTE_DATA: dataDir,
    VEDETTE_INGEST_TOKEN: TOKEN,
    VEDETTE_WEBHOOK: receiver.url,
    VEDETTE_WEBHOOK_SECRET: SECRET,
  },
});

let senders: readonly Sender[] = [];
let clock: NodeJS.Timeout | undefined;
try {
  await ordeal.start();
  const traffic = new Traffic(createRandom(seed));
  senders = [3, 4, 5].map((n) => new Sender({ url: ordeal.url, token: TOKEN, random: createRandom(seed + n) }));
  const made: Span[] = [];
  let isCalm = true;
  clock = setInterval(() => {
    // More would only wait: on a slow machine starts take longer than what a kill leaves between them.
    if (senders.some((sender) => sender.backlog > MAX_BACKLOG)) return;
    const spans = traffic.quarterSecond(Date.now(), isCalm);
    made.push(...spans);
    senders.forEach((sender, i) => {
      sender.send(spans.filter((_, at) => at % senders.length === i));
    });
  }, 250);
  // What is normal, before anything is not.
  await pause(3000);
  isCalm = false;

  // A stretch in which only the network fails, to compare with.
  await pause(Number(flags['calm-seconds']) * 1000);
  for (let i = 1; i <= kills; i++) {
    await ordeal.kill();
    if (i % TERMINATE_EVERY === 0) await ordeal.terminate();
    if (diskFills > 0 && i % Math.max(1, Math.floor(kills / diskFills)) === 0) await ordeal.fillDisk();
    if (i % 10 === 0 || i === kills) log(`${i} kills, ${made.length} spans, ${receiver.received.size} webhooks`);
  }
  // Attacks under way come to their end.
  isCalm = true;
  await pause(ATTACK_MS + 1000);
  clearInterval(clock);
  const drainEndsAt = Date.now() + DRAIN_MS;
  while (senders.some((sender) => sender.backlog > 0) && Date.now() < drainEndsAt) await pause(100);
  // Webhooks whose first try failed are tried again after 5 s; those of which a kill took the answer, after the start.
  while ([...receiver.received.values()].some((one) => !one.taken) && Date.now() < drainEndsAt) await pause(100);
  await pause(1500);
  await ordeal.stop();

  log('reading what was kept');
  const kept = await readKept(dataDir);
  const acknowledged = new Set(senders.flatMap((sender) => [...sender.acknowledged]));
  const keys = new Set(made.map(requestEventKey));
  const violations = report({
    ordeal: ordeal.tally,
    senders: senders.map((sender) => sender.tally),
    left: senders.reduce((sum, sender) => sum + sender.backlog, 0),
    campaigns: traffic.campaigns.length,
    spans: judgeSpans(kept, acknowledged, keys),
    aheadMs: kept.newestMs - Date.now(),
    alerts: judgeAlerts(kept, await undisturbedAlerts(made.filter(hasRightClock), directory)),
    webhooks: judgeWebhooks(kept, receiver),
  });
  process.exitCode = violations === 0 ? 0 : 1;
} finally {
  clearInterval(clock);
  await Promise.all(senders.map((sender) => sender.close()));
  await ordeal.abandon();
  receiver.close();
  if (flags.keep) log(`kept ${directory}`);
  else {
    disk?.remove();
    await rm(directory, { recursive: true, force: true });
  }
}
