import { canonicalAddress } from '../ip-address.js';
import { TEXT_LIMIT } from '../limits.js';
import type { RawRequest } from '../raw-request.js';
import { StringCache } from '../string-cache.js';
import { plainLineIdentity } from './line-identity.js';
import { LogClock } from './log-clock.js';
import { requestOf } from './log-request.js';

const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const DASH = 45;
const SLASH = 47;
const QUESTION = 63;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
/** `[10/Oct/2000:13:55:36 -0700] ` */
const TIME_LENGTH = 29;
/** So many digits are exact in a number. */
const MAX_DIGITS = 15;

const texts = new StringCache();
/** Apart, so that many paths do not displace the addresses and user agents. */
const targets = new StringCache();

/**
 * Reads lines in common and combined format from their bytes, several times as fast as `CombinedReader` from text. It
 * takes plain lines (ASCII, no escapes, an address in front, nothing behind the user agent) and gives up on all
 * others, so that one place knows the exceptions and the reasons.
 */
export class CombinedScanner {
  readonly #clock = new LogClock();
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(this.#bytes.buffer);
  #at = 0;
  #end = 0;

  /**
   * The request in the bytes `[start, end)`, without line end.
   *
   * @returns `undefined` where the line is not plain
   */
  read(bytes: Buffer, start: number, end: number, line: LogLine): RawRequest | undefined {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    this.#end = end;
    const remoteEnd = find(bytes, SPACE, start, end);
    const identEnd = find(bytes, SPACE, remoteEnd + 1, end);
    const quote = find(bytes, QUOTE, remoteEnd + 1, end);
    if (quote >= end) return undefined;
    const timeAt = quote - TIME_LENGTH + 1;
    // One space on either side of the user: what else it may hold is for the reader of text.
    if (bytes[quote - 1] !== SPACE || bytes[quote - 2] !== CLOSE_BRACKET || bytes[timeAt - 1] !== OPEN_BRACKET) {
      return undefined;
    }
    const userEnd = timeAt - 2;
    if (bytes[userEnd] !== SPACE || userEnd <= identEnd + 1 || userEnd - identEnd > TEXT_LIMIT.name) return undefined;
    if (bytes[identEnd + 1] === SPACE || bytes[userEnd - 1] === SPACE) return undefined;
    const startMs = this.#clock.read(bytes, timeAt);
    const peer = canonicalAddress(texts.read(bytes, start, remoteEnd));
    if (Number.isNaN(startMs) || peer === '') return undefined;

    const methodEnd = find(bytes, SPACE, quote + 1, Math.min(end, quote + 1 + TEXT_LIMIT.method));
    for (let i = quote + 1; i < methodEnd; i++) if (!isUpperCase(bytes[i]!)) return undefined;
    if (methodEnd === quote + 1 || bytes[methodEnd] !== SPACE || bytes[methodEnd + 1] !== SLASH) return undefined;
    const target = this.#target(bytes, methodEnd + 1);
    if (target === undefined) return undefined;

    const status = this.#number(bytes, 599);
    const responseBytes = status < 0 ? -1 : this.#size(bytes);
    if (responseBytes < 0) return undefined;
    const userAgent = this.#userAgent(bytes);
    const identity = userAgent === undefined ? undefined : plainLineIdentity(this.#view, start, end, line.number);
    if (identity === undefined) return undefined;
    const user = texts.read(bytes, identEnd + 1, userEnd);
    return requestOf(
      {
        service: line.service,
        instance: '',
        startMs,
        durationMs: 0,
        source: peer,
        peer,
        method: texts.read(bytes, quote + 1, methodEnd),
        host: '',
        path: target.path,
        query: target.query,
        route: '',
        status,
        requestBytes: -1,
        responseBytes,
        userAgent: userAgent!,
        user: user === '-' ? '' : user,
      },
      identity,
    );
  }

  /** `/path?query HTTP/1.1"` from `start` on; leaves the cursor behind the quote. */
  #target(bytes: Buffer, start: number): { readonly path: string; readonly query: string } | undefined {
    const end = this.#end;
    let mark = -1;
    let space = -1;
    let at = start;
    for (; at < end; at++) {
      const code = bytes[at]!;
      if (code === QUOTE) break;
      if (code === SPACE) space = at;
      else if (code === QUESTION) {
        if (mark < 0) mark = at;
      } else if (code === HASH) return undefined;
    }
    if (at >= end || space < 0 || mark > space || !startsWith(bytes, HTTP, space + 1)) return undefined;
    this.#at = at + 1;
    const pathEnd = mark < 0 ? space : mark;
    if (pathEnd - start > TEXT_LIMIT.path || space - pathEnd > TEXT_LIMIT.query) return undefined;
    return {
      path: targets.read(bytes, start, pathEnd),
      query: mark < 0 ? '' : targets.read(bytes, mark + 1, space),
    };
  }

  /** A whole number behind one space; -1 where there is none, or a larger one. */
  #number(bytes: Buffer, limit: number): number {
    if (bytes[this.#at] !== SPACE) return -1;
    const from = this.#at + 1;
    let value = 0;
    let at = from;
    for (; at < this.#end; at++) {
      const digit = bytes[at]! - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    if (at === from || at - from > MAX_DIGITS || value > limit) return -1;
    if (at < this.#end && bytes[at] !== SPACE) return -1;
    this.#at = at;
    return value;
  }

  /** A size, `-` for none. */
  #size(bytes: Buffer): number {
    const at = this.#at;
    if (bytes[at + 1] !== DASH) return this.#number(bytes, Number.MAX_SAFE_INTEGER);
    if (bytes[at] !== SPACE || (at + 2 < this.#end && bytes[at + 2] !== SPACE)) return -1;
    this.#at = at + 2;
    return 0;
  }

  /** What stands in ` "referer" "user agent"`, `''` behind the end of the line. */
  #userAgent(bytes: Buffer): string | undefined {
    const end = this.#end;
    if (this.#at >= end) return '';
    if (bytes[this.#at] !== SPACE || bytes[this.#at + 1] !== QUOTE) return undefined;
    const refererEnd = find(bytes, QUOTE, this.#at + 2, end);
    if (bytes[refererEnd + 1] !== SPACE || bytes[refererEnd + 2] !== QUOTE) return undefined;
    const from = refererEnd + 3;
    if (find(bytes, QUOTE, from, end) !== end - 1 || end - from > TEXT_LIMIT.userAgent) return undefined;
    const userAgent = texts.read(bytes, from, end - 1);
    return userAgent === '-' ? '' : userAgent;
  }
}

export interface LogLine {
  readonly number: number;
  readonly service: string;
}

const HTTP = Buffer.from('HTTP/');

/** Position of a byte, or `end`. */
function find(bytes: Buffer, wanted: number, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== wanted) at++;
  return at;
}

function startsWith(bytes: Buffer, text: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}

function isUpperCase(code: number): boolean {
  return code >= 65 && code <= 90;
}
