import type { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Facts } from '../parts/facts.js';

/**
 * Two gaps are alike when they differ by a fifth at most, and a timer makes four of five alike: one whose jitter is a tenth
 * of its period makes 84 in 100, people and tools at random times make one in ten.
 */
const ALIKE = 0.2;
const MOST = 0.8;
const MIN_FAILURES = 10;
/** A machine with an old password; a list is not walked so slowly and so evenly (guard G4, reference 4). */
const SLOW_MS = 5_000;
/** Requests of a sender that failed are looked at for so long. */
const AWAITED_MS = 600_000;
const AWAITED = 4_096;
const BETWEEN = { refused: 1, other: 2 } as const;

export const LOOP_COLUMNS = {
  lastMs: 'f64',
  lastGap: 'f32',
  /** Gaps between failures that were like the one before. */
  alike: 'u32',
  /** Failures since the one before which the sender was refused at a place of the service, or asked for anything there. */
  afterRefusal: 'u32',
  afterOther: 'u32',
  /** What it asked for since its last failure. */
  between: 'u32',
} as const;

type Rows = KeyTable<typeof LOOP_COLUMNS>;

/**
 * Client programs of the service whose login, or renewal of one, fails for ever: guard G4. They repeat one login on a timer;
 * or they are refused at another place each time before they try, for that is why they try; whoever walks through a list
 * wants nothing else from the service before he is in.
 */
export class LoginLoops implements Part {
  /** By low bits of the sender's key: until when its other requests are looked at. Spares most requests a look-up. */
  readonly #awaited = new Float64Array(AWAITED);

  /** Notes a failure, the one after `failures` others. */
  failed(rows: Rows, slot: number, failures: number, facts: Facts): void {
    const { columns } = rows;
    const { atMs } = facts;
    if (failures > 0) {
      const gap = Math.max(0, atMs - columns.lastMs.get(slot));
      if (Math.abs(gap - columns.lastGap[slot]!) <= ALIKE * Math.max(gap, columns.lastGap[slot]!)) {
        columns.alike[slot]!++;
      }
      columns.lastGap[slot] = gap;
      if ((columns.between[slot]! & BETWEEN.refused) !== 0) columns.afterRefusal[slot]!++;
      if (columns.between[slot] !== 0) columns.afterOther[slot]!++;
    }
    columns.between[slot] = 0;
    columns.lastMs.set(slot, Math.max(atMs, columns.lastMs.get(slot)));
    const at = facts.source.lo & (AWAITED - 1);
    this.#awaited[at] = Math.max(this.#awaited[at]!, atMs + AWAITED_MS);
  }

  /** Whether the request, which is no login, may be one of a sender that failed. */
  isAwaited(facts: Facts): boolean {
    return facts.atMs <= this.#awaited[facts.source.lo & (AWAITED - 1)]! && facts.event.authEvent === '';
  }

  /** Notes another request of the sender. */
  asked(rows: Rows, slot: number, status: number): void {
    const { between } = rows.columns;
    between[slot] = between[slot]! | (status === 401 || status === 403 ? BETWEEN.refused : BETWEEN.other);
  }

  /**
   * @param failures those of the row
   * @param isKnown the sender got in from this network with this client before
   */
  isLoop(rows: Rows, slot: number, failures: number, isKnown: boolean): boolean {
    const { columns } = rows;
    if (failures < MIN_FAILURES) return false;
    const isTimed = columns.alike[slot]! >= MOST * (failures - 2);
    const afterRefusal = columns.afterRefusal[slot]! >= MOST * (failures - 1);
    if (isKnown && afterRefusal) return true;
    if (!isTimed) return false;
    // A page before each login is what lists are walked with as well: it says something only of who was in before.
    const afterOther = isKnown && columns.afterOther[slot]! >= MOST * (failures - 1);
    return afterRefusal || afterOther || columns.lastGap[slot]! >= SLOW_MS;
  }

  save(): unknown {
    return this.#awaited;
  }

  load(saved: unknown): void {
    this.#awaited.set(saved as Float64Array);
  }
}
