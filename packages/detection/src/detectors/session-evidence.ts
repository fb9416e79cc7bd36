import { nats } from '../core/likelihood.js';
import type { Pasts } from '../parts/pasts.js';
import type { Without } from '../without.js';
import type { Note } from './session-parties.js';

/** Coming back within a quarter of an hour: what two clients at work do in nine of ten cases, a device left behind in one of twenty. */
const TURN_NATS = nats(0.9, 0.05);
/** Thieves come from a network and with a machine that are both new to the user, but for common ones. */
const THIEF_IS_NEW = 0.95;
/** Of thieves of sessions one in three changes something or takes an export at once; the others read. */
const THIEF_ACTS = 0.33;

/** How often people here begin sessions somewhere new to them. */
type Usual = ReturnType<Pasts['habits']['of']>;

/** What speaks for a theft, in nats. */
export interface HijackNats {
  /** How rarely sessions here change network and device at once. */
  readonly change: number;
  turns: number;
  /** How new the second party is to the user; below zero where it is the user's own. */
  readonly novel: number;
  /** What it did at once. */
  readonly action: number;
}

/** Weighs the second party of a session. */
export class HijackEvidence {
  readonly #seesTurns: boolean;
  readonly #seesNovelty: boolean;
  readonly #seesActions: boolean;

  constructor(without: Without) {
    this.#seesTurns = !without.has('overlap');
    this.#seesNovelty = !without.has('novelty');
    this.#seesActions = !without.has('follow_up');
  }

  of(note: Readonly<Note>, habits: Usual): HijackNats {
    return {
      change: nats(0.97, note.share),
      turns: this.#seesTurns ? turnNats(note.turns) : 0,
      // A browser that was updated on the way is a new device in a new place as well: only turns tell.
      novel: note.change === 'update' || !this.#seesNovelty || !note.hasPast ? 0 : noveltyOf(note, habits),
      action: this.#seesActions ? Math.max(0, nats(THIEF_ACTS, note.actionRate)) : 0,
    };
  }
}

/** The first turn is the second party's coming; each further one is evidence. */
export function turnNats(turns: number): number {
  return Math.max(0, turns - 1) * TURN_NATS;
}

export function total(evidence: Readonly<HijackNats>): number {
  return evidence.change + evidence.turns + evidence.novel + evidence.action;
}

function noveltyOf(note: Readonly<Note>, usual: Usual): number {
  // People who are somewhere new often have something new with them: the two are not independent.
  if (note.newNetwork && note.newDevice) return novel(true, usual.both);
  return novel(note.newNetwork, usual.network) + novel(note.newDevice, usual.device);
}

function novel(isNew: boolean, usual: number): number {
  return isNew ? nats(THIEF_IS_NEW, usual) : nats(1 - THIEF_IS_NEW, 1 - usual);
}
