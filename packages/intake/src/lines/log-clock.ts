import { parseLogTime } from './log-time.js';

/** `10/Oct/2000:13:55:36 -0700` */
const LENGTH = 26;
const SECONDS = 18;
const ZONE = 20;
const FORM = /^\d\d\/[A-Za-z]{3}\/\d{4}:\d\d:\d\d:.. [+-]\d{4}$/;

/**
 * Reads times in common log format from bytes. Lines of one minute repeat everything but the seconds: only these are
 * read again.
 */
export class LogClock {
  readonly #last = new Uint8Array(LENGTH);
  #minuteMs = Number.NaN;

  /** Unix ms of the 26 bytes from `at` on; NaN where they are no such time. */
  read(bytes: Buffer, at: number): number {
    const last = this.#last;
    let same = 0;
    while (same < LENGTH && (bytes[at + same] === last[same] || (same >= SECONDS && same < ZONE))) same++;
    if (same < LENGTH && !this.#learn(bytes, at)) return Number.NaN;
    const tens = bytes[at + SECONDS]! - 48;
    const ones = bytes[at + SECONDS + 1]! - 48;
    // Seconds from 60 on are left to the general reader.
    if (!(tens >= 0 && tens < 6 && ones >= 0 && ones <= 9)) return Number.NaN;
    return this.#minuteMs + (tens * 10 + ones) * 1000;
  }

  #learn(bytes: Buffer, at: number): boolean {
    const text = bytes.toString('latin1', at, at + LENGTH);
    if (!FORM.test(text)) return false;
    const minuteMs = parseLogTime(`${text.slice(0, SECONDS)}00${text.slice(ZONE)}`);
    if (Number.isNaN(minuteMs)) return false;
    this.#minuteMs = minuteMs;
    for (let i = 0; i < LENGTH; i++) this.#last[i] = bytes[at + i]!;
    return true;
  }
}
