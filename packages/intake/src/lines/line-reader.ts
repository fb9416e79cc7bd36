import { describeJsonError } from '../json-syntax.js';
import { DEFAULT_LIMITS } from '../limits.js';
import { decodeJsonValue } from '../otlp/decode-json.js';
import type { Rejection } from '../otlp/decode-result.js';
import { scanTraces } from '../otlp/scan-json.js';
import type { RawRequest } from '../raw-request.js';
import { CombinedReader } from './combined.js';
import { JsonAccessLogReader } from './json-access-log.js';

/** `auto` decides line by line; the others refuse lines of another format. */
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
   * The same for a line that is still bytes (UTF-8), `[start, end)` of a larger buffer; several times as fast for OTLP.
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

export function createLineReader(format: LineFormat, options: LineReaderOptions = {}): LineReader {
  return new Reader(format, options);
}

class Reader implements LineReader {
  readonly #format: LineFormat;
  readonly #service: string;
  readonly #maxLineLength: number;
  readonly #combined = new CombinedReader();
  readonly #json = new JsonAccessLogReader();
  #lineNumber = 0;

  constructor(format: LineFormat, options: LineReaderOptions) {
    this.#format = format;
    this.#service = options.service ?? '';
    this.#maxLineLength = options.maxLineLength ?? MAX_LINE_LENGTH;
  }

  read(text: string): LineResult {
    this.#lineNumber++;
    if (text.length > this.#maxLineLength) return { ok: false, reason: 'line is too long' };
    let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
    while (text.charCodeAt(start) === 32 || text.charCodeAt(start) === 9) start++;
    const end = text.charCodeAt(text.length - 1) === 13 ? text.length - 1 : text.length;
    if (start >= end) return NOTHING;
    const line = start > 0 || end < text.length ? text.slice(start, end) : text;
    const isJson = line.charCodeAt(0) === 123;
    if (this.#format === 'combined' || (this.#format === 'auto' && !isJson)) {
      const place = { line, lineNumber: this.#lineNumber };
      return asResult(this.#combined.read(place, this.#service || 'access-log'));
    }
    if (!isJson) return { ok: false, reason: 'not a JSON object' };
    return this.#readJson(line);
  }

  readBytes(bytes: Buffer, start: number, end: number): LineResult {
    if ((this.#format === 'otlp' || this.#format === 'auto') && end - start <= this.#maxLineLength) {
      const to = bytes[end - 1] === 13 ? end - 1 : end;
      if (bytes[start] === 123 && mayBeOtlp(bytes, start, to)) {
        const scanned = scanTraces(bytes, start, to, DEFAULT_LIMITS);
        if (scanned?.ok === true) {
          this.#lineNumber++;
          return scanned;
        }
      }
    }
    return this.read(bytes.toString('utf8', start, end));
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
  return typeof read === 'string'
    ? { ok: false, reason: read }
    : { ok: true, requests: [read], ignored: 0, rejected: [] };
}
