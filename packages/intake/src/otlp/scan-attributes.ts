import { cutText, type DecodeLimits, MAX_HANDED_OUT } from '../limits.js';
import { NO_IDS } from '../raw-request.js';
import { StringCache } from '../string-cache.js';
import { type Slot, slotOfBytes } from './attribute-slots.js';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  GAVE_UP,
  type JsonCursor,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './json-cursor.js';
import { type Attribute, KnownAttributes } from './known-attributes.js';
import type { SpanFields } from './span-fields.js';

const strings = new StringCache();
const known = new KnownAttributes();

/** Reads `[{"key":…,"value":{…}}, …]` into the fields of a span. */
export function scanAttributes(cursor: JsonCursor, fields: SpanFields, limits: DecodeLimits): void {
  let count = 0;
  cursor.expect(OPEN_ARRAY);
  if (cursor.isClosed(CLOSE_ARRAY)) return;
  known.restart();
  do {
    if (++count > limits.maxAttributes) throw GAVE_UP;
    cursor.space();
    const attribute = known.guess(cursor);
    if (attribute !== undefined) knownAttribute(cursor, fields, attribute);
    else anyAttribute(cursor, fields, limits);
  } while (cursor.hasMore(CLOSE_ARRAY));
}

/** The value of an attribute whose opening was recognised. */
function knownAttribute(cursor: JsonCursor, fields: SpanFields, { slot, name, isQuoted }: Attribute): void {
  if (isQuoted) {
    cursor.content(cursor.at);
    if (slot !== undefined) fields.texts[slot.index] = textOf(cursor, slot);
  } else if (slot === undefined) cursor.skip();
  else setNumber(fields, { slot, name }, cursor.number());
  close(cursor);
  close(cursor);
}

/** An attribute read letter by letter. */
function anyAttribute(cursor: JsonCursor, fields: SpanFields, limits: DecodeLimits): void {
  const start = cursor.at;
  cursor.expect(OPEN_OBJECT);
  cursor.key();
  if (!cursor.is('key')) throw GAVE_UP;
  cursor.string();
  if (cursor.escaped) throw GAVE_UP;
  const slot = slotOfBytes(cursor.bytes, cursor.from, cursor.to);
  const name = slot?.kind === 'sensitive' ? cursor.bytes.toString('utf8', cursor.from, cursor.to) : '';
  cursor.space();
  if (cursor.bytes[cursor.at] !== COMMA) throw GAVE_UP;
  cursor.at++;
  cursor.key();
  if (!cursor.is('value')) throw GAVE_UP;
  cursor.expect(OPEN_OBJECT);
  if (slot === undefined) unwanted(cursor, start);
  else {
    wanted(cursor, fields, { slot, name, start, limits });
    close(cursor);
  }
  close(cursor);
}

/** Any object, behind its brace. */
function unwanted(cursor: JsonCursor, start: number): void {
  if (cursor.isClosed(CLOSE_OBJECT)) return;
  do {
    cursor.key();
    const isText = cursor.is('stringValue');
    cursor.space();
    if (isText && cursor.bytes[cursor.at] === QUOTE) {
      known.note(cursor, start, cursor.at + 1, { slot: undefined, name: '', isQuoted: true });
    }
    cursor.skip();
  } while (cursor.hasMore(CLOSE_OBJECT));
}

interface Wanted {
  readonly slot: Slot;
  readonly name: string;
  /** Where the attribute begins. */
  readonly start: number;
  readonly limits: DecodeLimits;
}

/** `"stringValue":"…"` and the like: exactly one kind of value. */
function wanted(cursor: JsonCursor, fields: SpanFields, { slot, name, start, limits }: Wanted): void {
  cursor.key();
  const isText = cursor.is('stringValue');
  const isInteger = cursor.is('intValue');
  const isDouble = cursor.is('doubleValue');
  const isList = cursor.is('arrayValue');
  cursor.space();
  const valueAt = cursor.at;
  if (slot.kind === 'text') {
    const isQuoted = cursor.bytes[valueAt] === QUOTE;
    if (isText !== isQuoted || !(isText || isInteger)) throw GAVE_UP;
    if (isText) {
      known.note(cursor, start, valueAt + 1, { slot, name, isQuoted });
      cursor.string();
    }
    fields.texts[slot.index] = isText ? textOf(cursor, slot) : cutText(String(cursor.number()), slot.limit);
  } else if (slot.kind === 'ids') {
    if (!isList) throw GAVE_UP;
    fields.ids[slot.index] = idsIn(cursor, limits);
  } else {
    if (!isText && !isInteger && !isDouble) throw GAVE_UP;
    known.note(cursor, start, valueAt, { slot, name, isQuoted: false });
    setNumber(fields, { slot, name }, cursor.number());
  }
}

function setNumber(fields: SpanFields, { slot, name }: Pick<Wanted, 'slot' | 'name'>, value: number): void {
  if (slot.kind === 'number') fields.numbers[slot.index] = value;
  else fields.setSensitive(name.slice(slot.name.length, 64), value);
}

/** The string read last. */
function textOf(cursor: JsonCursor, slot: Slot): string {
  const { bytes, from, to } = cursor;
  if (cursor.escaped) {
    const text: unknown = JSON.parse(bytes.toString('utf8', from - 1, to + 1));
    // A lone surrogate has no UTF-8 form; protobuf could not have carried it.
    return cutText((text as string).replace(LONE_SURROGATE, '\uFFFD'), slot.limit);
  }
  return cutText(slot.repeats ? strings.read(bytes, from, to) : bytes.toString('utf8', from, to), slot.limit);
}

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** `{"values":[{"intValue":"1"}, …]}` */
function idsIn(cursor: JsonCursor, limits: DecodeLimits): readonly number[] {
  const ids: number[] = [];
  const limit = Math.min(limits.maxArrayLength, MAX_HANDED_OUT);
  cursor.expect(OPEN_OBJECT);
  if (cursor.isClosed(CLOSE_OBJECT)) return NO_IDS;
  cursor.key();
  if (!cursor.is('values')) throw GAVE_UP;
  cursor.array(() => {
    cursor.expect(OPEN_OBJECT);
    cursor.key();
    if (!cursor.is('intValue')) throw GAVE_UP;
    cursor.space();
    const id = cursor.number();
    if (ids.length < limit && Number.isInteger(id)) ids.push(id >>> 0);
    close(cursor);
  });
  close(cursor);
  return ids.length === 0 ? NO_IDS : ids;
}

function close(cursor: JsonCursor): void {
  cursor.space();
  if (cursor.bytes[cursor.at] !== CLOSE_OBJECT) throw GAVE_UP;
  cursor.at++;
}
