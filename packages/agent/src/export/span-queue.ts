import type { SpanHead, SpanSink } from '../span-record.js';
import type { RequestEnvelope } from './request-envelope.js';
import { SpanEncoder } from './span-encoder.js';
import { SpanRecorder, type WaitingSpan } from './span-recorder.js';

/** Spans that go out in one request. */
export const MAX_BATCH_SPANS = 512;
/** Size at which a batch is full even with fewer spans, bytes. */
const MAX_BATCH_BYTES = 512 * 1024;

/** One request's worth of spans; its bytes never change, so a repetition carries the same trace and span ids. */
export interface Batch {
  /** An encoded `ExportTraceServiceRequest`. */
  readonly body: Buffer;
  readonly spans: number;
}

export interface SpanQueueOptions {
  /** Bound on everything that waits or is under way, bytes. */
  readonly maxBytes: number;
  readonly envelope: RequestEnvelope;
  /** Offered what would be dropped for room; `true` where it takes it. */
  readonly overflow?: (batch: Batch) => boolean;
}

/**
 * Spans that wait to be sent, oldest first, within a bound in bytes: past it the oldest are dropped and counted.
 *
 * Until the pseudonym key is known spans wait as records, raw values and all; then they are encoded at once and the
 * raw values are let go.
 */
export class SpanQueue {
  readonly #maxBytes: number;
  readonly #envelope: RequestEnvelope;
  readonly #overflow: (batch: Batch) => boolean;
  #encoder: SpanEncoder | undefined;
  readonly #recorder = new SpanRecorder();
  readonly #waiting = new Fifo<WaitingSpan>();
  readonly #batches = new Fifo<Batch>();
  readonly #underWay = new Set<Batch>();
  /** Spans that the encoder holds, not yet a batch. */
  #openSpans = 0;
  #bytes = 0;
  #dropped = 0;
  #spans = 0;

  constructor(options: SpanQueueOptions) {
    this.#maxBytes = options.maxBytes;
    this.#envelope = options.envelope;
    this.#overflow = options.overflow ?? (() => false);
  }

  /** Spans that wait or are under way. */
  get spans(): number {
    return this.#spans;
  }

  /** Bytes that they take; an estimate for spans that wait for the key. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Spans dropped since the start because the bound was reached. */
  get dropped(): number {
    return this.#dropped;
  }

  get hasKey(): boolean {
    return this.#encoder !== undefined;
  }

  /** Whether a full batch waits. */
  get hasFullBatch(): boolean {
    return this.#batches.size > 0;
  }

  /** @throws what an encoder threw for a span, which is dropped and counted, after all others were encoded */
  useKey(pseudonymKey: string): void {
    const encoder = new SpanEncoder(pseudonymKey);
    this.#encoder = encoder;
    const faults: unknown[] = [];
    for (let waiting = this.#waiting.shift(); waiting; waiting = this.#waiting.shift()) {
      this.#bytes -= waiting.bytes;
      try {
        encoder.begin(waiting.head);
        for (const [name, value] of waiting.attributes) encoder.attribute(name, value);
        this.#opened(encoder.end());
      } catch (fault) {
        encoder.abandon();
        this.#count(1);
        faults.push(fault);
      }
    }
    if (faults.length > 0) throw faults[0];
  }

  /** Starts a span. @returns where its attributes go; {@link end} or {@link abandon} must follow */
  begin(head: SpanHead): SpanSink {
    const sink = this.#encoder ?? this.#recorder;
    sink.begin(head);
    return sink;
  }

  /** The span that was begun is complete and waits to be sent. */
  end(): void {
    if (this.#encoder) {
      const bytes = this.#encoder.end();
      this.#spans++;
      this.#opened(bytes);
    } else {
      const waiting = this.#recorder.end();
      this.#waiting.push(waiting);
      this.#bytes += waiting.bytes;
      this.#spans++;
    }
    if (this.#bytes > this.#maxBytes) this.#enforceBound();
  }

  /** The span that was begun is given up. */
  abandon(): void {
    this.#encoder?.abandon();
  }

  /**
   * The oldest batch, which then counts as under way until {@link settle} or {@link giveBack}.
   *
   * @param partial whether a batch that is not full may go
   */
  take(partial: boolean): Batch | undefined {
    if (this.#batches.size === 0 && partial) this.#close();
    const batch = this.#batches.shift();
    if (batch) this.#underWay.add(batch);
    return batch;
  }

  /** The batch is done with: delivered, or dropped for good. */
  settle(batch: Batch): void {
    if (!this.#underWay.delete(batch)) return;
    this.#bytes -= batch.body.length;
    this.#spans -= batch.spans;
  }

  /** The batch was not delivered and goes back to the front. */
  giveBack(batch: Batch): void {
    if (!this.#underWay.delete(batch)) return;
    this.#batches.unshift(batch);
    this.#enforceBound();
  }

  /**
   * Takes everything that waits or is under way, encoded, oldest first; for the last moment of the process. Spans that
   * wait for the key stay.
   */
  drain(): readonly Batch[] {
    this.#close();
    const all = [...this.#underWay];
    this.#underWay.clear();
    for (let batch = this.#batches.shift(); batch; batch = this.#batches.shift()) all.push(batch);
    for (const batch of all) {
      this.#bytes -= batch.body.length;
      this.#spans -= batch.spans;
    }
    return all;
  }

  /** A span of so many bytes is encoded. */
  #opened(bytes: number): void {
    this.#bytes += bytes;
    this.#openSpans++;
    if (this.#openSpans >= MAX_BATCH_SPANS || (this.#encoder?.bytes ?? 0) >= MAX_BATCH_BYTES) this.#close();
  }

  #close(): void {
    if (this.#openSpans === 0 || !this.#encoder) return;
    const open = this.#openSpans;
    const spans = this.#encoder.take();
    this.#openSpans = 0;
    try {
      const batch = { body: this.#envelope.wrap(spans), spans: open };
      this.#bytes += batch.body.length - spans.length;
      this.#batches.push(batch);
    } catch (fault) {
      this.#bytes -= spans.length;
      this.#count(open);
      throw fault;
    }
  }

  /** Drops the oldest of what waits; what is under way may have arrived already and stays. */
  #enforceBound(): void {
    while (this.#bytes > this.#maxBytes) {
      const waiting = this.#waiting.shift();
      if (waiting) {
        this.#bytes -= waiting.bytes;
        this.#count(1);
        continue;
      }
      if (this.#batches.size === 0) this.#close();
      const batch = this.#batches.shift();
      if (!batch) return;
      this.#bytes -= batch.body.length;
      if (this.#overflow(batch)) this.#spans -= batch.spans;
      else this.#count(batch.spans);
    }
  }

  #count(spans: number): void {
    this.#spans -= spans;
    this.#dropped += spans;
  }
}

/** A queue whose ends both cost constant time. */
class Fifo<T> {
  #front: T[] = [];
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#front.length + this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  unshift(item: T): void {
    this.#front.push(item);
  }

  shift(): T | undefined {
    if (this.#front.length > 0) return this.#front.pop();
    if (this.#head >= this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
