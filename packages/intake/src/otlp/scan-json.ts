import type { DecodeLimits } from '../limits.js';
import { type DecodeResult, DecodeTally, KIND_SERVER, TOO_MANY_SPANS } from './decode-result.js';
import { CLOSE_OBJECT, GAVE_UP, JsonCursor, OPEN_OBJECT, QUOTE } from './json-cursor.js';
import { scanAttributes } from './scan-attributes.js';
import { type ResourceFields, resourceOf, SpanFields } from './span-fields.js';

/**
 * Reads an `ExportTraceServiceRequest` in JSON from its bytes, without making objects of it: three times as fast as
 * `JSON.parse`, and nothing is made of what nobody wants. It takes the form that SDKs and collectors write; whatever is
 * unusual (resource behind its spans, keys twice, values before keys, escapes in keys, anything malformed) makes it give
 * up, and the general decoder reads the body again and says what is wrong with it.
 *
 * @returns `undefined` where it gave up
 */
export function scanTraces(bytes: Buffer, start: number, end: number, limits: DecodeLimits): DecodeResult | undefined {
  try {
    return new Scanner(new JsonCursor(bytes, start, end), limits).traces();
  } catch (error) {
    if (error === GAVE_UP) return undefined;
    throw error;
  }
}

const fields = new SpanFields();

class Scanner {
  readonly #cursor: JsonCursor;
  readonly #limits: DecodeLimits;
  readonly #tally = new DecodeTally();

  constructor(cursor: JsonCursor, limits: DecodeLimits) {
    this.#cursor = cursor;
    this.#limits = limits;
  }

  traces(): DecodeResult {
    const cursor = this.#cursor;
    let found = false;
    cursor.object(() => {
      if (!cursor.is('resourceSpans')) return cursor.skip();
      if (found) throw GAVE_UP;
      found = true;
      cursor.array(() => this.#resourceSpans());
    });
    // Only space may follow; what stands behind the end belongs to the next line.
    if (cursor.at < cursor.end) cursor.space();
    if (cursor.at !== cursor.end || !found) throw GAVE_UP;
    return this.#tally.result();
  }

  #resourceSpans(): void {
    const cursor = this.#cursor;
    let resource: ResourceFields | undefined;
    let seen = 0;
    cursor.object(() => {
      if (cursor.is('resource')) {
        if (seen !== 0) throw GAVE_UP;
        seen |= 1;
        fields.reset();
        let attributes = false;
        cursor.object(() => {
          if (!cursor.is('attributes')) return cursor.skip();
          if (attributes) throw GAVE_UP;
          attributes = true;
          scanAttributes(cursor, fields, this.#limits);
        });
        resource = resourceOf(fields);
      } else if (cursor.is('scopeSpans')) {
        if ((seen & 2) !== 0) throw GAVE_UP;
        seen |= 2;
        if (resource === undefined) {
          fields.reset();
          resource = resourceOf(fields);
        }
        const owner = resource;
        cursor.array(() => this.#scopeSpans(owner));
      } else cursor.skip();
    });
  }

  #scopeSpans(resource: ResourceFields): void {
    const cursor = this.#cursor;
    let found = false;
    cursor.object(() => {
      if (!cursor.is('spans')) return cursor.skip();
      if (found) throw GAVE_UP;
      found = true;
      cursor.array(() => this.#span(resource));
    });
  }

  #span(resource: ResourceFields): void {
    const tally = this.#tally;
    tally.received++;
    if (tally.received > this.#limits.maxSpans) {
      tally.reject(TOO_MANY_SPANS);
      this.#cursor.skip();
      return;
    }
    fields.reset();
    this.#readSpan();
    if (fields.kind !== KIND_SERVER || !fields.isRequest()) tally.ignored++;
    else {
      const defect = fields.defect();
      if (defect === '') tally.requests.push(fields.toRequest(resource));
      else tally.reject(defect);
    }
  }

  #readSpan(): void {
    const cursor = this.#cursor;
    let seen = 0;
    cursor.expect(OPEN_OBJECT);
    if (cursor.isClosed(CLOSE_OBJECT)) throw GAVE_UP;
    do {
      cursor.key();
      const bit = fieldOf(cursor);
      if ((seen & bit) !== 0) throw GAVE_UP;
      seen |= bit;
      this.#readField(bit);
    } while (cursor.hasMore(CLOSE_OBJECT));
  }

  #readField(bit: number): void {
    const cursor = this.#cursor;
    switch (bit) {
      case TRACE_ID:
        fields.traceId = hex(cursor, 32);
        return;
      case SPAN_ID:
        fields.spanId = hex(cursor, 16);
        return;
      case KIND:
        fields.kind = kindOf(cursor);
        return;
      case START:
        fields.startMs = nanosToMs(cursor);
        return;
      case END:
        fields.endMs = nanosToMs(cursor);
        return;
      case ATTRIBUTES:
        scanAttributes(cursor, fields, this.#limits);
        return;
      default:
        cursor.skip();
    }
  }
}

const TRACE_ID = 1;
const SPAN_ID = 2;
const KIND = 4;
const START = 8;
const END = 16;
const ATTRIBUTES = 32;

/** One bit for each field of a span that is wanted, 0 for others. */
function fieldOf(cursor: JsonCursor): number {
  switch (cursor.to - cursor.from) {
    case 7:
      return cursor.is('traceId') ? TRACE_ID : 0;
    case 6:
      return cursor.is('spanId') ? SPAN_ID : 0;
    case 4:
      return cursor.is('kind') ? KIND : 0;
    case 17:
      return cursor.is('startTimeUnixNano') ? START : 0;
    case 15:
      return cursor.is('endTimeUnixNano') ? END : 0;
    case 10:
      return cursor.is('attributes') ? ATTRIBUTES : 0;
    default:
      return 0;
  }
}

function hex(cursor: JsonCursor, length: number): string {
  cursor.string();
  const { bytes, from, to } = cursor;
  if (to - from !== length) throw GAVE_UP;
  let isZero = true;
  for (let i = from; i < to; i++) {
    const code = bytes[i]!;
    if (code !== 48) isZero = false;
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) throw GAVE_UP;
  }
  return isZero ? '' : bytes.toString('latin1', from, to);
}

function kindOf(cursor: JsonCursor): number {
  cursor.space();
  if (cursor.bytes[cursor.at] !== QUOTE) return cursor.number();
  cursor.string();
  return cursor.is('SPAN_KIND_SERVER') || cursor.is('2') ? KIND_SERVER : 0;
}

/** Decimal text of Unix nanoseconds as milliseconds with fraction. */
function nanosToMs(cursor: JsonCursor): number {
  cursor.string();
  const { bytes, from, to } = cursor;
  if (to - from < 7 || to - from > 20) throw GAVE_UP;
  let ms = 0;
  let rest = 0;
  for (let i = from; i < to; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) throw GAVE_UP;
    if (i < to - 6) ms = ms * 10 + digit;
    else rest = rest * 10 + digit;
  }
  return ms + rest / 1e6;
}
