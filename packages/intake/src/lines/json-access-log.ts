import { BoundedCache } from '../bounded-cache.js';
import type { RawRequest } from '../raw-request.js';
import { isNumeric, type JsonField, jsonNameOf, mayHoldFields } from './json-fields.js';
import { type LinePlace, logRequest } from './log-request.js';
import { parseLogTime } from './log-time.js';
import { parseRequestLine } from './request-line.js';

const MAX_DEPTH = 4;
/** Keys looked at in one line. */
const MAX_KEYS = 512;
/** Requests whose end is awaited, where a logger writes two lines for each. */
const MAX_OPEN = 10_000;

type Json = Readonly<Record<string, unknown>>;
type Scalar = string | number;
type Found = Partial<Record<JsonField, { readonly value: Scalar; readonly rank: number }>>;

/**
 * Reads JSON access logs of many servers by the names of their fields. Loggers that write one line when a request comes
 * and one when it is answered (Fastify) are joined by the request's id.
 */
export class JsonAccessLogReader {
  readonly #open = new BoundedCache<string, Found>(MAX_OPEN);

  /** The request; `null` for a line that says something else or only the beginning; or why it cannot be read. */
  read(value: Json, place: LinePlace, service: string): RawRequest | null | string {
    const found: Found = {};
    collect(value, '', { found, depth: 0, keys: 0 });
    const hasStart = has(found, 'target') || has(found, 'request_line');
    const hasEnd = has(found, 'status');
    const id = textOf(found, 'correlation');
    if (!hasStart && !hasEnd) return 'no request in this JSON line';
    if (hasStart && !hasEnd) {
      if (id === '' || !isLoggerLine(value)) return 'no status in this JSON line';
      this.#open.set(id, found);
      return null;
    }
    if (!hasStart) {
      const start = id === '' ? undefined : this.#open.take(id);
      if (start === undefined) return 'no path in this JSON line';
      // The start line's time is the request's own; all else the end line knows better.
      return toRequest(
        { ...start, ...found, ...(start.time === undefined ? {} : { time: start.time }) },
        place,
        service,
      );
    }
    return toRequest(found, place, service);
  }
}

function toRequest(found: Found, place: LinePlace, service: string): RawRequest | string {
  const time = found.time?.value;
  const timeMs = time === undefined ? Number.NaN : parseLogTime(time);
  if (Number.isNaN(timeMs)) return time === undefined ? 'no time in this JSON line' : 'time cannot be read';
  const status = numberOf(found, 'status');
  if (!(Number.isInteger(status) && status >= 0 && status <= 599)) return 'status is not a number';
  let method = textOf(found, 'method');
  let target = textOf(found, 'target');
  if (method === '' || target === '') {
    const request = parseRequestLine(textOf(found, 'request_line'));
    if (request === undefined && target === '') return 'request line is not HTTP';
    method ||= request?.method ?? '';
    target ||= request?.target ?? '';
  }
  return logRequest(
    {
      timeMs,
      durationMs: durationOf(found),
      remote: textOf(found, 'remote'),
      client: textOf(found, 'client'),
      forwardedFor: textOf(found, 'forwarded'),
      method,
      target,
      query: textOf(found, 'query'),
      host: textOf(found, 'host'),
      route: textOf(found, 'route'),
      status,
      requestBytes: sizeOf(found, 'request_bytes'),
      responseBytes: sizeOf(found, 'response_bytes'),
      userAgent: textOf(found, 'user_agent'),
      user: textOf(found, 'user'),
      service: service || textOf(found, 'service') || 'access-log',
      instance: textOf(found, 'instance'),
    },
    place,
  );
}

interface Walk {
  readonly found: Found;
  depth: number;
  keys: number;
}

function collect(value: Json, prefix: string, walk: Walk): void {
  for (const key in value) {
    if (++walk.keys > MAX_KEYS) return;
    const path = prefix === '' ? key : `${prefix}.${key}`;
    const item = value[key];
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
      if (walk.depth >= MAX_DEPTH || !mayHoldFields(path.toLowerCase())) continue;
      walk.depth++;
      collect(item as Json, path, walk);
      walk.depth--;
      continue;
    }
    const name = jsonNameOf(path);
    if (name === undefined) continue;
    // Header values come as arrays in some logs.
    const scalar = Array.isArray(item) ? (item as unknown[])[0] : item;
    if (typeof scalar !== 'number' && (typeof scalar !== 'string' || scalar === '' || scalar === '-')) continue;
    if (isNumeric(name.field) && Number.isNaN(Number(scalar))) continue;
    const before = walk.found[name.field];
    if (before === undefined || before.rank > name.rank) walk.found[name.field] = { value: scalar, rank: name.rank };
  }
}

/** Numbers of a level (pino, bunyan) or a level name beside a message: a line of an application's logger. */
function isLoggerLine(value: Json): boolean {
  return value.level !== undefined && (value.msg !== undefined || value.message !== undefined);
}

function has(found: Found, field: JsonField): boolean {
  return found[field] !== undefined;
}

function textOf(found: Found, field: JsonField): string {
  const value = found[field]?.value;
  return value === undefined ? '' : String(value);
}

function numberOf(found: Found, field: JsonField): number {
  const value = found[field]?.value;
  return typeof value === 'number' ? value : value === undefined ? Number.NaN : Number(value);
}

function sizeOf(found: Found, field: JsonField): number {
  const size = numberOf(found, field);
  return Number.isSafeInteger(size) && size >= 0 ? size : -1;
}

/** ms; 0 where unknown. */
function durationOf(found: Found): number {
  const known =
    scaled(numberOf(found, 'duration_s'), 1000) ??
    scaled(numberOf(found, 'duration_ms'), 1) ??
    scaled(numberOf(found, 'duration_ns'), 1e-6);
  if (known !== undefined) return known;
  const value = found.duration?.value;
  if (value === undefined) return 0;
  if (typeof value === 'string') return durationText(value);
  // Caddy writes seconds with a fraction, Envoy whole milliseconds, Go programs whole nanoseconds.
  if (!Number.isInteger(value)) return scaled(value, 1000) ?? 0;
  return scaled(value, value >= 1e6 ? 1e-6 : 1) ?? 0;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6, m: 60_000, '': 1000 };

function durationText(text: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,12})?)\s?(ms|us|µs|ns|s|m|)$/.exec(text.slice(0, 40));
  return match === null ? 0 : Number(match[1]) * UNITS[match[2]!]!;
}

function scaled(value: number, factor: number): number | undefined {
  return value >= 0 ? value * factor : undefined;
}
