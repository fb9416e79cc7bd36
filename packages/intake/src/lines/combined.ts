import { canonicalAddress } from '../ip-address.js';
import type { RawRequest } from '../raw-request.js';
import { type LinePlace, logRequest } from './log-request.js';
import { parseLogTime } from './log-time.js';
import { parseRequestLine } from './request-line.js';

/**
 * Reads lines in NCSA common and combined format, as Apache and nginx write them:
 * `host ident user [time] "request" status bytes "referer" "user agent"`, with a virtual host in front or further
 * fields behind (request time, X-Forwarded-For).
 *
 * Clients choose the user name, and neither server escapes spaces in it; both escape quotes. So the first unescaped
 * quote begins the request, and the time is what stands right before it.
 */
export class CombinedReader {
  // Lines of one second repeat the same time.
  #lastTime = '';
  #lastTimeMs = Number.NaN;

  /** The request, or why the line is not one. */
  read(place: LinePlace, service: string): RawRequest | string {
    const { line } = place;
    const quote = openingQuote(line);
    if (quote < 0) return 'not an access log line: no quoted request';
    const timeEnd = quote - 2;
    const timeStart = line.lastIndexOf('[', timeEnd);
    if (timeStart < 0 || line[timeEnd] !== ']') return 'not an access log line: no [time] before the request';
    const timeMs = this.#time(line.slice(timeStart + 1, timeEnd));
    if (Number.isNaN(timeMs)) return 'time cannot be read';
    const head = readHead(line.slice(0, timeStart));
    if (head === undefined) return 'not an access log line: no host, ident and user';
    const requestEnd = closingQuote(line, quote + 1);
    if (requestEnd < 0) return 'request line is not closed';
    const request = parseRequestLine(unescapeLog(line.slice(quote + 1, requestEnd)));
    if (request === undefined) return 'request line is not HTTP';
    const rest = fieldsOf(line, requestEnd + 1);
    const status = Number(rest[0]?.text);
    if (!(Number.isInteger(status) && status >= 0 && status <= 599)) return 'status is not a number';
    const bytes = rest[1]?.text ?? '-';
    const size = bytes === '-' ? 0 : Number(bytes);
    if (!(Number.isInteger(size) && size >= 0)) return 'size is not a number';
    const hasAgent = rest[2]?.quoted === true && rest[3]?.quoted === true;
    const extras = rest.slice(hasAgent ? 4 : 2);
    return logRequest(
      {
        timeMs,
        durationMs: durationOf(extras),
        remote: head.remote,
        client: '',
        forwardedFor: forwardedIn(extras),
        method: request.method,
        target: request.target,
        query: '',
        host: head.host,
        route: '',
        status,
        requestBytes: -1,
        responseBytes: size,
        userAgent: hasAgent ? rest[3]!.text : '',
        user: head.user,
        service,
        instance: '',
      },
      place,
    );
  }

  #time(text: string): number {
    if (text !== this.#lastTime) {
      this.#lastTime = text;
      this.#lastTimeMs = parseLogTime(text);
    }
    return this.#lastTimeMs;
  }
}

interface Head {
  readonly remote: string;
  readonly user: string;
  readonly host: string;
}

/** `host ident user`, or Apache's `vhost:port host ident user`. */
function readHead(text: string): Head | undefined {
  const first = text.indexOf(' ');
  const second = text.indexOf(' ', first + 1);
  if (first < 1 || second < 0) return undefined;
  const one = text.slice(0, first);
  const two = text.slice(first + 1, second);
  if (canonicalAddress(one) === '' && canonicalAddress(two) !== '') {
    const third = text.indexOf(' ', second + 1);
    if (third > 0) return { host: one, remote: two, user: unescapeLog(text.slice(third + 1).trim()) };
  }
  return { host: '', remote: one, user: unescapeLog(text.slice(second + 1).trim()) };
}

interface Field {
  readonly text: string;
  readonly quoted: boolean;
}

/** More fields than any known format has are not looked at. */
const MAX_FIELDS = 32;

function fieldsOf(line: string, start: number): Field[] {
  const fields: Field[] = [];
  let at = start;
  while (fields.length < MAX_FIELDS) {
    while (line.charCodeAt(at) === 32) at++;
    if (at >= line.length) break;
    if (line.charCodeAt(at) === 34) {
      const close = closingQuote(line, at + 1);
      const end = close < 0 ? line.length : close;
      fields.push({ text: unescapeLog(line.slice(at + 1, end)), quoted: true });
      at = end + 1;
    } else {
      let end = line.indexOf(' ', at);
      if (end < 0) end = line.length;
      fields.push({ text: line.slice(at, end), quoted: false });
      at = end;
    }
  }
  return fields;
}

/** ms; 0 where there is none: seconds with a fraction (nginx `$request_time`), else one number alone (Apache `%D`, µs). */
function durationOf(extras: readonly Field[]): number {
  let whole = Number.NaN;
  let wholes = 0;
  for (const { text } of extras) {
    const number = text.startsWith('rt=') ? text.slice(3) : text;
    if (!/^\d{1,12}(?:\.\d{1,9})?$/.test(number)) continue;
    if (number.includes('.')) return Number(number) * 1000;
    whole = Number(number);
    wholes++;
  }
  return wholes === 1 ? whole / 1000 : 0;
}

function forwardedIn(extras: readonly Field[]): string {
  for (const { text, quoted } of extras) {
    if (quoted && canonicalAddress(text.split(',', 1)[0]!.trim()) !== '') return text;
  }
  return '';
}

function openingQuote(line: string): number {
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) {
    if (line.charCodeAt(at - 1) !== 92) return at;
  }
  return -1;
}

function closingQuote(line: string, start: number): number {
  for (let at = line.indexOf('"', start); at >= 0; at = line.indexOf('"', at + 1)) {
    let slashes = 0;
    while (line.charCodeAt(at - 1 - slashes) === 92 && at - 1 - slashes >= start) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}

/** Undoes `\"`, `\\`, `\t`, `\n` and `\xHH`. Bytes above 0x7f stay escaped: alone they are no text. */
function unescapeLog(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:x([0-7][0-9A-Fa-f])|(["\\tnr]))/g, (_all, hex: string | undefined, plain: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return plain === 't' ? '\t' : plain === 'n' ? '\n' : plain === 'r' ? '\r' : plain;
  });
}
