import { type AttributeValue, ObjectIds, Secret, type SpanRecord } from '../span-record.js';
import { type RequestEnvelope, SpanEncoder } from './encode-span.js';

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
  #encoder: SpanEncoder | undefined;
  readonly #records = new Fifo<SpanRecord>();
  readonly #batches = new Fifo<Batch>();
  readonly #underWay = new Set<Batch>();
  #open = new OpenBatch();
  #bytes = 0;
  #dropped = 0;
  #spans = 0;

  constructor(options: SpanQueueOptions) {
    this.#maxBytes = options.maxBytes;
    this.#envelope = options.envelope;
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

  useKey(pseudonymKey: string): void {
    this.#encoder = new SpanEncoder(pseudonymKey);
    for (let record = this.#records.shift(); record; record = this.#records.shift()) {
      this.#bytes -= estimateBytes(record);
      this.#encode(record, this.#encoder);
    }
  }

  push(record: SpanRecord): void {
    this.#spans++;
    if (this.#encoder) {
      this.#encode(record, this.#encoder);
    } else {
      this.#records.push(record);
      this.#bytes += estimateBytes(record);
    }
    this.#enforceBound();
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

  /** Everything that waits or is under way, encoded; for the last moment of the process. */
  everything(): readonly Batch[] {
    if (this.#open.spans > 0) this.#close();
    return [...this.#underWay, ...this.#batches.items()];
  }

  #encode(record: SpanRecord, encoder: SpanEncoder): void {
    const bytes = encoder.encode(record);
    this.#open.add(bytes);
    this.#bytes += bytes.length;
    if (this.#open.spans >= MAX_BATCH_SPANS || this.#open.bytes >= MAX_BATCH_BYTES) this.#close();
  }

  #close(): void {
    if (this.#open.spans === 0) return;
    const batch = { body: this.#envelope.wrap(this.#open.content), spans: this.#open.spans };
    this.#bytes += batch.body.length - this.#open.bytes;
    this.#batches.push(batch);
    this.#open = new OpenBatch();
  }

  /** Drops the oldest of what waits; what is under way may have arrived already and stays. */
  #enforceBound(): void {
    while (this.#bytes > this.#maxBytes) {
      const record = this.#records.shift();
      if (record) {
        this.#bytes -= estimateBytes(record);
        this.#count(1);
        continue;
      }
      if (this.#batches.size === 0) this.#close();
      const batch = this.#batches.shift();
      if (!batch) return;
      this.#bytes -= batch.body.length;
      this.#count(batch.spans);
    }
  }

  #count(spans: number): void {
    this.#spans -= spans;
    this.#dropped += spans;
  }
}

/** Encoded spans, one after the other, in a buffer that grows. */
class OpenBatch {
  #buffer = Buffer.allocUnsafeSlow(4 * 1024);
  bytes = 0;
  spans = 0;

  get content(): Buffer {
    return this.#buffer.subarray(0, this.bytes);
  }

  add(span: Buffer): void {
    if (this.bytes + span.length > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, this.bytes + span.length));
      this.#buffer.copy(grown, 0, 0, this.bytes);
      this.#buffer = grown;
    }
    span.copy(this.#buffer, this.bytes);
    this.bytes += span.length;
    this.spans++;
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

  *items(): Generator<T> {
    for (let i = this.#front.length - 1; i >= 0; i--) {
      const item = this.#front[i];
      if (item !== undefined) yield item;
    }
    for (let i = this.#head; i < this.#items.length; i++) {
      const item = this.#items[i];
      if (item !== undefined) yield item;
    }
  }
}

/** Bytes of memory that a record takes while it waits: its texts, and the objects around them. */
function estimateBytes(record: SpanRecord): number {
  let bytes = 512;
  for (const [, value] of record.attributes) bytes += 64 + lengthOf(value);
  return bytes;
}

function lengthOf(value: AttributeValue): number {
  if (typeof value === 'number') return 0;
  if (typeof value === 'string') return value.length;
  if (value instanceof Secret) return 32 + value.raw.length;
  const parts = value instanceof ObjectIds ? value.ids : value;
  let length = 0;
  for (const part of parts) length += 16 + (typeof part === 'string' ? part.length : 32 + part.raw.length);
  return length;
}
