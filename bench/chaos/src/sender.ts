import { gzipSync } from 'node:zlib';
import { requestEventKey } from '@vedette/protocol';
import type { Random } from './random.js';
import { otlpJson, type Span } from './spans.js';

/** What a sender went through. */
export interface SenderTally {
  /** Spans handed to the sender. */
  made: number;
  requests: number;
  /** Requests that no answer came to: refused, broken, given up. */
  unanswered: number;
  /** 429 and 503. */
  refused: number;
  /** Refusals without `Retry-After`. */
  refusedWithoutPause: number;
  /** Answers that should never come. */
  wrong: string[];
  /** Acknowledged batches that were sent once more, as if the answer had been lost. */
  repeated: number;
  /** Requests that the sender broke off in the middle. */
  brokenOff: number;
}

export interface SenderOptions {
  readonly url: string;
  readonly token: string;
  readonly random: Random;
}

/** A sender gives up on an answer after this long, ms (OTLP exporters: 10 s). */
const TIMEOUT_MS = 10_000;
const AT_ONCE = 4;

/**
 * Sends batches until each is acknowledged, over a network that loses answers, repeats and reorders.
 *
 * Like an agent, it keeps what is not acknowledged; unlike one, for ever and in memory.
 */
export class Sender {
  readonly tally: SenderTally = {
    made: 0,
    requests: 0,
    unanswered: 0,
    refused: 0,
    refusedWithoutPause: 0,
    wrong: [],
    repeated: 0,
    brokenOff: 0,
  };
  /** Keys of everything that a 200 was seen for. */
  readonly acknowledged = new Set<string>();
  readonly #options: SenderOptions;
  #waiting: { spans: readonly Span[]; notBeforeMs: number }[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  send(spans: readonly Span[]): void {
    this.tally.made += spans.length;
    this.#put(spans, 0);
    this.#pump();
  }

  /** Batches that are not acknowledged yet. */
  get backlog(): number {
    return this.#waiting.length + this.#underWay.size;
  }

  /** Sends no more; resolves when what is under way has been answered. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#underWay);
  }

  #put(spans: readonly Span[], pauseMs: number): void {
    const entry = { spans, notBeforeMs: Date.now() + pauseMs };
    // One in five overtakes those before it.
    if (this.#options.random.isTrue(0.2)) this.#waiting.unshift(entry);
    else this.#waiting.push(entry);
  }

  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    const nowMs = Date.now();
    while (this.#underWay.size < AT_ONCE) {
      const at = this.#waiting.findIndex((entry) => entry.notBeforeMs <= nowMs);
      if (at < 0) break;
      const [entry] = this.#waiting.splice(at, 1);
      const work: Promise<void> = this.#attempt(entry!.spans).finally(() => {
        this.#underWay.delete(work);
        this.#pump();
      });
      this.#underWay.add(work);
    }
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#pump(), 50);
  }

  async #attempt(spans: readonly Span[]): Promise<void> {
    const { random } = this.#options;
    const isBrokenOff = random.isTrue(0.04);
    const isDoubled = random.isTrue(0.05);
    if (isBrokenOff) this.tally.brokenOff++;
    const timeoutMs = isBrokenOff ? random.between(1, 60) : TIMEOUT_MS;
    const answers = await Promise.all([
      this.#post(spans, timeoutMs),
      ...(isDoubled ? [this.#post(spans, timeoutMs)] : []),
    ]);
    if (answers.includes('acknowledged')) {
      for (const span of spans) this.acknowledged.add(requestEventKey(span));
      if (!random.isTrue(0.1)) return;
      this.tally.repeated++;
    }
    this.#again(spans);
  }

  /** One time in three as two batches, one of them turned round. */
  #again(spans: readonly Span[]): void {
    const { random } = this.#options;
    const pauseMs = random.between(50, 500);
    if (spans.length < 2 || !random.isTrue(0.33)) {
      this.#put(spans, pauseMs);
      return;
    }
    const middle = random.between(1, spans.length - 1);
    this.#put(spans.slice(middle).reverse(), pauseMs);
    this.#put(spans.slice(0, middle), pauseMs);
  }

  async #post(spans: readonly Span[], timeoutMs: number): Promise<'acknowledged' | 'refused' | 'unanswered'> {
    const { tally } = this;
    const { url, token, random } = this.#options;
    const json = otlpJson(spans);
    const isPacked = random.isTrue(0.5);
    tally.requests++;
    try {
      const response = await fetch(`${url}/v1/traces`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
          ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
        },
        body: isPacked ? gzipSync(json) : json,
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      if (response.status === 200) {
        if (text.includes('rejectedSpans')) tally.wrong.push(`200 with rejected spans: ${text.slice(0, 200)}`);
        return 'acknowledged';
      }
      if (response.status === 503 || response.status === 429) {
        tally.refused++;
        if (response.headers.get('retry-after') === null) tally.refusedWithoutPause++;
        return 'refused';
      }
      tally.wrong.push(`${response.status} ${text.slice(0, 200)}`);
      return 'refused';
    } catch {
      tally.unanswered++;
      return 'unanswered';
    }
  }
}
