import type { Part } from '../core/part.js';

/** Rises of fewer others say nothing about an hour: what eight actors also meet is the site's doing (see docs/DETECTION.md, G5). */
const MIN_OTHERS = 8;
/** An hour beyond so many times the own largest one is a rise. */
export const RISE = 2;

/**
 * How many of those who have a past rise in the same hour: beyond twice their own largest one, in bytes or in records. A
 * sale, a push message, an outage that ends, a report that everyone fetches lift many at once, and none of them did it.
 * The last two hours count together, so that an hour that has just begun is judged by more than its first minutes.
 */
export class VolumeRises implements Part {
  #hour = 0;
  readonly #present = new Uint32Array(2);
  readonly #risen = new Uint32Array(2);

  /** Somebody with a past begins an hour of work. */
  notePresent(hour: number): void {
    this.#open(hour);
    this.#present[hour & 1]!++;
  }

  /** He takes more than ever; once for each of his hours. */
  noteRise(hour: number): void {
    this.#open(hour);
    this.#risen[hour & 1]!++;
  }

  /**
   * How surprising it is for someone to have risen `times` beyond his record, by what others do in the same hours, nats:
   * their share, and beyond the bar that they passed the tail of the own test. Infinity while too few others rise.
   */
  limitOf(times: number): number {
    const others = this.#risen[0]! + this.#risen[1]! - 1;
    if (others < MIN_OTHERS) return Number.POSITIVE_INFINITY;
    const present = Math.max(others, this.#present[0]! + this.#present[1]! - 1);
    return Math.log(present / others) + Math.log(Math.max(1, times / RISE));
  }

  save(): unknown {
    return { hour: this.#hour, present: this.#present.slice(), risen: this.#risen.slice() };
  }

  load(saved: unknown): void {
    const from = saved as { hour: number; present: Uint32Array; risen: Uint32Array };
    this.#hour = from.hour;
    this.#present.set(from.present);
    this.#risen.set(from.risen);
  }

  #open(hour: number): void {
    if (hour <= this.#hour) return;
    this.#present[hour & 1] = this.#risen[hour & 1] = 0;
    if (hour - this.#hour > 1) this.#present[(hour + 1) & 1] = this.#risen[(hour + 1) & 1] = 0;
    this.#hour = hour;
  }
}
