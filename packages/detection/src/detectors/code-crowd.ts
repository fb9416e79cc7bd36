import type { Part } from '../core/part.js';
import type { CodePlace } from './code-place.js';

/** Two CUSUMs: the share of callers who give up quadrupled, or sixteenfold. */
const RATIOS = [4, 16] as const;
/** Variance of benign counts over that of a Poisson process: newsletters and bad codes come in bursts. */
const OVERDISPERSION = 1.5;
/** Callers and addresses below which nobody speaks of a campaign (reference 11.3: fifteen sources). */
const MIN = { callers: 12, sources: 8 } as const;
const REMEMBERED = 512;

/** Who gave up at a place since the test was last at zero. */
export interface Crowd {
  sums: [number, number];
  newcomers: number;
  expected: number;
  gaveUp: number;
  sinceMs: number;
  readonly sources: string[];
  readonly actors: string[];
  route: string;
}

/**
 * Codes guessed by many callers, few each: per place, callers who tried three wrong codes and had no success, against
 * the number of callers who try codes at all. One who succeeds later is taken back.
 */
export class CodeCrowds implements Part {
  #crowds = new Map<number, Crowd>();

  /** A caller tries a code for the first time today. */
  newcomer(place: CodePlace, atMs: number): void {
    const crowd = this.#crowds.get(place.id);
    if (crowd === undefined) return;
    const share = place.giveUpShare;
    crowd.newcomers++;
    crowd.expected += share;
    RATIOS.forEach((ratio, i) => {
      crowd.sums[i] = Math.max(0, crowd.sums[i]! - ((ratio - 1) * share) / OVERDISPERSION);
    });
    if (crowd.sums[0] === 0 && crowd.sums[1] === 0) this.#crowds.delete(place.id);
    else crowd.sinceMs = Math.min(crowd.sinceMs, atMs);
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
        sinceMs: atMs,
        sources: [],
        actors: [],
        route: one.route,
      };
      this.#crowds.set(place.id, crowd);
    }
    crowd.gaveUp++;
    this.#move(crowd, 1);
    remember(crowd.sources, one.source);
    remember(crowd.actors, one.actor);
    return crowd.gaveUp >= MIN.callers && crowd.sources.length >= MIN.sources ? crowd : null;
  }

  /** One who had given up found a right code after all. */
  succeeded(place: CodePlace, source: string): void {
    const crowd = this.#crowds.get(place.id);
    if (crowd === undefined || crowd.gaveUp === 0) return;
    crowd.gaveUp--;
    this.#move(crowd, -1);
    const at = crowd.sources.indexOf(source);
    if (at >= 0) crowd.sources.splice(at, 1);
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

  #move(crowd: Crowd, times: 1 | -1): void {
    RATIOS.forEach((ratio, i) => {
      crowd.sums[i] = Math.max(0, crowd.sums[i]! + (times * Math.log(ratio)) / OVERDISPERSION);
    });
  }
}

export function crowdNats(crowd: Readonly<Crowd>): number {
  return Math.max(crowd.sums[0], crowd.sums[1]);
}

function remember(list: string[], name: string): void {
  if (name !== '' && list.length < REMEMBERED && !list.includes(name)) list.push(name);
}
