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

/** What one address has added: it is taken out again when the address is accused alone. */
interface Share {
  readonly firstMs: number;
  readonly sums: [number, number];
  wentOn: number;
  further: number;
}

export interface Persistence {
  readonly sums: [number, number];
  /** Callers that went on since the sums were at zero, and names beyond the first of each. */
  wentOn: number;
  further: number;
  readonly sources: Map<string, Share>;
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
      crowd = { sums: [0, 0], wentOn: 0, further: 0, sources: new Map() };
      this.#crowds.set(place.id, crowd);
    }
    let share = crowd.sources.get(source);
    if (share === undefined && to > from && crowd.sources.size < REMEMBERED) {
      share = { firstMs: atMs, sums: [0, 0], wentOn: 0, further: 0 };
      crowd.sources.set(source, share);
    }
    const step = to > from ? 1 : -1;
    const starts = Math.min(to, from) <= 0 ? step : 0;
    SHARES.forEach((part, i) => {
      const nats = mixed(to, part) - mixed(from, part);
      crowd.sums[i] = Math.max(0, crowd.sums[i]! + nats);
      if (share !== undefined) share.sums[i]! += nats;
    });
    for (const one of share === undefined ? [crowd] : [crowd, share]) {
      one.further = Math.max(0, one.further + step);
      one.wentOn = Math.max(0, one.wentOn + starts);
    }
    if (share?.further === 0) crowd.sources.delete(source);
    this.#forgetEmpty(place, crowd);
    return crowd.further >= MIN.names && crowd.sources.size >= MIN.sources ? crowd : null;
  }

  /** A caller asked about one name and no other for ten minutes. */
  stopped(place: NamePlace): void {
    const crowd = this.#crowds.get(place.id);
    if (crowd === undefined) return;
    SHARES.forEach((share, i) => {
      crowd.sums[i] = Math.max(0, crowd.sums[i]! + mixed(nats(STOPS, 1 - place.again), share));
    });
    this.#forgetEmpty(place, crowd);
  }

  /** What these addresses did is explained by a campaign of their own: it speaks of no other, and joins none to it. */
  explain(place: NamePlace, sources: Iterable<string>): void {
    const crowd = this.#crowds.get(place.id);
    if (crowd === undefined) return;
    for (const source of sources) {
      const share = crowd.sources.get(source);
      if (share === undefined) continue;
      crowd.sources.delete(source);
      crowd.wentOn = Math.max(0, crowd.wentOn - share.wentOn);
      crowd.further = Math.max(0, crowd.further - share.further);
      SHARES.forEach((_, i) => {
        crowd.sums[i] = Math.max(0, crowd.sums[i]! - share.sums[i]!);
      });
    }
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
