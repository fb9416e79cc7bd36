import { cutText, type DecodeLimits, MAX_HANDED_OUT } from '../limits.js';
import { NO_IDS } from '../raw-request.js';
import { StringCache } from '../string-cache.js';
import { type Slot, slotOfBytes } from './attribute-slots.js';
import { type DecodeResult, DecodeTally, KIND_SERVER, TOO_MANY_SPANS } from './decode-result.js';
import { type ResourceFields, resourceOf, SpanFields } from './span-fields.js';
import { WireError, WireReader } from './wire-reader.js';

const strings = new StringCache();
const fields = new SpanFields();

/**
 * Reads an `ExportTraceServiceRequest` in protobuf, taking only what a request event needs; everything else (events,
 * links, other attributes) is skipped by its length. Field numbers: opentelemetry-proto 1.x.
 */
export function decodeProtobuf(body: Uint8Array, limits: DecodeLimits): DecodeResult {
  const reader = new TraceReader(body, limits);
  try {
    return reader.read();
  } catch (error) {
    if (error instanceof WireError) {
      return { ok: false, reason: `malformed protobuf at byte ${error.offset}, in ${reader.path()}: ${error.message}` };
    }
    throw error;
  }
}

class TraceReader {
  readonly #wire: WireReader;
  readonly #limits: DecodeLimits;
  readonly #tally = new DecodeTally();
  // Where the reader is, for the reason of a refusal; -1 = not inside one.
  #resourceIndex = -1;
  #scopeIndex = -1;
  #spanIndex = -1;
  #attributeIndex = -1;
  #inResource = false;

  constructor(body: Uint8Array, limits: DecodeLimits) {
    this.#wire = new WireReader(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
    this.#limits = limits;
  }

  read(): DecodeResult {
    const wire = this.#wire;
    const end = wire.bytes.length;
    while (wire.position < end) {
      const tag = this.#tag(end);
      if (tag === RESOURCE_SPANS) {
        this.#resourceIndex++;
        this.#resourceSpans(wire.lengthDelimited(end));
      } else wire.skip(tag & 7, end);
    }
    return this.#tally.result();
  }

  path(): string {
    let path = 'ExportTraceServiceRequest';
    if (this.#resourceIndex >= 0) path = `resource_spans[${this.#resourceIndex}]`;
    if (this.#inResource) path += '.resource';
    if (this.#scopeIndex >= 0) path += `.scope_spans[${this.#scopeIndex}]`;
    if (this.#spanIndex >= 0) path += `.spans[${this.#spanIndex}]`;
    if (this.#attributeIndex >= 0) path += `.attributes[${this.#attributeIndex}]`;
    return path;
  }

  #tag(limit: number): number {
    const start = this.#wire.position;
    const tag = this.#wire.varint32(limit);
    if (tag >>> 3 === 0) throw new WireError('field number 0', start);
    return tag;
  }

  /** The resource may stand behind its spans, so the message is walked twice; the first walk only skips. */
  #resourceSpans(end: number): void {
    const wire = this.#wire;
    const start = wire.position;
    this.#scopeIndex = -1;
    fields.reset();
    this.#inResource = true;
    while (wire.position < end) {
      const tag = this.#tag(end);
      if (tag === RESOURCE) this.#attributes(wire.lengthDelimited(end), RESOURCE_ATTRIBUTES);
      else wire.skip(tag & 7, end);
    }
    this.#inResource = false;
    const resource = resourceOf(fields);
    wire.position = start;
    while (wire.position < end) {
      const tag = this.#tag(end);
      if (tag === SCOPE_SPANS) {
        this.#scopeIndex++;
        this.#scopeSpans(wire.lengthDelimited(end), resource);
      } else wire.skip(tag & 7, end);
    }
    this.#scopeIndex = -1;
  }

  #scopeSpans(end: number, resource: ResourceFields): void {
    const wire = this.#wire;
    const tally = this.#tally;
    this.#spanIndex = -1;
    while (wire.position < end) {
      const tag = this.#tag(end);
      if (tag !== SPANS) {
        wire.skip(tag & 7, end);
        continue;
      }
      this.#spanIndex++;
      const spanEnd = wire.lengthDelimited(end);
      tally.received++;
      if (tally.received > this.#limits.maxSpans) {
        wire.position = spanEnd;
        tally.reject(TOO_MANY_SPANS);
        continue;
      }
      this.#span(spanEnd);
      if (fields.kind !== KIND_SERVER || !fields.isRequest()) tally.ignored++;
      else {
        const defect = fields.defect();
        if (defect === '') tally.requests.push(fields.toRequest(resource));
        else tally.reject(defect);
      }
    }
    this.#spanIndex = -1;
  }

  #span(end: number): void {
    const wire = this.#wire;
    fields.reset();
    let attributes = 0;
    while (wire.position < end) {
      const tag = this.#tag(end);
      switch (tag) {
        case SPAN_TRACE_ID:
          fields.traceId = this.#id(end, 16);
          break;
        case SPAN_SPAN_ID:
          fields.spanId = this.#id(end, 8);
          break;
        case SPAN_KIND:
          fields.kind = wire.varint32(end);
          break;
        case SPAN_START:
          fields.startMs = this.#nanos(end);
          break;
        case SPAN_END:
          fields.endMs = this.#nanos(end);
          break;
        case SPAN_ATTRIBUTES: {
          this.#attributeIndex = attributes++;
          const attributeEnd = wire.lengthDelimited(end);
          if (attributes <= this.#limits.maxAttributes) this.#keyValue(attributeEnd);
          wire.position = attributeEnd;
          this.#attributeIndex = -1;
          break;
        }
        default:
          wire.skip(tag & 7, end);
      }
    }
  }

  #attributes(end: number, wanted: number): void {
    const wire = this.#wire;
    let attributes = 0;
    while (wire.position < end) {
      const tag = this.#tag(end);
      if (tag === wanted) {
        this.#attributeIndex = attributes++;
        const attributeEnd = wire.lengthDelimited(end);
        if (attributes <= this.#limits.maxAttributes) this.#keyValue(attributeEnd);
        wire.position = attributeEnd;
        this.#attributeIndex = -1;
      } else wire.skip(tag & 7, end);
    }
  }

  #keyValue(end: number): void {
    const wire = this.#wire;
    let keyStart = 0;
    let keyEnd = 0;
    let valueStart = 0;
    let valueEnd = 0;
    while (wire.position < end) {
      const tag = this.#tag(end);
      if (tag === KEY) {
        keyEnd = wire.lengthDelimited(end);
        keyStart = wire.position;
        wire.position = keyEnd;
      } else if (tag === VALUE) {
        valueEnd = wire.lengthDelimited(end);
        valueStart = wire.position;
        wire.position = valueEnd;
      } else wire.skip(tag & 7, end);
    }
    const slot = slotOfBytes(wire.bytes, keyStart, keyEnd);
    if (slot === undefined) return;
    wire.position = valueStart;
    switch (slot.kind) {
      case 'text':
        this.#text(slot, valueEnd);
        break;
      case 'number':
        fields.numbers[slot.index] = this.#number(valueEnd);
        break;
      case 'ids':
        fields.ids[slot.index] = this.#ids(valueEnd);
        break;
      case 'sensitive': {
        const kind = wire.bytes.toString('utf8', keyStart + slot.name.length, Math.min(keyEnd, keyStart + 64));
        fields.setSensitive(kind, this.#number(valueEnd));
      }
    }
  }

  #text(slot: Slot, end: number): void {
    const wire = this.#wire;
    while (wire.position < end) {
      const tag = this.#tag(end);
      if (tag === STRING_VALUE) {
        const stringEnd = wire.lengthDelimited(end);
        const start = wire.position;
        // Four bytes make at least one UTF-16 unit (they make two), so what is left out here is cut anyway.
        const readEnd = Math.min(stringEnd, start + slot.limit * 4);
        const text = slot.repeats
          ? strings.read(wire.bytes, start, readEnd)
          : wire.bytes.toString('utf8', start, readEnd);
        fields.texts[slot.index] = cutText(text, slot.limit);
        wire.position = stringEnd;
      } else if (tag === INT_VALUE) fields.texts[slot.index] = String(wire.int64(end));
      else if (tag === DOUBLE_VALUE) fields.texts[slot.index] = String(wire.double(end));
      else wire.skip(tag & 7, end);
    }
  }

  /** A number, also where it was sent as text or as a boolean; NaN for anything else. */
  #number(end: number): number {
    const wire = this.#wire;
    let value = Number.NaN;
    while (wire.position < end) {
      const tag = this.#tag(end);
      if (tag === INT_VALUE) value = wire.int64(end);
      else if (tag === DOUBLE_VALUE) value = wire.double(end);
      else if (tag === STRING_VALUE) {
        const stringEnd = wire.lengthDelimited(end);
        const text = wire.bytes.toString('latin1', wire.position, Math.min(stringEnd, wire.position + 32)).trim();
        value = text === '' ? Number.NaN : Number(text);
        wire.position = stringEnd;
      } else wire.skip(tag & 7, end);
    }
    return value;
  }

  #ids(end: number): readonly number[] {
    const wire = this.#wire;
    const limit = Math.min(this.#limits.maxArrayLength, MAX_HANDED_OUT);
    let list: number[] | undefined;
    while (wire.position < end) {
      const tag = this.#tag(end);
      if (tag !== ARRAY_VALUE) {
        wire.skip(tag & 7, end);
        continue;
      }
      const arrayEnd = wire.lengthDelimited(end);
      while (wire.position < arrayEnd) {
        const valueTag = this.#tag(arrayEnd);
        if (valueTag !== ARRAY_VALUES) {
          wire.skip(valueTag & 7, arrayEnd);
          continue;
        }
        const value = this.#number(wire.lengthDelimited(arrayEnd));
        list ??= [];
        if (list.length < limit && Number.isInteger(value)) list.push(value >>> 0);
      }
    }
    return list ?? NO_IDS;
  }

  /** Hex of an id of exactly `length` bytes; `''` for another length or all zeros, which the specification calls invalid. */
  #id(limit: number, length: number): string {
    const wire = this.#wire;
    const end = wire.lengthDelimited(limit);
    const start = wire.position;
    wire.position = end;
    if (end - start !== length) return '';
    for (let i = start; i < end; i++) {
      if (wire.bytes[i] !== 0) return wire.bytes.toString('hex', start, end);
    }
    return '';
  }

  /**
   * Unix nanoseconds as milliseconds with fraction. 2³² ns are 4,294,967,296 ns = 4294 ms + 967,296 ns, so both halves
   * are summed without leaving the exact integers.
   */
  #nanos(limit: number): number {
    const low = this.#wire.fixed64(limit);
    const high = this.#wire.high;
    const rest = high * 967_296 + low;
    return high * 4294 + Math.floor(rest / 1e6) + (rest % 1e6) / 1e6;
  }
}

// Tags: field number · 8 + wire type (0 varint, 1 fixed 64-bit, 2 length-delimited).
const RESOURCE_SPANS = (1 << 3) | 2;
const RESOURCE = (1 << 3) | 2;
const SCOPE_SPANS = (2 << 3) | 2;
const RESOURCE_ATTRIBUTES = (1 << 3) | 2;
const SPANS = (2 << 3) | 2;
const SPAN_TRACE_ID = (1 << 3) | 2;
const SPAN_SPAN_ID = (2 << 3) | 2;
const SPAN_KIND = 6 << 3;
const SPAN_START = (7 << 3) | 1;
const SPAN_END = (8 << 3) | 1;
const SPAN_ATTRIBUTES = (9 << 3) | 2;
const KEY = (1 << 3) | 2;
const VALUE = (2 << 3) | 2;
const STRING_VALUE = (1 << 3) | 2;
const INT_VALUE = 3 << 3;
const DOUBLE_VALUE = (4 << 3) | 1;
const ARRAY_VALUE = (5 << 3) | 2;
const ARRAY_VALUES = (1 << 3) | 2;
