import type { Columns } from '../core/key-table.js';
import { binaryNats } from '../core/likelihood.js';
import { surprise } from '../core/student-t.js';
import type { DailyReads } from '../parts/daily-reads.js';
import type { Without } from '../without.js';

const HOUR_MS = 3_600_000;
/** Volume alone never pages (reference 3.5). */
const VOLUME_LIMIT = 12;
const MIN_DEVIATION = 0.5;
/** Before the peers are known: a visit shows five things, one in a hundred visits eighty (σ of ln 1.2). */
const PRIOR = { mean: Math.log(6), deviation: 1.2 } as const;
/** One reader seldom reads a thing twice; only a crowd must. */
const OVERLAP_LIMIT = 8;
const ORDER_LIMIT = 6;
/** Of those who go on for an hour, nearly all people pause for five minutes; programs hardly ever do. */
const STEADY_NATS = 2.3;
const PAUSE_MS = 300_000;
/**
 * Pace: of people's steps to another item fewer than one in seven follow within 1.5 s (several tabs opened at once), of a
 * program at full speed nine in ten. Bursts add up to this limit at most.
 */
const QUICK_MS = 1_500;
const QUICK = { nats: Math.log(0.9 / 0.15), slowNats: Math.log(0.1 / 0.85), limit: 12 } as const;
/** Under attack one read in fifty hits an item that was read already (retries). */
const REPEAT_SHARE = 0.02;
/** Where more of the catalogue was read than this, repeats say nothing. */
export const COVERED = 0.6;
/** Expected repeats from which on their absence or presence says something (Poisson: none has a chance below e⁻¹⁰). */
const MIN_EXPECTED = 10;
/** Of the steps between a visitor's reads so many are this small at most: neighbours in a list. */
const USUAL_ORDER = 0.2;

/** Evidence of one reader or kind of software, nats. */
export interface CopyNats {
  readonly volume: number;
  overlap: number;
  readonly order: number;
  readonly steady: number;
  readonly pace: number;
}

/** A day of one reader or kind of software. */
export const COPY_COLUMNS = {
  day: 'u32',
  items: 'u32',
  reads: 'u32',
  steps: 'u32',
  ordered: 'u32',
  firstMs: 'f64',
  lastMs: 'f64',
  lastId: 'f64',
  pauses: 'u32',
  pace: 'f32',
  overlap: 'f32',
  sourcesLo: 'u32',
  sourcesHi: 'u32',
  settled: 'u32',
  days: 'u32',
  ownItems: 'u32',
} as const;
type CopyColumns = Columns<typeof COPY_COLUMNS>;

/** One read more, and what it says: a crowd would have hit one of the items read before with probability n/C. */
export function addRead(
  columns: CopyColumns,
  slot: number,
  read: { readonly atMs: number; readonly isRepeat: boolean; readonly catalogue: number },
): void {
  const { atMs, isRepeat, catalogue } = read;
  const gapMs = atMs - columns.lastMs.get(slot);
  columns.reads[slot]!++;
  if (gapMs > PAUSE_MS) columns.pauses[slot]!++;
  if (gapMs > 0) columns.lastMs.set(slot, atMs);
  const covered = Math.min(COVERED, columns.items[slot]! / catalogue);
  if (!isRepeat) {
    const told = gapMs < QUICK_MS ? QUICK.nats : QUICK.slowNats;
    columns.pace[slot] = Math.min(QUICK.limit, Math.max(0, columns.pace[slot]! + told));
    columns.items[slot]!++;
  }
  if (covered <= REPEAT_SHARE) return;
  const told = isRepeat ? Math.log(REPEAT_SHARE / covered) : Math.log((1 - REPEAT_SHARE) / (1 - covered));
  columns.overlap[slot] = Math.max(0, columns.overlap[slot]! + told);
}

/** Weighs the day of one reader. */
export class CopyScale {
  readonly #usesOrder: boolean;
  readonly #usesTempo: boolean;
  readonly #usesVolume: boolean;

  constructor(without: Without) {
    this.#usesOrder = !without.has('order');
    this.#usesTempo = !without.has('tempo');
    this.#usesVolume = !without.has('volume');
  }

  /** Nearly every item was asked for faster than people read; never said of keys, which are programs. */
  isQuick(columns: CopyColumns, slot: number, isKey: boolean): boolean {
    return this.#usesTempo && !isKey && columns.pace[slot]! >= QUICK.limit / 2;
  }

  /** Over an hour without a pause, or faster than an item a second. */
  isSteady(columns: CopyColumns, slot: number, atMs: number): boolean {
    if (!this.#usesTempo) return false;
    const spanMs = atMs - columns.firstMs.get(slot);
    if (spanMs < columns.items[slot]! * 1_000) return true;
    return spanMs >= HOUR_MS && columns.pauses[slot]! * HOUR_MS < spanMs / 2;
  }

  weigh(columns: CopyColumns, slot: number, read: { atMs: number; isKey: boolean; reads: DailyReads }): CopyNats {
    const { atMs, isKey, reads } = read;
    const past = reads.reads.log;
    const mean = reads.peerReads > 0 ? past.mean : PRIOR.mean;
    const deviation = reads.peerReads > 0 ? Math.max(MIN_DEVIATION, past.deviation) : PRIOR.deviation;
    const order = binaryNats(columns.ordered[slot]!, columns.steps[slot]!, USUAL_ORDER);
    const volume = surprise((Math.log1p(columns.items[slot]!) - mean) / deviation);
    return {
      volume: this.#usesVolume ? Math.min(VOLUME_LIMIT, volume) : 0,
      overlap: Math.min(OVERLAP_LIMIT, columns.overlap[slot]!),
      order: this.#usesOrder ? Math.min(ORDER_LIMIT, Math.max(0, order)) : 0,
      steady: this.isSteady(columns, slot, atMs) ? STEADY_NATS : 0,
      pace: this.#usesTempo && !isKey ? columns.pace[slot]! : 0,
    };
  }
}

/**
 * Reads that meet what was read before half as often as independent readers would, who of C equally liked items hit one
 * again in n²/2C of n reads (and more often where some are liked more): many people behind one address.
 */
export function isLikeCrowd(reads: number, items: number, catalogue: number): boolean {
  const expected = (reads * reads) / (2 * catalogue);
  return expected >= MIN_EXPECTED && reads - items > expected / 2;
}

export function totalCopyNats(nats: CopyNats): number {
  return nats.volume + nats.overlap + nats.order + nats.steady + nats.pace;
}
