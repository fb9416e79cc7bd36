import { nats } from '../core/likelihood.js';
import type { Part } from '../core/part.js';
import type { NamePlace } from './name-place.js';

/** Two alternatives: a fifth, or half, of all callers belong to the campaign. */
const SHARES = [0.2, 0.5] as const;
/** No caller says more than this, however long it goes on: alone it is judged alone. */
const MOST_NATS = 4;
/** Who walks through a list stops after one name in one of fifty cases. */
const STOPS = 0.02;
/** Fifteen names beyond the first ones (reference 5.5), of eight addresses. */
const MIN = { names: 15, sources: 8 } as const;
const REMEMBERED = 1_024;

export interface Persistence {
  sums: [number, number];
  /** Callers since the sums were at zero, those of them that went on, and names beyond the first of each. */
  callers: number;
  wentOn: number;
  further: number;
  sinceMs: number;
  readonly sources: string[];
}

/**
 * Callers that go on to another name, at one place: what each says alone is too little, but a campaign makes many go on.
 * Each caller is one of the campaign's with the share π: its likelihood ratio e^S counts as ln(1 − π + π·e^S), so that
 * one long list and a hundred people do not make a campaign. Waits for nothing: names that are resolved are taken back.
 */
export class PersistentCrowds implements Part {
  #crowds = new Map<number, Persistence>();

  /** A caller's evidence beyond its first name moved. @returns the crowd when it is a campaign */
  moved(place: NamePlace, one: { from: number; to: number; source: string; atMs: number }): Persistence | null {
    const { from, to, source, atMs } = one;
    let crowd = this.#crowds.get(place.id);
    if (crowd === undefined) {
      if (to <= from) return null;
      crowd = { sums: [0, 0], callers: 0, wentOn: 0, further: 0, sinceMs: atMs, sources: [] };
      this.#crowds.set(place.id, crowd);
    }
    SHARES.forEach((share, i) => {
      crowd.sums[i] = Math.max(0, crowd.sums[i]! + mixed(to, share) - mixed(from, share));
    });
    if (to > from) {
      crowd.further++;
      if (from <= 0) crowd.wentOn++;
      if (source !== '' && crowd.sources.length < REMEMBERED && !crowd.sources.includes(source))
        crowd.sources.push(source);
    } else {
      crowd.further = Math.max(0, crowd.further - 1);
      if (to <= 0) crowd.wentOn = Math.max(0, crowd.wentOn - 1);
    }
    this.#forgetEmpty(place, crowd);
    return crowd.further >= MIN.names && crowd.sources.length >= MIN.sources ? crowd : null;
  }

  /** A caller asked about one name and no other for ten minutes. */
  stopped(place: NamePlace): void {
    const crowd = this.#crowds.get(place.id);
    if (crowd === undefined) return;
    crowd.callers++;
    SHARES.forEach((share, i) => {
      crowd.sums[i] = Math.max(0, crowd.sums[i]! + mixed(nats(STOPS, 1 - place.again), share));
    });
    this.#forgetEmpty(place, crowd);
  }

  forget(place: NamePlace): void {
    this.#crowds.delete(place.id);
  }

  save(): unknown {
    return this.#crowds;
  }

  load(saved: unknown): void {
    this.#crowds = saved as Map<number, Persistence>;
  }

  #forgetEmpty(place: NamePlace, crowd: Persistence): void {
    if (crowd.sums[0] === 0 && crowd.sums[1] === 0) this.#crowds.delete(place.id);
  }
}

export function persistenceNats(crowd: Readonly<Persistence>): number {
  return Math.max(crowd.sums[0], crowd.sums[1]);
}

function mixed(sum: number, share: number): number {
  return Math.log(1 - share + share * Math.exp(Math.min(MOST_NATS, sum)));
}
