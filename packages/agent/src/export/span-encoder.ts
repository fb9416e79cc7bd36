import { hashObjectId } from '@vedette/protocol/object-id';
import { pseudonym } from '@vedette/protocol/pseudonym';
import { Memo } from '../memo.js';
import {
  type AttributeGroup,
  type AttributeName,
  type AttributeValue,
  type MixedText,
  ObjectIds,
  Secret,
  type SpanHead,
  type SpanSink,
} from '../span-record.js';
import { varintSize } from './proto-writer.js';

/** Tags of opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto: field number × 8 + wire type. */
const SCOPE_SPANS_SPAN = 0x12;
const SPAN_TRACE_ID = 0x0a;
const SPAN_ID = 0x12;
const SPAN_PARENT_ID = 0x22;
const SPAN_NAME = 0x2a;
const SPAN_KIND = 0x30;
const SPAN_START = 0x39;
const SPAN_END = 0x41;
const SPAN_ATTRIBUTE = 0x4a;
const SPAN_STATUS = 0x7a;
const KEY_VALUE_VALUE = 0x12;
const VALUE_STRING = 0x0a;
const VALUE_INT = 0x18;
const VALUE_ARRAY = 0x2a;
const ARRAY_VALUE = 0x0a;
const KIND_SERVER = 2;
const STATUS_CODE = 0x18;
const STATUS_ERROR = 2;

/** Longer texts are written by the engine's own encoder; for shorter ones the call would cost more than the loop. */
const MAX_LOOPED = 128;
/** What a span's fixed fields take at most, bytes. */
const FIXED_BYTES = 160;
/** What surrounds an attribute's key and value at most, bytes. */
const FRAME_BYTES = 32;

/** An actor sends many requests, so that remembering a few spares most of the hashing. */
const REMEMBERED = { entries: 4_096, length: 512 } as const;

/**
 * Encodes spans one after the other as entries of `ScopeSpans.spans`, straight into one buffer, with every secret
 * replaced by its pseudonym. Allocates nothing for a span of plain ASCII.
 */
export class SpanEncoder implements SpanSink {
  readonly #pseudonyms: Memo<string>;
  #buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #at = 0;
  /** Where the span that was begun last starts. */
  #start = 0;

  constructor(pseudonymKey: string) {
    this.#pseudonyms = new Memo(REMEMBERED, (raw) => pseudonym(pseudonymKey, raw));
  }

  /** Bytes of the spans that were encoded since the last {@link take}. */
  get bytes(): number {
    return this.#at;
  }

  /** Starts a span; {@link end} or {@link abandon} must follow. */
  begin(head: SpanHead): void {
    this.#start = this.#at;
    this.#room(FIXED_BYTES + 3 * head.name.length);
    const buffer = this.#buffer;
    buffer[this.#at] = SCOPE_SPANS_SPAN;
    // Two bytes for the length, right for all but very short and very long spans.
    this.#at += 3;
    this.#id(SPAN_TRACE_ID, head.traceId, 16);
    this.#id(SPAN_ID, head.spanId, 8);
    if (head.parentSpanId !== '') this.#id(SPAN_PARENT_ID, head.parentSpanId, 8);
    this.#string(SPAN_NAME, head.name);
    buffer[this.#at++] = SPAN_KIND;
    buffer[this.#at++] = KIND_SERVER;
    this.#time(SPAN_START, head.startMs);
    this.#time(SPAN_END, head.endMs);
    if (head.failed) {
      buffer[this.#at++] = SPAN_STATUS;
      buffer[this.#at++] = 2;
      buffer[this.#at++] = STATUS_CODE;
      buffer[this.#at++] = STATUS_ERROR;
    }
  }

  /** Completes the span. @returns its bytes */
  end(): number {
    const lengthAt = this.#start + 1;
    const length = this.#at - lengthAt - 2;
    const size = varintSize(length);
    if (size !== 2) {
      this.#room(size);
      this.#buffer.copyWithin(lengthAt + size, lengthAt + 2, this.#at);
      this.#at += size - 2;
    }
    this.#writeVarint(length, lengthAt);
    const bytes = this.#at - this.#start;
    this.#start = this.#at;
    return bytes;
  }

  /** Takes back the span that was begun; without one it does nothing. */
  abandon(): void {
    this.#at = this.#start;
  }

  /** The spans encoded so far, as a copy; the next one starts afresh. */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.#at);
    this.#buffer.copy(taken, 0, 0, this.#at);
    this.#at = 0;
    this.#start = 0;
    return taken;
  }

  attribute(name: AttributeName, value: AttributeValue): void {
    if (typeof value === 'number') this.#number(name, value);
    else if (typeof value === 'string') this.#text(name, value);
    else if (value instanceof Secret) this.#text(name, this.#pseudonyms.of(value.raw));
    else if (value instanceof ObjectIds) this.#hashes(name, value);
    else this.#text(name, this.#joined(value));
  }

  group(group: AttributeGroup): void {
    if (group.encoded !== undefined) {
      this.#room(group.encoded.length);
      this.#buffer.set(group.encoded, this.#at);
      this.#at += group.encoded.length;
      return;
    }
    const start = this.#at;
    group.describe(this);
    group.encoded = Uint8Array.prototype.slice.call(this.#buffer, start, this.#at);
  }

  #number(name: AttributeName, value: number): void {
    const valueSize = 1 + varintSize(value);
    this.#attributeFrame(name, valueSize);
    this.#buffer[this.#at++] = VALUE_INT;
    this.#varint(value);
  }

  #text(name: AttributeName, text: string): void {
    const length = isAscii(text) ? text.length : Buffer.byteLength(text);
    this.#attributeFrame(name, 1 + varintSize(length) + length);
    this.#buffer[this.#at++] = VALUE_STRING;
    this.#varint(length);
    this.#characters(text, length);
  }

  #hashes(name: AttributeName, { ids }: ObjectIds): void {
    const hashes = ids.map((id) => hashObjectId(id instanceof Secret ? this.#pseudonyms.of(id.raw) : id));
    let length = 0;
    for (const hash of hashes) length += 3 + varintSize(hash);
    this.#attributeFrame(name, 1 + varintSize(length) + length);
    this.#buffer[this.#at++] = VALUE_ARRAY;
    this.#varint(length);
    for (const hash of hashes) {
      this.#buffer[this.#at++] = ARRAY_VALUE;
      this.#buffer[this.#at++] = 1 + varintSize(hash);
      this.#buffer[this.#at++] = VALUE_INT;
      this.#varint(hash);
    }
  }

  /** All of an attribute but its value, which takes `valueBytes` and for which there is room afterwards. */
  #attributeFrame({ encoded }: AttributeName, valueBytes: number): void {
    this.#room(FRAME_BYTES + encoded.length + valueBytes);
    const buffer = this.#buffer;
    buffer[this.#at++] = SPAN_ATTRIBUTE;
    this.#varint(encoded.length + 1 + varintSize(valueBytes) + valueBytes);
    let at = this.#at;
    for (let i = 0; i < encoded.length; i++) buffer[at++] = encoded[i] as number;
    buffer[at++] = KEY_VALUE_VALUE;
    this.#at = at;
    this.#varint(valueBytes);
  }

  #string(tag: number, text: string): void {
    const length = isAscii(text) ? text.length : Buffer.byteLength(text);
    this.#buffer[this.#at++] = tag;
    this.#varint(length);
    this.#characters(text, length);
  }

  /** @param length of the text in UTF-8; equal to its length in characters only if it is ASCII */
  #characters(text: string, length: number): void {
    if (length !== text.length) this.#buffer.write(text, this.#at, length, 'utf8');
    else if (length > MAX_LOOPED) this.#buffer.write(text, this.#at, length, 'latin1');
    else {
      const buffer = this.#buffer;
      const at = this.#at;
      for (let i = 0; i < length; i++) buffer[at + i] = text.charCodeAt(i);
    }
    this.#at += length;
  }

  /**
   * An id given as hex, or a random one. Ids need only be unlikely to meet, which `Math.random` (xorshift128+, seeded by
   * the system) gives; OpenTelemetry's SDK draws them alike.
   */
  #id(tag: number, hex: string, bytes: number): void {
    const buffer = this.#buffer;
    buffer[this.#at++] = tag;
    buffer[this.#at++] = bytes;
    if (hex !== '') {
      buffer.write(hex, this.#at, bytes, 'hex');
      this.#at += bytes;
      return;
    }
    for (let i = 0; i < bytes; i += 4) {
      const word = (Math.random() * 0x1_0000_0000) >>> 0;
      buffer[this.#at++] = word & 0xff;
      buffer[this.#at++] = (word >>> 8) & 0xff;
      buffer[this.#at++] = (word >>> 16) & 0xff;
      buffer[this.#at++] = word >>> 24;
    }
  }

  /** A `fixed64` field: Unix nanoseconds, computed in two halves, since they do not fit a number. */
  #time(tag: number, unixMs: number): void {
    const wholeMs = Math.floor(unixMs);
    const restNs = Math.round((unixMs - wholeMs) * 1e6);
    // wholeMs · 10⁶ = (wholeMs div 2¹⁶) · 10⁶ · 2¹⁶ + (wholeMs mod 2¹⁶) · 10⁶, each product below 2⁵³.
    const upper = Math.floor(wholeMs / 0x1_0000) * 1e6;
    const lower = (upper % 0x1_0000) * 0x1_0000 + (wholeMs % 0x1_0000) * 1e6 + restNs;
    const high = Math.floor(upper / 0x1_0000) + Math.floor(lower / 0x1_0000_0000);
    this.#buffer[this.#at++] = tag;
    this.#word(lower % 0x1_0000_0000);
    this.#word(high);
  }

  #word(value: number): void {
    const buffer = this.#buffer;
    buffer[this.#at++] = value & 0xff;
    buffer[this.#at++] = (value >>> 8) & 0xff;
    buffer[this.#at++] = (value >>> 16) & 0xff;
    buffer[this.#at++] = value >>> 24;
  }

  #varint(value: number): void {
    this.#at = this.#writeVarint(value, this.#at);
  }

  /** @returns where the next byte goes */
  #writeVarint(value: number, start: number): number {
    const buffer = this.#buffer;
    let at = start;
    let rest = value;
    while (rest >= 0x80) {
      buffer[at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[at++] = rest;
    return at;
  }

  #joined(parts: MixedText): string {
    let text = '';
    for (const part of parts) text += part instanceof Secret ? this.#pseudonyms.of(part.raw) : part;
    return text;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, this.#at + bytes));
    this.#buffer.copy(grown, 0, 0, this.#at);
    this.#buffer = grown;
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
