import { cutText, type DecodeLimits, MAX_HANDED_OUT } from '../limits.js';
import { NO_IDS } from '../raw-request.js';
import { StringCache } from '../string-cache.js';
import { type Slot, slotOfBytes } from './attribute-slots.js';
import { type DecodeResult, DecodeTally, KIND_SERVER } from './decode-result.js';
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
  const scanner = new Scanner(bytes, start, end, limits);
  try {
    return scanner.traces();
  } catch (error) {
    if (error === GAVE_UP) return undefined;
    throw error;
  }
}

const GAVE_UP = new Error('gave up');
const strings = new StringCache();
const fields = new SpanFields();
/** Deepest nesting that is skipped. */
const MAX_DEPTH = 64;

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

class Scanner {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #limits: DecodeLimits;
  readonly #tally = new DecodeTally();
  #at: number;
  // Content of the string read last, without its quotes.
  #from = 0;
  #to = 0;
  #escaped = false;

  constructor(bytes: Buffer, start: number, end: number, limits: DecodeLimits) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#limits = limits;
  }

  traces(): DecodeResult {
    let found = false;
    this.#object(() => {
      if (!this.#isKey('resourceSpans')) return this.#skip(0);
      if (found) throw GAVE_UP;
      found = true;
      this.#array(() => this.#resourceSpans());
    });
    // Only space may follow; what stands behind the end belongs to the next line.
    while (this.#at < this.#end && isSpace(this.#bytes[this.#at]!)) this.#at++;
    if (this.#at !== this.#end || !found) throw GAVE_UP;
    return this.#tally.result();
  }

  #resourceSpans(): void {
    let resource: ResourceFields | undefined;
    let seen = 0;
    this.#object(() => {
      if (this.#isKey('resource')) {
        if (seen !== 0) throw GAVE_UP;
        seen |= 1;
        fields.reset();
        let attributes = false;
        this.#object(() => {
          if (!this.#isKey('attributes')) return this.#skip(0);
          if (attributes) throw GAVE_UP;
          attributes = true;
          this.#attributes();
        });
        resource = resourceOf(fields);
      } else if (this.#isKey('scopeSpans')) {
        if ((seen & 2) !== 0) throw GAVE_UP;
        seen |= 2;
        if (resource === undefined) {
          fields.reset();
          resource = resourceOf(fields);
        }
        const owner = resource;
        this.#array(() => this.#scopeSpans(owner));
      } else this.#skip(0);
    });
  }

  #scopeSpans(resource: ResourceFields): void {
    let found = false;
    this.#object(() => {
      if (!this.#isKey('spans')) return this.#skip(0);
      if (found) throw GAVE_UP;
      found = true;
      this.#array(() => this.#span(resource));
    });
  }

  #span(resource: ResourceFields): void {
    const tally = this.#tally;
    tally.received++;
    if (tally.received > this.#limits.maxSpans) throw GAVE_UP;
    fields.reset();
    let seen = 0;
    this.#expect(OPEN_OBJECT);
    if (this.#isClosed(CLOSE_OBJECT)) throw GAVE_UP;
    do {
      this.#key();
      const bit = this.#spanField();
      if ((seen & bit) !== 0) throw GAVE_UP;
      seen |= bit;
      this.#spanValue(bit);
    } while (this.#hasMore(CLOSE_OBJECT));
    if (fields.kind !== KIND_SERVER || !fields.isRequest()) tally.ignored++;
    else {
      const defect = fields.defect();
      if (defect === '') tally.requests.push(fields.toRequest(resource));
      else tally.reject(defect);
    }
  }

  /** One bit for each field that is wanted, 0 for others. */
  #spanField(): number {
    switch (this.#to - this.#from) {
      case 7:
        return this.#isKey('traceId') ? TRACE_ID : 0;
      case 6:
        return this.#isKey('spanId') ? SPAN_ID : 0;
      case 4:
        return this.#isKey('kind') ? KIND : 0;
      case 17:
        return this.#isKey('startTimeUnixNano') ? START : 0;
      case 15:
        return this.#isKey('endTimeUnixNano') ? END : 0;
      case 10:
        return this.#isKey('attributes') ? ATTRIBUTES : 0;
      default:
        return 0;
    }
  }

  #spanValue(bit: number): void {
    switch (bit) {
      case TRACE_ID:
        fields.traceId = this.#hex(32);
        return;
      case SPAN_ID:
        fields.spanId = this.#hex(16);
        return;
      case KIND:
        fields.kind = this.#kind();
        return;
      case START:
        fields.startMs = this.#nanosToMs();
        return;
      case END:
        fields.endMs = this.#nanosToMs();
        return;
      case ATTRIBUTES:
        this.#attributes();
        return;
      default:
        this.#skip(0);
    }
  }

  #attributes(): void {
    let count = 0;
    this.#expect(OPEN_ARRAY);
    if (this.#isClosed(CLOSE_ARRAY)) return;
    do {
      if (++count > this.#limits.maxAttributes) throw GAVE_UP;
      this.#attributeKey();
      const from = this.#from;
      const to = this.#to;
      const slot = slotOfBytes(this.#bytes, from, to);
      this.#attributeValue();
      if (slot === undefined) this.#object(SKIP_ANY, this);
      else this.#value(slot, from, to);
      this.#close();
    } while (this.#hasMore(CLOSE_ARRAY));
  }

  /** `{"key":"…"`; what follows is tried as it is mostly written, without space. */
  #attributeKey(): void {
    if (this.#skipText(KEY_TEXT)) this.#rest(this.#at);
    else {
      this.#expect(OPEN_OBJECT);
      this.#key();
      if (!this.#isKey('key')) throw GAVE_UP;
      this.#string();
    }
    if (this.#escaped) throw GAVE_UP;
  }

  /** `,"value":` */
  #attributeValue(): void {
    if (this.#skipText(VALUE_TEXT)) return;
    this.#space();
    if (this.#bytes[this.#at] !== COMMA) throw GAVE_UP;
    this.#at++;
    this.#key();
    if (!this.#isKey('value')) throw GAVE_UP;
  }

  #skipText(text: Buffer): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
    this.#at = at + text.length;
    return true;
  }

  /** `{"stringValue":"…"}` and the like: exactly one kind of value. */
  #value(slot: Slot, keyFrom: number, keyTo: number): void {
    if (slot.kind === 'text' && this.#skipText(STRING_TEXT)) {
      this.#rest(this.#at);
      fields.texts[slot.index] = this.#text(slot);
      this.#close();
      return;
    }
    this.#expect(OPEN_OBJECT);
    this.#key();
    const isText = this.#isKey('stringValue');
    const isInteger = !isText && this.#isKey('intValue');
    this.#space();
    if (slot.kind === 'text') {
      const isQuoted = this.#bytes[this.#at] === QUOTE;
      if (isText !== isQuoted || !(isText || isInteger)) throw GAVE_UP;
      if (isText) this.#string();
      fields.texts[slot.index] = isText ? this.#text(slot) : cutText(String(this.#number()), slot.limit);
    } else if (slot.kind === 'ids') {
      if (!this.#isKey('arrayValue')) throw GAVE_UP;
      fields.ids[slot.index] = this.#ids();
    } else {
      if (!isText && !isInteger && !this.#isKey('doubleValue')) throw GAVE_UP;
      const number = this.#number();
      if (slot.kind === 'number') fields.numbers[slot.index] = number;
      else fields.setSensitive(this.#bytes.toString('utf8', keyFrom, keyTo).slice(slot.name.length, 64), number);
    }
    this.#close();
  }

  #close(): void {
    this.#space();
    if (this.#bytes[this.#at] !== CLOSE_OBJECT) throw GAVE_UP;
    this.#at++;
  }

  #text(slot: Slot): string {
    if (this.#escaped) {
      const text: unknown = JSON.parse(this.#bytes.toString('utf8', this.#from - 1, this.#to + 1));
      // A lone surrogate has no UTF-8 form; protobuf could not have carried it.
      return cutText((text as string).replace(LONE_SURROGATE, '\uFFFD'), slot.limit);
    }
    const text = slot.repeats
      ? strings.read(this.#bytes, this.#from, this.#to)
      : this.#bytes.toString('utf8', this.#from, this.#to);
    return cutText(text, slot.limit);
  }

  /** `{"values":[{"intValue":"1"}, …]}` */
  #ids(): readonly number[] {
    const ids: number[] = [];
    const limit = Math.min(this.#limits.maxArrayLength, MAX_HANDED_OUT);
    this.#expect(OPEN_OBJECT);
    if (this.#isClosed(CLOSE_OBJECT)) return NO_IDS;
    this.#key();
    if (!this.#isKey('values')) throw GAVE_UP;
    this.#array(() => {
      this.#expect(OPEN_OBJECT);
      this.#key();
      if (!this.#isKey('intValue')) throw GAVE_UP;
      this.#space();
      const id = this.#number();
      if (ids.length < limit && Number.isInteger(id)) ids.push(id >>> 0);
      this.#close();
    });
    this.#close();
    return ids.length === 0 ? NO_IDS : ids;
  }

  /** A number, plain or in quotes. */
  #number(): number {
    const bytes = this.#bytes;
    let from = this.#at;
    let to: number;
    if (bytes[from] === QUOTE) {
      this.#string();
      if (this.#escaped) throw GAVE_UP;
      from = this.#from;
      to = this.#to;
    } else {
      this.#skipNumber();
      to = this.#at;
    }
    // Whole numbers of up to 15 digits are exact; all else is left to `Number`.
    let value = 0;
    if (to > from && to - from <= 15) {
      let at = from;
      for (; at < to; at++) {
        const digit = bytes[at]! - 48;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
      }
      if (at === to) return value;
    }
    if (to - from > 32) throw GAVE_UP;
    const text = bytes.toString('latin1', from, to).trim();
    return text === '' ? Number.NaN : Number(text);
  }

  #hex(length: number): string {
    this.#space();
    if (this.#bytes[this.#at] !== QUOTE) throw GAVE_UP;
    this.#string();
    if (this.#to - this.#from !== length) throw GAVE_UP;
    let isZero = true;
    for (let i = this.#from; i < this.#to; i++) {
      const code = this.#bytes[i]!;
      if (code !== 48) isZero = false;
      if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) throw GAVE_UP;
    }
    return isZero ? '' : this.#bytes.toString('latin1', this.#from, this.#to);
  }

  #kind(): number {
    this.#space();
    if (this.#bytes[this.#at] !== QUOTE) return this.#number();
    this.#string();
    return this.#isKey('SPAN_KIND_SERVER') || this.#isKey('2') ? KIND_SERVER : 0;
  }

  /** Decimal text of Unix nanoseconds as milliseconds with fraction. */
  #nanosToMs(): number {
    this.#space();
    if (this.#bytes[this.#at] !== QUOTE) throw GAVE_UP;
    this.#string();
    const length = this.#to - this.#from;
    if (length < 7 || length > 20) throw GAVE_UP;
    let ms = 0;
    let rest = 0;
    for (let i = this.#from; i < this.#to; i++) {
      const digit = this.#bytes[i]! - 48;
      if (digit < 0 || digit > 9) throw GAVE_UP;
      if (i < this.#to - 6) ms = ms * 10 + digit;
      else rest = rest * 10 + digit;
    }
    return ms + rest / 1e6;
  }

  /** Calls `read` behind each key of an object. */
  #object(read: (scanner: Scanner) => void, scanner: Scanner = this): void {
    this.#expect(OPEN_OBJECT);
    if (this.#isClosed(CLOSE_OBJECT)) return;
    do {
      this.#key();
      read(scanner);
    } while (this.#hasMore(CLOSE_OBJECT));
  }

  /** Calls `read` before each value of an array. */
  #array(read: () => void): void {
    this.#expect(OPEN_ARRAY);
    if (this.#isClosed(CLOSE_ARRAY)) return;
    do read();
    while (this.#hasMore(CLOSE_ARRAY));
  }

  #expect(code: number): void {
    this.#space();
    if (this.#bytes[this.#at] !== code || this.#at >= this.#end) throw GAVE_UP;
    this.#at++;
  }

  #isClosed(code: number): boolean {
    this.#space();
    if (this.#bytes[this.#at] !== code) return false;
    this.#at++;
    return true;
  }

  /** Behind a value: true where a comma follows, false behind the end of the container. */
  #hasMore(close: number): boolean {
    this.#space();
    const code = this.#bytes[this.#at++];
    if (code === COMMA) return true;
    if (code !== close || this.#at > this.#end) throw GAVE_UP;
    return false;
  }

  #key(): void {
    this.#string();
    if (this.#escaped) throw GAVE_UP;
    const from = this.#from;
    const to = this.#to;
    this.#space();
    if (this.#bytes[this.#at] !== COLON) throw GAVE_UP;
    this.#at++;
    this.#from = from;
    this.#to = to;
  }

  #isKey(text: string): boolean {
    if (this.#to - this.#from !== text.length) return false;
    for (let i = 0; i < text.length; i++) if (this.#bytes[this.#from + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  #space(): void {
    while (isSpace(this.#bytes[this.#at]!)) this.#at++;
  }

  #string(): void {
    this.#space();
    if (this.#bytes[this.#at] !== QUOTE) throw GAVE_UP;
    this.#rest(this.#at + 1);
  }

  /** The rest of a string whose content begins at `from`. */
  #rest(from: number): void {
    const bytes = this.#bytes;
    let at = from;
    this.#escaped = false;
    for (;;) {
      const code = bytes[at]!;
      if (code === QUOTE) break;
      if (code < 32 || at >= this.#end) throw GAVE_UP;
      if (code === BACKSLASH) {
        this.#escaped = true;
        at = this.#escape(at + 1);
      } else at++;
    }
    if (at >= this.#end) throw GAVE_UP;
    this.#from = from;
    this.#to = at;
    this.#at = at + 1;
  }

  /** Position behind an escape. */
  #escape(at: number): number {
    const code = this.#bytes[at]!;
    if (code !== 117) {
      if (!isEscape(code)) throw GAVE_UP;
      return at + 1;
    }
    for (let i = 1; i <= 4; i++) {
      const digit = this.#bytes[at + i]! | 32;
      if (!((digit >= 48 && digit <= 57 && this.#bytes[at + i]! < 58) || (digit >= 97 && digit <= 102))) throw GAVE_UP;
    }
    return at + 5;
  }

  #skip(depth: number): void {
    this.#space();
    const code = this.#bytes[this.#at]!;
    if (code === QUOTE) this.#string();
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (depth >= MAX_DEPTH) throw GAVE_UP;
      const close = code === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
      this.#at++;
      if (this.#isClosed(close)) return;
      do {
        if (code === OPEN_OBJECT) this.#key();
        this.#skip(depth + 1);
      } while (this.#hasMore(close));
    } else if (code === 116) this.#word('true');
    else if (code === 102) this.#word('false');
    else if (code === 110) this.#word('null');
    else this.#skipNumber();
  }

  skipAny(): void {
    this.#skip(0);
  }

  #word(text: string): void {
    for (let i = 0; i < text.length; i++) if (this.#bytes[this.#at + i] !== text.charCodeAt(i)) throw GAVE_UP;
    this.#at += text.length;
    if (this.#at > this.#end) throw GAVE_UP;
  }

  /** RFC 8259: no leading zeros, digits on both sides of the point. */
  #skipNumber(): void {
    const bytes = this.#bytes;
    if (bytes[this.#at] === 45) this.#at++;
    const first = bytes[this.#at];
    const whole = this.#digits();
    if (whole === 0 || (first === 48 && whole > 1)) throw GAVE_UP;
    if (bytes[this.#at] === 46) {
      this.#at++;
      if (this.#digits() === 0) throw GAVE_UP;
    }
    const exponent = bytes[this.#at];
    if (exponent === 101 || exponent === 69) {
      this.#at++;
      const sign = bytes[this.#at];
      if (sign === 43 || sign === 45) this.#at++;
      if (this.#digits() === 0) throw GAVE_UP;
    }
    if (this.#at > this.#end) throw GAVE_UP;
  }

  #digits(): number {
    const from = this.#at;
    let code = this.#bytes[this.#at]!;
    while (code >= 48 && code <= 57) code = this.#bytes[++this.#at]!;
    return this.#at - from;
  }
}

const KEY_TEXT = Buffer.from('{"key":"');
const VALUE_TEXT = Buffer.from(',"value":');
const STRING_TEXT = Buffer.from('{"stringValue":"');
const TRACE_ID = 1;
const SPAN_ID = 2;
const KIND = 4;
const START = 8;
const END = 16;
const ATTRIBUTES = 32;
const LONE_SURROGATE = /\p{Surrogate}/gu;

function SKIP_ANY(scanner: Scanner): void {
  scanner.skipAny();
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** `"`, `\`, `/`, `b`, `f`, `n`, `r`, `t` */
function isEscape(code: number): boolean {
  return (
    code === 34 ||
    code === 92 ||
    code === 47 ||
    code === 98 ||
    code === 102 ||
    code === 110 ||
    code === 114 ||
    code === 116
  );
}
