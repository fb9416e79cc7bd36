import { nats } from '../core/likelihood.js';
import type { Part } from '../core/part.js';

/** Two alternatives: a fifth, or half, of all callers belong to the campaign. */
const SHARES = [0.2, 0.5] as const;
/** No caller says more than this, however long it goes on: alone it is judged alone. */
const MOST_NATS = 4;
/** Who walks through a list stops after one try in one of fifty cases. */
const STOPS = 0.02;
const REMEMBERED = 1_024;
/** An address that was quiet for a day has no part in what goes on now: callers' own evidence lives as long. */
const FORGET_MS = 86_400_000;

/** What one address has added: it is taken out again when the address is accused alone. */
interface Share {
  readonly firstMs: number;
  lastMs: number;
  readonly sums: [number, number];
  wentOn: number;
  further: number;
}

/** Where callers come together, and the share of them that usually goes on after one try. */
export interface Place {
  readonly id: number | string;
  readonly again: number;
}

export interface Persistence {
  readonly sums: [number, number];
  /** Callers that went on since the sums were at zero, and tries beyond the first of each. */
  wentOn: number;
  further: number;
  readonly sources: Map<string, Share>;
  /** No address was last heard of before, Unix ms: until then none is to be forgotten. */
  quietSinceMs: number;
}

/**
 * Callers that go on to another try, at one place: what each says alone is too little, but a campaign makes many go on.
 * Each caller is one of the campaign's with the share π: its likelihood ratio e^S counts as ln(1 − π + π·e^S), so that
 * one long list and a hundred people do not make a campaign. Waits for nothing: tries that resolve are taken back.
 */
export class PersistentCrowds implements Part {
  #crowds = new Map<number | string, Persistence>();
  readonly #least: { readonly further: number; readonly sources: number };

  /** @param least tries beyond the first ones, and addresses, below which nobody speaks of a campaign */
  constructor(least: { readonly further: number; readonly sources: number }) {
    this.#least = least;
  }

  /** A caller's evidence beyond its first name moved. @returns the crowd when it is a campaign */
  moved(place: Place, one: { from: number; to: number; source: string; atMs: number }): Persistence | null {
    const { from, to, source, atMs } = one;
    let crowd = this.#crowds.get(place.id);
    if (crowd === undefined) {
      if (to <= from) return null;
      crowd = { sums: [0, 0], wentOn: 0, further: 0, sources: new Map(), quietSinceMs: atMs };
      this.#crowds.set(place.id, crowd);
    }
    let share = crowd.sources.get(source);
    if (share === undefined && to > from) {
      forgetQuiet(crowd, atMs);
      if (crowd.sources.size < REMEMBERED) {
        share = { firstMs: atMs, lastMs: atMs, sums: [0, 0], wentOn: 0, further: 0 };
        crowd.sources.set(source, share);
        crowd.quietSinceMs = Math.min(crowd.quietSinceMs, atMs);
      }
    }
    if (share !== undefined) share.lastMs = Math.max(share.lastMs, atMs);
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
    return crowd.further >= this.#least.further && crowd.sources.size >= this.#least.sources ? crowd : null;
  }

  /** A caller tried once and did not go on for ten minutes. */
  stopped(place: Place): void {
    const crowd = this.#crowds.get(place.id);
    if (crowd === undefined) return;
    SHARES.forEach((share, i) => {
      crowd.sums[i] = Math.max(0, crowd.sums[i]! + mixed(nats(STOPS, 1 - place.again), share));
    });
    this.#forgetEmpty(place, crowd);
  }

  /** What these addresses did is explained by a campaign of their own: it speaks of no other, and joins none to it. */
  explain(place: Place, sources: Iterable<string>): void {
    const crowd = this.#crowds.get(place.id);
    if (crowd === undefined) return;
    for (const source of sources) take(crowd, source);
    this.#forgetEmpty(place, crowd);
  }

  forget(place: Place): void {
    this.#crowds.delete(place.id);
  }

  save(): unknown {
    return this.#crowds;
  }

  load(saved: unknown): void {
    this.#crowds = saved as Map<number | string, Persistence>;
  }

  #forgetEmpty(place: Place, crowd: Persistence): void {
    if (crowd.sums[0] === 0 && crowd.sums[1] === 0) this.#crowds.delete(place.id);
  }
}

/** Takes out addresses that were quiet for a day; looked for only when there can be one, since crowds are large when attacked. */
function forgetQuiet(crowd: Persistence, atMs: number): void {
  if (crowd.quietSinceMs >= atMs - FORGET_MS) return;
  crowd.quietSinceMs = atMs;
  for (const [source, { lastMs }] of crowd.sources) {
    if (lastMs < atMs - FORGET_MS) take(crowd, source);
    else crowd.quietSinceMs = Math.min(crowd.quietSinceMs, lastMs);
  }
}

/** Takes out what an address has added. */
function take(crowd: Persistence, source: string): void {
  const share = crowd.sources.get(source);
  if (share === undefined) return;
  crowd.sources.delete(source);
  crowd.wentOn = Math.max(0, crowd.wentOn - share.wentOn);
  crowd.further = Math.max(0, crowd.further - share.further);
  SHARES.forEach((_, i) => {
    crowd.sums[i] = Math.max(0, crowd.sums[i]! - share.sums[i]!);
  });
}

export function persistenceNats(crowd: Readonly<Persistence>): number {
  return Math.max(crowd.sums[0], crowd.sums[1]);
}

function mixed(sum: number, share: number): number {
  return Math.log(1 - share + share * Math.exp(Math.min(MOST_NATS, sum)));
}
