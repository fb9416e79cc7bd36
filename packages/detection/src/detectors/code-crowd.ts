import type { Part } from '../core/part.js';
import type { CodePlace } from './code-place.js';

/** Two CUSUMs: the share of callers who give up quadrupled, or sixteenfold. */
const RATIOS = [4, 16] as const;
/** Variance of benign counts over that of a Poisson process: newsletters and bad codes come in bursts. */
const OVERDISPERSION = 1.5;
/** Callers and addresses below which nobody speaks of a campaign (reference 11.3: fifteen sources). */
const MIN = { callers: 12, sources: 8 } as const;
const REMEMBERED = 512;
/** An address that was quiet for a day has no part in what goes on now: callers' own evidence lives as long. */
const FORGET_MS = 86_400_000;

/** Those who gave up at one address. */
interface Caller {
  readonly firstMs: number;
  lastMs: number;
  gaveUp: number;
  readonly actors: string[];
}

/** Who gave up at a place since the test was last at zero. */
export interface Crowd {
  sums: [number, number];
  newcomers: number;
  expected: number;
  gaveUp: number;
  readonly route: string;
  /** By address. */
  readonly callers: Map<string, Caller>;
}

/**
 * Codes guessed by many callers, few each: per place, callers who tried three wrong codes and had no success, against
 * the number of callers who try codes at all. One who succeeds later is taken back.
 */
export class CodeCrowds implements Part {
  #crowds = new Map<number, Crowd>();

  /** A caller tries a code for the first time today. */
  newcomer(place: CodePlace): void {
    const crowd = this.#crowds.get(place.id);
    if (crowd === undefined) return;
    const share = place.giveUpShare;
    crowd.newcomers++;
    crowd.expected += share;
    RATIOS.forEach((ratio, i) => {
      crowd.sums[i] = Math.max(0, crowd.sums[i]! - ((ratio - 1) * share) / OVERDISPERSION);
    });
    if (crowd.sums[0] === 0 && crowd.sums[1] === 0) this.#crowds.delete(place.id);
  }

  /** A caller has tried the third wrong code. @returns the crowd when it is a campaign */
  gaveUp(place: CodePlace, one: { source: string; actor: string; route: string }, atMs: number): Crowd | null {
    let crowd = this.#crowds.get(place.id);
    if (crowd === undefined) {
      crowd = {
        sums: [0, 0],
        newcomers: 1,
        expected: place.giveUpShare,
        gaveUp: 0,
        route: one.route,
        callers: new Map(),
      };
      this.#crowds.set(place.id, crowd);
    }
    for (const [name, { lastMs }] of crowd.callers) if (lastMs < atMs - FORGET_MS) this.#take(crowd, name);
    crowd.gaveUp++;
    this.#move(crowd, 1);
    let caller = crowd.callers.get(one.source);
    if (caller === undefined && crowd.callers.size < REMEMBERED) {
      caller = { firstMs: atMs, lastMs: atMs, gaveUp: 0, actors: [] };
      crowd.callers.set(one.source, caller);
    }
    if (caller !== undefined) {
      caller.gaveUp++;
      caller.lastMs = Math.max(caller.lastMs, atMs);
      if (one.actor !== '' && !caller.actors.includes(one.actor)) caller.actors.push(one.actor);
    }
    return crowd.gaveUp >= MIN.callers && crowd.callers.size >= MIN.sources ? crowd : null;
  }

  /** What these addresses did is explained by a campaign of their own: it speaks of no other, and joins none to it. */
  explain(place: CodePlace, sources: readonly string[]): void {
    const crowd = this.#crowds.get(place.id);
    if (crowd === undefined) return;
    for (const source of sources) this.#take(crowd, source);
    if (crowd.sums[0] === 0 && crowd.sums[1] === 0) this.#crowds.delete(place.id);
  }

  /** One who had given up found a right code after all. */
  succeeded(place: CodePlace, source: string): void {
    const crowd = this.#crowds.get(place.id);
    const caller = crowd?.callers.get(source);
    if (crowd === undefined || caller === undefined) return;
    crowd.gaveUp--;
    this.#move(crowd, -1);
    if (--caller.gaveUp === 0) crowd.callers.delete(source);
  }

  forget(place: CodePlace): void {
    this.#crowds.delete(place.id);
  }

  save(): unknown {
    return this.#crowds;
  }

  load(saved: unknown): void {
    this.#crowds = saved as Map<number, Crowd>;
  }

  #take(crowd: Crowd, source: string): void {
    const caller = crowd.callers.get(source);
    if (caller === undefined) return;
    crowd.callers.delete(source);
    crowd.gaveUp -= caller.gaveUp;
    this.#move(crowd, -caller.gaveUp);
  }

  #move(crowd: Crowd, times: number): void {
    RATIOS.forEach((ratio, i) => {
      crowd.sums[i] = Math.max(0, crowd.sums[i]! + (times * Math.log(ratio)) / OVERDISPERSION);
    });
  }
}

export function crowdNats(crowd: Readonly<Crowd>): number {
  return Math.max(crowd.sums[0], crowd.sums[1]);
}
