import type { RequestEvent, RequestedObject } from '@vedette/protocol';
import {
  ACTOR_KINDS,
  AUTH_EVENTS,
  AUTH_FROM,
  type EventBatch,
  FIXED_NUMBERS,
  FIXED_WORDS,
  HAS_QUERY,
  OUTCOMES,
  ROUTE_FROM,
} from './event-batch.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const NO_OBJECTS: readonly RequestedObject[] = [];
const NO_IDS: readonly number[] = [];
const NO_COUNTS: Readonly<Record<string, number>> = Object.freeze({});

/** Unpacks the batches of one `EventEncoder`. */
export class EventDecoder {
  #known: string[] = [''];
  #batch: EventBatch | undefined;
  #left = 0;
  // Places of the next event in the batch.
  #number = 0;
  #word = 0;
  #text = 0;

  /** Begins a batch. All events of the one before must have been taken. */
  start(batch: EventBatch): void {
    if (batch.isFresh) this.#known = [''];
    for (const text of batch.added) this.#known.push(text);
    this.#batch = batch;
    this.#left = batch.count;
    this.#number = this.#word = this.#text = 0;
  }

  /**
   * The next events of the batch, at most `limit`; none behind its end. Few at a time, so that most of them are garbage
   * again before it is collected.
   */
  take(limit: number): RequestEvent[] {
    const count = Math.min(limit, this.#left);
    const events: RequestEvent[] = new Array(count);
    for (let i = 0; i < count; i++) events[i] = this.#next(this.#batch!);
    this.#left -= count;
    if (this.#left === 0) this.#batch = undefined;
    return events;
  }

  #next({ numbers, words, texts }: EventBatch): RequestEvent {
    const known = this.#known;
    const n = this.#number;
    let w = this.#word;
    let t = this.#text;
    const flags = words[w]!;
    const event: Mutable<RequestEvent> = {
      traceId: texts[t]!,
      spanId: texts[t + 1]!,
      service: known[words[w + 1]!]!,
      instance: known[words[w + 2]!]!,
      startMs: numbers[n]!,
      durationMs: numbers[n + 1]!,
      source: known[words[w + 3]!]!,
      peer: known[words[w + 4]!]!,
      method: known[words[w + 5]!]!,
      host: known[words[w + 6]!]!,
      path: texts[t + 2]!,
      query: (flags & HAS_QUERY) === 0 ? '' : texts[t + 3]!,
      route: known[words[w + 7]!]!,
      routeFrom: ROUTE_FROM[flags & 3]!,
      operation: known[words[w + 8]!]!,
      status: words[w + 9]!,
      requestBytes: numbers[n + 2]!,
      responseBytes: numbers[n + 3]!,
      userAgent: known[words[w + 10]!]!,
      fingerprint: known[words[w + 11]!]!,
      actor: known[words[w + 12]!]!,
      actorKind: ACTOR_KINDS[(flags >> 2) & 3]!,
      session: known[words[w + 13]!]!,
      authEvent: AUTH_EVENTS[(flags >> 4) & 7]!,
      authIdentifier: known[words[w + 14]!]!,
      authOutcome: OUTCOMES[(flags >> 7) & 3]!,
      authFrom: AUTH_FROM[(flags >> 9) & 3]!,
      authAttempts: words[w + 15]!,
      authCode: known[words[w + 16]!]!,
      objects: NO_OBJECTS,
      handedOut: NO_IDS,
      sensitive: NO_COUNTS,
    };
    t += (flags & HAS_QUERY) === 0 ? 3 : 4;
    w += FIXED_WORDS;
    const objects = words[w++]!;
    if (objects > 0) {
      const list: RequestedObject[] = new Array(objects);
      for (let i = 0; i < objects; i++) list[i] = { kind: known[words[w++]!]!, id: texts[t++]!, hash: words[w++]! };
      event.objects = list;
    }
    const handedOut = words[w++]!;
    if (handedOut > 0) {
      const ids: number[] = new Array(handedOut);
      for (let i = 0; i < handedOut; i++) ids[i] = words[w++]!;
      event.handedOut = ids;
    }
    const kinds = words[w++]!;
    if (kinds > 0) {
      const sensitive: Record<string, number> = {};
      for (let i = 0; i < kinds; i++) sensitive[known[words[w++]!]!] = numbers[n + FIXED_NUMBERS + i]!;
      event.sensitive = sensitive;
    }
    this.#number = n + FIXED_NUMBERS + kinds;
    this.#word = w;
    this.#text = t;
    return event;
  }
}
