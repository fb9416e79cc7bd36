import { describeJsonError } from '../json-syntax.js';
import { cutText, type DecodeLimits, MAX_HANDED_OUT } from '../limits.js';
import { NO_IDS } from '../raw-request.js';
import { slotOf } from './attribute-slots.js';
import { type DecodeResult, DecodeTally, KIND_SERVER, TOO_MANY_SPANS } from './decode-result.js';
import { resourceOf, SpanFields } from './span-fields.js';

const fields = new SpanFields();
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** JSON that is well formed but not an `ExportTraceServiceRequest`. */
class ShapeError extends Error {}

/** Reads an `ExportTraceServiceRequest` in JSON (OTLP's own JSON mapping: hex ids, enums as numbers, 64-bit integers as text or number). */
export function decodeJsonText(text: string, limits: DecodeLimits): DecodeResult {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { ok: false, reason: `malformed JSON: ${describeJsonError(text)}` };
  }
  return decodeJsonValue(body, limits);
}

/** The same for JSON that is already parsed. */
export function decodeJsonValue(body: unknown, limits: DecodeLimits): DecodeResult {
  try {
    return readBody(body, limits);
  } catch (error) {
    if (error instanceof ShapeError) return { ok: false, reason: `malformed OTLP/JSON: ${error.message}` };
    throw error;
  }
}

/** Where the reader is, for the reason of a refusal; -1 = not inside one. */
const place = { resource: -1, scope: -1, span: -1 };

function pathOf(rest: string): string {
  let path = place.resource < 0 ? '$' : `resourceSpans[${place.resource}]`;
  if (place.scope >= 0) path += `.scopeSpans[${place.scope}]`;
  if (place.span >= 0) path += `.spans[${place.span}]`;
  return `${path}${rest}`;
}

function readBody(body: unknown, limits: DecodeLimits): DecodeResult {
  const tally = new DecodeTally();
  place.resource = place.scope = place.span = -1;
  const resources = list(record(body, '').resourceSpans, '.resourceSpans');
  for (let r = 0; r < resources.length; r++) {
    place.resource = r;
    place.scope = place.span = -1;
    const resourceSpans = record(resources[r], '');
    fields.reset();
    if (resourceSpans.resource != null) {
      readAttributes(record(resourceSpans.resource, '.resource').attributes, limits, '.resource.attributes');
    }
    const resource = resourceOf(fields);
    const scopes = list(resourceSpans.scopeSpans, '.scopeSpans');
    for (let s = 0; s < scopes.length; s++) {
      place.scope = s;
      place.span = -1;
      const spans = list(record(scopes[s], '').spans, '.spans');
      for (let i = 0; i < spans.length; i++) {
        place.span = i;
        tally.received++;
        if (tally.received > limits.maxSpans) {
          tally.reject(TOO_MANY_SPANS);
          continue;
        }
        readSpan(record(spans[i], ''), limits);
        if (fields.kind !== KIND_SERVER || !fields.isRequest()) tally.ignored++;
        else {
          const defect = fields.defect();
          if (defect === '') tally.requests.push(fields.toRequest(resource));
          else tally.reject(defect);
        }
      }
    }
  }
  return tally.result();
}

function readSpan(value: Json, limits: DecodeLimits): void {
  fields.reset();
  fields.traceId = hexId(value.traceId, 32);
  fields.spanId = hexId(value.spanId, 16);
  fields.kind = spanKind(value.kind);
  fields.startMs = nanosToMs(value.startTimeUnixNano);
  fields.endMs = nanosToMs(value.endTimeUnixNano);
  readAttributes(value.attributes, limits, '.attributes');
}

function readAttributes(value: unknown, limits: DecodeLimits, path: string): void {
  const attributes = list(value, path);
  const count = Math.min(attributes.length, limits.maxAttributes);
  for (let i = 0; i < count; i++) {
    const attribute = attributes[i];
    if (!isRecord(attribute)) throw new ShapeError(`${pathOf(path)}[${i}]: expected an object`);
    const { key } = attribute;
    if (typeof key !== 'string') {
      if (key === undefined || key === null) continue;
      throw new ShapeError(`${pathOf(path)}[${i}].key: expected a string`);
    }
    const slot = slotOf(key);
    if (slot === undefined) continue;
    const any = attribute.value;
    if (any === undefined || any === null) continue;
    if (!isRecord(any)) {
      throw new ShapeError(`${pathOf(path)}[${i}].value: expected an object such as {"stringValue": …}`);
    }
    switch (slot.kind) {
      case 'text':
        fields.texts[slot.index] = textOf(any, slot.limit) ?? fields.texts[slot.index]!;
        break;
      case 'number':
        fields.numbers[slot.index] = numberOf(any);
        break;
      case 'ids':
        fields.ids[slot.index] = idsOf(any, limits);
        break;
      case 'sensitive':
        fields.setSensitive(key.slice(slot.name.length, 64), numberOf(any));
    }
  }
}

function textOf(value: Json, limit: number): string | undefined {
  const { stringValue, intValue, doubleValue } = value;
  if (typeof stringValue === 'string') {
    // A lone surrogate has no UTF-8 form; protobuf could not have carried it.
    return cutText(isAscii(stringValue) ? stringValue : stringValue.replace(LONE_SURROGATE, '\uFFFD'), limit);
  }
  if (typeof intValue === 'string' || typeof intValue === 'number') return cutText(String(intValue), limit);
  return typeof doubleValue === 'number' ? String(doubleValue) : undefined;
}

/** True for short texts without anything above 0x7f: no need to look for broken characters. */
function isAscii(text: string): boolean {
  if (text.length > 64) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function numberOf(value: Json): number {
  return asNumber(value.intValue ?? value.doubleValue ?? value.stringValue);
}

function asNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > 32) return Number.NaN;
  const text = value.trim();
  return text === '' ? Number.NaN : Number(text);
}

function idsOf(value: Json, limits: DecodeLimits): readonly number[] {
  const { arrayValue } = value;
  if (!isRecord(arrayValue) || !Array.isArray(arrayValue.values)) return NO_IDS;
  const limit = Math.min(limits.maxArrayLength, MAX_HANDED_OUT);
  const ids: number[] = [];
  for (const item of arrayValue.values as unknown[]) {
    if (ids.length >= limit) break;
    const id = isRecord(item) ? numberOf(item) : Number.NaN;
    if (Number.isInteger(id)) ids.push(id >>> 0);
  }
  return ids.length === 0 ? NO_IDS : ids;
}

function hexId(value: unknown, length: number): string {
  if (typeof value !== 'string' || value.length !== length) return '';
  let lower = true;
  let zero = true;
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code !== 48) zero = false;
    if ((code >= 48 && code <= 57) || (code >= 97 && code <= 102)) continue;
    if (code < 65 || code > 70) return '';
    lower = false;
  }
  if (zero) return '';
  return lower ? value : value.toLowerCase();
}

function spanKind(value: unknown): number {
  if (typeof value === 'number') return value;
  return value === 'SPAN_KIND_SERVER' || value === '2' ? KIND_SERVER : 0;
}

/** Unix nanoseconds (decimal text or number) as milliseconds with fraction, without losing digits of the text form; 0 where invalid. */
function nanosToMs(value: unknown): number {
  if (typeof value === 'number') return value > 0 && Number.isFinite(value) ? value / 1e6 : 0;
  if (typeof value !== 'string' || value.length > 20) return 0;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 48 || code > 57) return 0;
  }
  return value.length <= 6 ? Number(value) / 1e6 : Number(value.slice(0, -6)) + Number(value.slice(-6)) / 1e6;
}

type Json = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown, rest: string): Json {
  if (!isRecord(value)) throw new ShapeError(`${pathOf(rest)}: expected an object`);
  return value;
}

const NO_ITEMS: readonly unknown[] = [];

function list(value: unknown, rest: string): readonly unknown[] {
  if (value === undefined || value === null) return NO_ITEMS;
  if (!Array.isArray(value)) throw new ShapeError(`${pathOf(rest)}: expected an array`);
  return value;
}
