import { Child } from './child.js';
import type { LoadOrder, LoadReport } from './load.js';
import type { Received } from './receiver.js';
import type { Service } from './services.js';
import type { Variant } from './variants.js';

/** The service has one core, load and receiver the other. */
const SERVICE_CORE = 0;
export const LOAD_CORE = 1;

/** What a service says of itself: CPU time of the whole process since its start, µs, and memory, bytes. */
interface Usage {
  readonly cpuUs: number;
  readonly rssBytes: number;
}

/**
 * Engines compile for tens of thousands of requests after a start, on the core that the service answers on; measured
 * before, every variant is charged for its start. (With an agent, a JSON hello-world reached its full rate after some
 * 40,000 requests.)
 */
const WARM_UP_REQUESTS = 50_000;
const MAX_WARM_UP_S = 15;

/** One variant of one service in one round. */
export interface Measurement {
  readonly requestsPerSecond: number;
  /** CPU time of the service's process for each request, µs, all threads. */
  readonly cpuUs: number;
  /** Resident memory at the end of full load, bytes. */
  readonly rssBytes: number;
  /** From the start of the process until it listens, ms. */
  readonly startMs: number;
  /** Spans that arrived for each request of the process's life. */
  readonly delivered: number;
  /** Bytes on the wire for each span. */
  readonly spanBytes: number;
  /** At the fixed rate, ms. */
  readonly p99Ms: number;
}

export interface Bench {
  readonly load: Child;
  readonly receiver: Child;
  /** Length of each phase, s. */
  readonly seconds: number;
  readonly connections: number;
}

/**
 * Starts the service, warms it up, asks as much as it answers, then asks at a fixed rate, and counts what arrived.
 *
 * @param rate requests a second of the last phase
 */
export async function measure(service: Service, variant: Variant, bench: Bench, rate: number): Promise<Measurement> {
  const { load, receiver, seconds, connections } = bench;
  await receiver.ask<Received>('count');
  const spawnedAtMs = performance.timeOrigin + performance.now();
  const child = new Child({ module: service.module, core: SERVICE_CORE, ...variant });
  try {
    const { port, readyAtMs } = await child.next<{ port: number; readyAtMs: number }>();
    const ask = (order: Partial<LoadOrder>): Promise<LoadReport> =>
      load.ask({ port, seconds, connections, rate: 0, requests: service.requests, ...order });
    let warmUpRequests = 0;
    for (let second = 0; second < MAX_WARM_UP_S && warmUpRequests < WARM_UP_REQUESTS; second++) {
      warmUpRequests += (await ask({ seconds: 1 })).requests;
    }
    const before = await child.ask<Usage>('usage');
    const full = await ask({});
    const after = await child.ask<Usage>('usage');
    const paced = await ask({ rate });
    await child.end('end');
    const received = await receiver.ask<Received>('count');
    return {
      requestsPerSecond: full.requests / full.seconds,
      cpuUs: (after.cpuUs - before.cpuUs) / full.requests,
      rssBytes: after.rssBytes,
      startMs: readyAtMs - spawnedAtMs,
      delivered: received.spans / (warmUpRequests + full.requests + paced.requests),
      spanBytes: received.bytes / Math.max(1, received.spans),
      p99Ms: paced.p99Ms,
    };
  } finally {
    child.kill();
  }
}
