/** The process that sends: builds its bodies, says it is ready, then sends until it is told to stop. */

import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Traffic } from '@vedette/bench-engine/traffic';
import type { RequestEvent } from '@vedette/protocol';
import type { BenchOptions } from './options.js';
import { renew } from './renew.js';
import type { Body } from './span-writer.js';
import { writeJson } from './write-json.js';
import { writeProtobuf } from './write-protobuf.js';

/** What the sender is told. */
export type SenderOrder =
  | { readonly order: 'start'; readonly url: string; readonly token: string }
  | { readonly order: 'count' }
  | { readonly order: 'stop' };

/** What was sent since it was asked before. */
export interface Sent {
  readonly acknowledged: number;
  readonly bytes: number;
  /** Answers of 429 and 503; the body is sent again. */
  readonly refused: number;
  readonly failed: number;
  readonly answerP50Ms: number;
  readonly answerP99Ms: number;
  readonly cpuSeconds: number;
}

/** Most spans made before the start; they are sent again and again, each time with new ids and times. */
const POOL_SPANS = 400_000;

/** Agents send what ended since their last batch. */
const BATCH_MS = 200;

const options = JSON.parse(process.argv[2]!) as BenchOptions;
const compress = promisify(gzip);
const pool = buildPool();
const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
let counted = fresh();
let running = false;
let next = 0;
let startedAt = 0;
let claimed = 0;

process.on('message', (order: SenderOrder) => {
  if (order.order === 'start') {
    running = true;
    startedAt = performance.now();
    for (let i = 0; i < options.connections; i++) void sendOn(order, i);
  } else if (order.order === 'count') {
    const answers = counted.answers.sort((a, b) => a - b);
    const at = (share: number) => answers[Math.floor(share * (answers.length - 1))] ?? 0;
    const { acknowledged, bytes, refused, failed } = counted;
    const cpu = process.cpuUsage(counted.cpu);
    const sent: Sent = {
      acknowledged,
      bytes,
      refused,
      failed,
      answerP50Ms: at(0.5),
      answerP99Ms: at(0.99),
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
    };
    counted = fresh();
    process.send?.(sent);
  } else {
    running = false;
    agent.destroy();
    process.disconnect();
  }
});
process.send?.('ready');

function fresh() {
  return { acknowledged: 0, bytes: 0, refused: 0, failed: 0, answers: [] as number[], cpu: process.cpuUsage() };
}

/** Bodies of one service each, as agents send them. */
function buildPool(): Body[] {
  const traffic = new Traffic({ keys: options.users, perSecond: options.rate || 50_000, seed: 7 });
  const waiting = new Map<string, RequestEvent[]>();
  const bodies: Body[] = [];
  const needed = options.rate === 0 ? POOL_SPANS : options.rate * (options.warmupSeconds + options.seconds);
  const wanted = Math.ceil(Math.min(POOL_SPANS, needed) / options.spansPerBody);
  while (bodies.length < wanted) {
    for (const event of traffic.take(options.spansPerBody)) {
      const events = waiting.get(event.service) ?? [];
      waiting.set(event.service, events);
      events.push(event);
      if (events.length < options.spansPerBody) continue;
      const isJson = options.body === 'json' || (options.body === 'mixed' && bodies.length % 2 === 1);
      bodies.push(isJson ? writeJson(events) : writeProtobuf(events));
      waiting.delete(event.service);
    }
  }
  return bodies;
}

async function sendOn(target: { readonly url: string; readonly token: string }, connection: number): Promise<void> {
  while (running) {
    await turn();
    const body = pool[next++ % pool.length]!;
    renew(body, Date.now(), BATCH_MS);
    // Copied, because the body in the pool may come again before this one is answered.
    const isCompressed = (next * 0.618034) % 1 < options.gzipShare;
    const bytes = isCompressed ? await compress(body.bytes, { level: 1 }) : Buffer.from(body.bytes);
    const spans = body.durations.length;
    for (let isDone = false; running && !isDone; ) {
      const sentAt = performance.now();
      const status = await post(bytes, { ...target, kind: body.kind, isCompressed });
      if (status === 200) {
        counted.acknowledged += spans;
        counted.bytes += bytes.length;
        counted.answers.push(performance.now() - sentAt);
        isDone = true;
      } else if (status === 429 || status === 503) {
        counted.refused++;
        await pause(200 + connection);
      } else {
        counted.failed++;
        isDone = true;
      }
    }
  }
}

/** Resolves when the next body is due at the rate asked for. */
async function turn(): Promise<void> {
  if (options.rate === 0) return;
  const dueAt = startedAt + (claimed / options.rate) * 1000;
  claimed += options.spansPerBody;
  const waitMs = dueAt - performance.now();
  if (waitMs > 1) await pause(waitMs);
}

interface Posting {
  readonly url: string;
  readonly token: string;
  readonly kind: Body['kind'];
  readonly isCompressed: boolean;
}

/** @returns the status, or 0 where the connection broke */
function post(bytes: Buffer, posting: Posting): Promise<number> {
  return new Promise((resolve) => {
    const sending = request(
      `${posting.url}/v1/traces`,
      {
        method: 'POST',
        agent,
        headers: {
          authorization: `Bearer ${posting.token}`,
          'content-type': posting.kind === 'json' ? 'application/json' : 'application/x-protobuf',
          'content-length': bytes.length,
          ...(posting.isCompressed ? { 'content-encoding': 'gzip' } : {}),
        },
      },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
        response.once('error', () => resolve(0));
      },
    );
    sending.once('error', () => resolve(0));
    sending.end(bytes);
  });
}
