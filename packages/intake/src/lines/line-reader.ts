import { describeJsonError } from '../json-syntax.js';
import { cutText, DEFAULT_LIMITS, TEXT_LIMIT } from '../limits.js';
import { decodeJsonValue } from '../otlp/decode-json.js';
import type { Rejection } from '../otlp/decode-result.js';
import { scanTraces } from '../otlp/scan-json.js';
import type { RawRequest } from '../raw-request.js';
import { readBalancerLine } from './balancer-log.js';
import { CombinedReader } from './combined.js';
import { insideCriLine, insideDockerLine } from './container-line.js';
import { JsonAccessLogReader } from './json-access-log.js';
import { CombinedScanner } from './scan-combined.js';
import { insideSyslogLine } from './syslog-line.js';
import { W3cReader } from './w3c-log.js';

/** `auto` decides line by line; the others refuse lines of another format. `combined` is any access log in text. */
export type LineFormat = 'auto' | 'otlp' | 'combined' | 'json';

export type LineResult =
  | {
      readonly ok: true;
      /** None for a line that is understood but holds no finished request. */
      readonly requests: readonly RawRequest[];
      /** Spans of an OTLP line that are not HTTP server spans. */
      readonly ignored: number;
      /** Spans of an OTLP line that could not be used. */
      readonly rejected: readonly Rejection[];
    }
  /** The part before a colon is one of few texts, fit for counting; what follows says where. */
  | { readonly ok: false; readonly reason: string };

/** Reads one file or stream line by line: it numbers the lines, and joins what some loggers write in two. */
export interface LineReader {
  read(line: string): LineResult;
  /**
   * The same for a line that is still bytes (UTF-8), `[start, end)` of a larger buffer; several times as fast.
   * Nothing that comes out keeps the buffer alive.
   */
  readBytes(bytes: Buffer, start: number, end: number): LineResult;
}

export interface LineReaderOptions {
  /** Service of access-log lines, whatever they say themselves. */
  readonly service?: string;
  /** Longest line read, in UTF-16 units; default 16 Mi, since one OTLP line may hold thousands of spans. */
  readonly maxLineLength?: number;
}

const MAX_LINE_LENGTH = 16 * 1024 * 1024;
/** Service of log lines where nobody names one. */
const ACCESS_LOG = 'access-log';
const CARRIAGE_RETURN = 13;
const OPEN_BRACE = 123;

export function createLineReader(format: LineFormat, options: LineReaderOptions = {}): LineReader {
  return new Reader(format, options);
}

class Reader implements LineReader {
  readonly #format: LineFormat;
  readonly #service: string;
  readonly #maxLineLength: number;
  readonly #combined = new CombinedReader();
  readonly #scanner = new CombinedScanner();
  readonly #w3c = new W3cReader();
  readonly #json = new JsonAccessLogReader();
  #lineNumber = 0;

  constructor(format: LineFormat, options: LineReaderOptions) {
    this.#format = format;
    this.#service = cutText(options.service ?? '', TEXT_LIMIT.name);
    this.#maxLineLength = options.maxLineLength ?? MAX_LINE_LENGTH;
  }

  read(text: string): LineResult {
    this.#lineNumber++;
    if (text.length > this.#maxLineLength) return { ok: false, reason: 'line is too long' };
    let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
    while (text.charCodeAt(start) === 32 || text.charCodeAt(start) === 9) start++;
    const end = text.charCodeAt(text.length - 1) === CARRIAGE_RETURN ? text.length - 1 : text.length;
    if (start >= end) return NOTHING;
    return this.#readLine(insideCriLine(start > 0 || end < text.length ? text.slice(start, end) : text));
  }

  #readLine(wrapped: string): LineResult {
    const line = this.#format === 'otlp' ? wrapped : insideSyslogLine(wrapped);
    const isJson = line.charCodeAt(0) === OPEN_BRACE;
    if (this.#format === 'combined' || (this.#format === 'auto' && !isJson)) {
      const place = { line, lineNumber: this.#lineNumber };
      const service = this.#service || ACCESS_LOG;
      const w3c = this.#w3c.read(place, service);
      if (w3c !== undefined) return asResult(w3c);
      return asResult(readBalancerLine(place, service) ?? this.#combined.read(place, service));
    }
    if (!isJson) return { ok: false, reason: 'not a JSON object' };
    return this.#readJson(line);
  }

  readBytes(bytes: Buffer, start: number, end: number): LineResult {
    const scanned = end - start <= this.#maxLineLength ? this.#scan(bytes, start, end) : undefined;
    if (scanned === undefined) return this.read(bytes.toString('utf8', start, end));
    this.#lineNumber++;
    return scanned;
  }

  /** Reads what is written as it mostly is; `undefined` for all else, also for what is broken. */
  #scan(bytes: Buffer, start: number, end: number): LineResult | undefined {
    const format = this.#format;
    if (format === 'json' || start >= end) return undefined;
    const to = bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    if (bytes[start] === OPEN_BRACE) {
      if (format === 'combined' || !mayBeOtlp(bytes, start, to)) return undefined;
      const traces = scanTraces(bytes, start, to, DEFAULT_LIMITS);
      return traces?.ok === true ? traces : undefined;
    }
    if (format === 'otlp') return undefined;
    const line = { number: this.#lineNumber + 1, service: this.#service || ACCESS_LOG };
    const request = this.#scanner.read(bytes, start, to, line);
    return request === undefined ? undefined : only(request);
  }

  #readJson(line: string): LineResult {
    let value: Readonly<Record<string, unknown>>;
    try {
      value = JSON.parse(line);
    } catch {
      return { ok: false, reason: `malformed JSON: ${describeJsonError(line)}` };
    }
    const isOtlp = this.#format === 'otlp' || (this.#format === 'auto' && value.resourceSpans !== undefined);
    if (!isOtlp) {
      const inside = this.#format === 'auto' ? insideDockerLine(value) : undefined;
      if (inside !== undefined && inside !== '') return this.#readLine(inside);
      return asResult(this.#json.read(value, { line, lineNumber: this.#lineNumber }, this.#service));
    }
    if (value.resourceSpans === undefined) return { ok: false, reason: 'no resourceSpans in this line' };
    const decoded = decodeJsonValue(value, DEFAULT_LIMITS);
    if (!decoded.ok) return decoded;
    return { ok: true, requests: decoded.requests, ignored: decoded.ignored, rejected: decoded.rejected };
  }
}

/** Exporters write the one key of a line first: other lines are not scanned in vain. */
function mayBeOtlp(bytes: Buffer, start: number, end: number): boolean {
  return bytes.subarray(start, Math.min(end, start + 64)).includes('"resourceSpans"');
}

const NOTHING: LineResult = { ok: true, requests: [], ignored: 0, rejected: [] };

function asResult(read: RawRequest | null | string): LineResult {
  if (read === null) return NOTHING;
  return typeof read === 'string' ? { ok: false, reason: read } : only(read);
}

function only(request: RawRequest): LineResult {
  return { ok: true, requests: [request], ignored: 0, rejected: NO_REJECTIONS };
}

const NO_REJECTIONS: readonly Rejection[] = [];
