import type { RawRequest } from '../raw-request.js';
import { decodeLeniently } from '../url-parts.js';
import { type LinePlace, logRequest } from './log-request.js';
import { parseLogTime } from './log-time.js';

/**
 * Reads the W3C extended log format, as IIS and CloudFront write it: a line `#Fields: date time c-ip cs-method …` says
 * what the columns of those that follow are.
 */
export class W3cReader {
  #columns = new Map<string, number>();
  #count = 0;

  /** The request; `null` for a line of comment; why it is none; `undefined` for lines of any other format. */
  read(place: LinePlace, service: string): RawRequest | string | null | undefined {
    const { line } = place;
    if (line.charCodeAt(0) === 35) return this.#directive(line) ? null : undefined;
    if (this.#count === 0) return undefined;
    const values = line.split(line.includes('\t') ? '\t' : ' ');
    if (values.length !== this.#count) return undefined;
    const text = (name: string): string => {
      const at = this.#columns.get(name);
      const value = at === undefined ? '-' : values[at]!;
      return value === '-' ? '' : value;
    };
    const number = (name: string): number => (text(name) === '' ? -1 : Number(text(name)));
    const timeMs = parseLogTime(`${text('date')}T${text('time')}Z`);
    if (Number.isNaN(timeMs)) return 'time cannot be read';
    const status = number('sc-status');
    if (!(Number.isInteger(status) && status >= 0 && status <= 599)) return 'status is not a number';
    const target = text('cs-uri-stem') || text('cs-uri');
    if (!target.startsWith('/')) return 'request line is not HTTP';
    // CloudFront counts in seconds with a fraction, IIS in milliseconds.
    const taken = text('time-taken');
    return logRequest(
      {
        timeMs,
        durationMs: taken === '' ? 0 : Number(taken) * (taken.includes('.') ? 1000 : 1),
        remote: text('c-ip'),
        client: '',
        forwardedFor: decoded(text('x-forwarded-for') || text('cs(x-forwarded-for)')),
        method: text('cs-method'),
        target,
        query: text('cs-uri-query'),
        host: text('x-host-header') || text('cs-host') || text('cs(host)'),
        route: '',
        status,
        requestBytes: -1,
        responseBytes: number('sc-bytes'),
        userAgent: decoded(text('cs(user-agent)')),
        user: text('cs-username'),
        service,
        instance: '',
      },
      place,
    );
  }

  /** @returns whether it is a directive of this format */
  #directive(line: string): boolean {
    const fields = /^#Fields:\s*(.+)$/i.exec(line)?.[1];
    if (fields === undefined) return /^#(?:Software|Version|Date|Start-Date|End-Date|Remark|GMT-Offset):/i.test(line);
    const names = fields.trim().toLowerCase().split(/\s+/);
    this.#columns = new Map(names.map((name, at) => [name, at]));
    this.#count = this.#columns.has('cs-method') && this.#columns.has('sc-status') ? names.length : 0;
    return true;
  }
}

/** Both write a `+` for a space; CloudFront percent-encodes, twice in older logs. */
function decoded(text: string): string {
  const plain = text.includes('%') ? decodeLeniently(decodeLeniently(text)) : text;
  return plain.includes(' ') ? plain : plain.replaceAll('+', ' ');
}
