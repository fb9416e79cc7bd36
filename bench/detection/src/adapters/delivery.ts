import type { Exchange } from '../core/exchange.js';
import { Rng } from '../core/rng.js';

/** What the way from the service to the engine does to the stream. */
export interface DeliveryOptions {
  /** An SDK holds a span for up to this long before it sends it (ms). */
  readonly disorderMs: number;
  /** Share delivered a second time, with the same ids. */
  readonly duplicateShare: number;
  /** Share that never arrives. */
  readonly lossShare: number;
  /** Share that comes from an instance whose clock is wrong. */
  readonly skewShare: number;
  /** How far that clock is ahead (ms). */
  readonly skewMs: number;
}

export const CLEAN_DELIVERY: DeliveryOptions = {
  disorderMs: 0,
  duplicateShare: 0,
  lossShare: 0,
  skewShare: 0,
  skewMs: 0,
};

interface Delivery {
  readonly item: Exchange;
  readonly arriveMs: number;
  readonly order: number;
  readonly isRepeat: boolean;
}

/** One delivered request; `isRepeat` where it is the second copy of the one sent before. */
export interface Delivered {
  readonly item: Exchange;
  readonly isRepeat: boolean;
}

/** Delays, repeats and loses exchanges. Holds no more than what falls into one delay. */
export function* deliver(
  exchanges: Iterable<Exchange>,
  options: DeliveryOptions,
  seed: string,
): Generator<Delivered, void, void> {
  const rng = new Rng(`${seed}/delivery`);
  if (options.disorderMs === 0 && options.duplicateShare === 0 && options.lossShare === 0 && options.skewShare === 0) {
    for (const item of exchanges) yield { item, isRepeat: false };
    return;
  }
  const waiting: Delivery[] = [];
  let order = 0;
  let dueMs = 0;
  for (const item of exchanges) {
    if (item.startMs >= dueMs + 1000) {
      dueMs = item.startMs;
      waiting.sort((a, b) => a.arriveMs - b.arriveMs || a.order - b.order);
      let sent = 0;
      while (sent < waiting.length && waiting[sent]!.arriveMs <= dueMs) yield waiting[sent++]!;
      waiting.splice(0, sent);
    }
    if (rng.chance(options.lossShare)) continue;
    const received = rng.chance(options.skewShare) ? { ...item, startMs: item.startMs + options.skewMs } : item;
    waiting.push({
      item: received,
      arriveMs: item.startMs + rng.float() * options.disorderMs,
      order: order++,
      isRepeat: false,
    });
    if (rng.chance(options.duplicateShare)) {
      waiting.push({
        item: received,
        arriveMs: item.startMs + options.disorderMs + rng.float() * 5000,
        order: order++,
        isRepeat: true,
      });
    }
  }
  waiting.sort((a, b) => a.arriveMs - b.arriveMs || a.order - b.order);
  yield* waiting;
}
