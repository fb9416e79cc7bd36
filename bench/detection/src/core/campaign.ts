import type { AlertType } from '@vedette/protocol';
import type { Exchange } from './exchange.js';

/** How well an attack hides: `easy` is loud and from one place, `hard` is spread or slow. */
export const STRENGTHS = ['easy', 'medium', 'hard'] as const;
export type Strength = (typeof STRENGTHS)[number];

/** What a campaign gained at one moment. */
export interface Gain {
  readonly atMs: number;
  readonly accounts: number;
  readonly objects: number;
  readonly bytes: number;
}

/** One attack as it really happened: the ground truth that alerts are measured against. */
export class Campaign {
  /** Start of every hostile request (cover left out), in the order sent. */
  readonly timesMs: number[] = [];
  /** Hostile requests by client address. */
  readonly sources = new Map<string, number>();
  readonly actors = new Set<string>();
  readonly sessions = new Set<string>();
  /** Account pseudonyms that were tried. */
  readonly accounts = new Set<string>();
  /** Account pseudonyms that got in. */
  readonly compromised = new Set<string>();
  readonly gains: Gain[] = [];
  /** Account pseudonyms that the attackers registered themselves: entering them is no takeover. */
  readonly ownAccounts = new Set<string>();
  /** Types that are true of it besides its own, because of what happened (a hit is a takeover). */
  readonly alsoTrue = new Set<AlertType>();
  /** False where nobody attacks: a release that leaks data is a posture finding, its readers are ordinary users. */
  participantsAreHostile = true;
  /** False for what only accompanies the attacks (a flood of keys): it need not be found, but is no innocent either. */
  isTested = true;

  constructor(
    readonly id: string,
    readonly type: AlertType,
    readonly strength: Strength,
    readonly service: string,
    /** One line for people: how it was done and with which numbers. */
    readonly description: string,
  ) {}

  /** Notes a hostile request. Called by the world for every exchange that carries this campaign. */
  record(exchange: Exchange): void {
    if (!exchange.isCover) this.timesMs.push(exchange.startMs);
    const address = exchange.client.address;
    this.sources.set(address, (this.sources.get(address) ?? 0) + 1);
    if (exchange.actor !== '') this.actors.add(exchange.actor);
    if (exchange.session !== '') this.sessions.add(exchange.session);
    if (exchange.authIdentifier !== '') this.accounts.add(exchange.authIdentifier);
  }

  /** Notes that an account was entered: the login's campaign is then a takeover too. */
  enter(atMs: number, account: string): void {
    if (this.compromised.has(account) || this.ownAccounts.has(account)) return;
    this.compromised.add(account);
    this.alsoTrue.add('account_takeover');
    this.gains.push({ atMs, accounts: 1, objects: 0, bytes: 0 });
  }

  /** Notes data that left. */
  gain(atMs: number, objects: number, bytes: number): void {
    this.gains.push({ atMs, accounts: 0, objects, bytes });
  }

  get startMs(): number {
    return this.timesMs.length === 0 ? Number.NaN : minimum(this.timesMs);
  }

  get endMs(): number {
    return this.timesMs.length === 0 ? Number.NaN : maximum(this.timesMs);
  }
}

function minimum(values: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < least) least = value;
  return least;
}

function maximum(values: readonly number[]): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > most) most = value;
  return most;
}
