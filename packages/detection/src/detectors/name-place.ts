import { LeastAttackedRate } from '../core/least-attacked-rate.js';
import { clamp } from '../core/likelihood.js';
import type { Part } from '../core/part.js';

export type NameKind = 'signup' | 'reset' | 'lookup';

/** Names of one caller and day that count towards the mean: one who tries thousands must not define it. */
const COUNTED = 32;
/** Half of the counts are forgotten past this many callers. */
const FORGET_AT = 20_000;
/**
 * Share of callers who try another name after one, never taken below: of sign-ups and resets 35 % (reference 5.5, for
 * households and slips), of look-ups 60 %, as a form that checks while one types asks for every beginning of a name.
 */
const AGAIN_FLOOR: Readonly<Record<NameKind, number>> = { signup: 0.35, reset: 0.35, lookup: 0.6 };
const AGAIN_LIMIT = 0.97;
/** Callers that the floor is worth while none are known. */
const PRIOR_CALLERS = 20;

/** What is normal where names are tried: one route or operation. */
export class NamePlace implements Part {
  /** First contacts of a name that nothing follows: no login, no request by someone known. Prior one in four. */
  readonly unresolved = new LeastAttackedRate(0.25, 40);
  /** First contacts that are answered with an error. */
  readonly failed = new LeastAttackedRate(0.1, 20);
  #callers = 0;
  #names = 0;

  constructor(
    readonly id: number,
    readonly kind: NameKind,
    readonly service: string,
    /** Route template or operation. */
    readonly name: string,
    /** Method of its first request. */
    readonly method: string,
  ) {}

  /** Another name today of a caller whose address was here before: an attack at a place that few use must not say what is usual. @param nth how many it has tried by now */
  count(nth: number): void {
    if (nth === 1) this.#callers++;
    if (nth <= COUNTED) this.#names++;
    if (this.#callers < FORGET_AT) return;
    this.#callers /= 2;
    this.#names /= 2;
  }

  /** Share of callers who go on to another name: 1 − 1/mean, as of a geometric number of names. */
  get again(): number {
    const floor = AGAIN_FLOOR[this.kind];
    const stops = this.#callers + PRIOR_CALLERS * (1 - floor);
    return clamp(1 - stops / (this.#names + PRIOR_CALLERS), floor, AGAIN_LIMIT);
  }

  get callers(): number {
    return Math.round(this.#callers);
  }

  save(): unknown {
    return {
      unresolved: this.unresolved.save(),
      failed: this.failed.save(),
      callers: this.#callers,
      names: this.#names,
    };
  }

  load(saved: unknown): void {
    const from = saved as { unresolved: unknown; failed: unknown; callers: number; names: number };
    this.unresolved.load(from.unresolved);
    this.failed.load(from.failed);
    this.#callers = from.callers;
    this.#names = from.names;
  }
}
