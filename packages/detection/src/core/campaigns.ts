import type { AlertType, Discount, Evidence, Finding, Outcome } from '@vedette/protocol';
import type { Agenda } from './agenda.js';
import { addToTally, newTally, type Tally, tallySize, topOf } from './tally.js';
import { capitalised } from './words.js';

/** Two statements of one campaign are at least this far apart, unless something urgent happened. */
const REPEAT_MS = 1_000;
/** How long a finding is held where an outage or a broken release would look the same. */
export const HOLD_MS = 60_000;
/** Names in one finding; of sources and actors so many that whoever takes part in a large campaign is named. */
const LISTED = 50;
const PARTICIPANTS = 1_000;
/** A long list is not repeated every second: every second for each hundred names. */
const NAMES_PER_REPEAT = 100;
/** Accounts that got in, named at most. */
const COMPROMISED = 200;
/** Open campaigns of one detector; past it the longest quiet one closes. */
const MAX_OPEN = 10_000;

/** What a detector knows of one attack while it lasts. Plain data; `data` is the detector's own part, plain as well. */
export interface Campaign<D> {
  readonly key: string;
  readonly service: string;
  firstMs: number;
  lastMs: number;
  requests: number;
  readonly sources: Tally;
  readonly actors: Tally;
  readonly targets: Tally;
  readonly routes: Tally;
  readonly compromised: string[];
  /** Nothing is said before this event time; 0 when it is not held. */
  heldUntilMs: number;
  /** Event time of the last statement; 0 before the first. */
  saidMs: number;
  dirty: boolean;
  readonly data: D;
}

/** What a detector has to say about a campaign; the rest of the finding is the same for all. */
export interface Statement {
  readonly title: string;
  readonly summary: string;
  readonly evidence: readonly Evidence[];
  readonly logLikelihood: number;
  readonly threshold: number;
  readonly units: number;
  readonly outcome: Outcome;
  readonly discounts: readonly Discount[];
}

export interface CampaignsOptions<D> {
  readonly type: AlertType;
  /** A campaign without a request for this long is over; a slow one gets six of its own usual gaps, at most a day. */
  readonly idleMs: number;
  readonly describe: (campaign: Campaign<D>) => Statement;
  /** Asked when a hold ends: say it, or forget it. */
  readonly confirm?: (campaign: Campaign<D>, nowMs: number) => boolean;
  /** Told when a hold ended and the campaign stands. */
  readonly confirmed?: (campaign: Campaign<D>, nowMs: number) => void;
  /** Told when a campaign is over, said or not. */
  readonly closed?: (campaign: Campaign<D>) => void;
}

/**
 * The open campaigns of one detector: opening, holding, saying (at once, then about once a second), withdrawing, closing
 * after quiet. Statements are cumulative.
 */
export class Campaigns<D> {
  readonly #open = new Map<string, Campaign<D>>();
  readonly #options: CampaignsOptions<D>;
  readonly #agenda: Agenda;

  constructor(agenda: Agenda, options: CampaignsOptions<D>) {
    this.#agenda = agenda;
    this.#options = options;
  }

  get(service: string, key: string): Campaign<D> | undefined {
    return this.#open.size === 0 ? undefined : this.#open.get(`${service}\n${key}`);
  }

  /** As `get`, with the key made only when there is a campaign at all: for what is asked about every event. */
  find<A>(service: string, keyOf: (about: A) => string, about: A): Campaign<D> | undefined {
    return this.#open.size === 0 ? undefined : this.#open.get(`${service}\n${keyOf(about)}`);
  }

  /** Number of open campaigns. */
  get size(): number {
    return this.#open.size;
  }

  /** All open campaigns, in order of opening. */
  all(): Iterable<Campaign<D>> {
    return this.#open.values();
  }

  open(start: { service: string; key: string; atMs: number; holdMs: number; data: D }): Campaign<D> {
    if (this.#open.size >= MAX_OPEN) this.#closeQuietest();
    const campaign: Campaign<D> = {
      key: start.key,
      service: start.service,
      firstMs: start.atMs,
      lastMs: start.atMs,
      requests: 0,
      sources: newTally(),
      actors: newTally(),
      targets: newTally(),
      routes: newTally(),
      compromised: [],
      heldUntilMs: start.holdMs > 0 && this.#agenda.mayHold ? start.atMs + start.holdMs : 0,
      saidMs: 0,
      dirty: true,
      data: start.data,
    };
    this.#open.set(`${start.service}\n${start.key}`, campaign);
    this.#agenda.at(this.#dueMs(campaign));
    return campaign;
  }

  /** A campaign changed at `atMs`; `urgent` changes are said at once. */
  touch(campaign: Campaign<D>, atMs: number, urgent = false): void {
    if (atMs > campaign.lastMs) campaign.lastMs = atMs;
    if (atMs < campaign.firstMs) campaign.firstMs = atMs;
    campaign.dirty = true;
    if (campaign.heldUntilMs > 0) return;
    const nowMs = this.#agenda.nowMs;
    if (urgent || campaign.saidMs === 0 || nowMs - campaign.saidMs >= repeatMs(campaign))
      this.#say(campaign, nowMs, 'open');
    else this.#agenda.at(campaign.saidMs + repeatMs(campaign));
  }

  /** Ends a hold early: nothing harmless looks like this any more. */
  release(campaign: Campaign<D>, atMs: number): void {
    if (campaign.heldUntilMs === 0) return;
    campaign.heldUntilMs = 0;
    this.touch(campaign, atMs, true);
  }

  /** Takes back what was said: it was harmless. */
  withdraw(campaign: Campaign<D>, nowMs: number): void {
    if (campaign.saidMs > 0) this.#say(campaign, nowMs, 'withdrawn');
    this.#close(campaign);
  }

  /** Does what is due at `nowMs`. */
  tick(nowMs: number): void {
    for (const campaign of this.#open.values()) {
      if (this.#dueMs(campaign) <= nowMs) this.#settle(campaign, nowMs);
      if (this.#open.has(`${campaign.service}\n${campaign.key}`)) this.#agenda.at(this.#dueMs(campaign));
    }
  }

  /** End of input: says what has not been said, closes all. */
  flush(nowMs: number): void {
    for (const campaign of [...this.#open.values()]) {
      if (campaign.heldUntilMs > 0) this.#settle(campaign, nowMs);
      if (campaign.heldUntilMs === 0 && campaign.dirty) this.#say(campaign, nowMs, 'open');
      this.#close(campaign);
    }
  }

  save(): unknown {
    return [...this.#open.values()];
  }

  load(saved: unknown): void {
    this.#open.clear();
    for (const campaign of saved as Campaign<D>[]) {
      this.#open.set(`${campaign.service}\n${campaign.key}`, campaign);
      this.#agenda.at(this.#dueMs(campaign));
    }
  }

  #dueMs(campaign: Campaign<D>): number {
    if (campaign.heldUntilMs > 0) return campaign.heldUntilMs;
    const overMs = this.#overMs(campaign);
    return campaign.dirty ? Math.min(campaign.saidMs + repeatMs(campaign), overMs) : overMs;
  }

  #overMs(campaign: Campaign<D>): number {
    return campaign.lastMs + patienceMs(this.#options.idleMs, campaign.firstMs, campaign.lastMs, campaign.requests);
  }

  #settle(campaign: Campaign<D>, nowMs: number): void {
    if (campaign.heldUntilMs > 0) {
      if (this.#options.confirm && !this.#options.confirm(campaign, nowMs)) {
        this.#close(campaign);
        return;
      }
      campaign.heldUntilMs = 0;
      this.#options.confirmed?.(campaign, nowMs);
    }
    if (campaign.dirty) this.#say(campaign, nowMs, 'open');
    if (nowMs >= this.#overMs(campaign)) this.#close(campaign);
  }

  #close(campaign: Campaign<D>): void {
    this.#open.delete(`${campaign.service}\n${campaign.key}`);
    this.#options.closed?.(campaign);
  }

  #closeQuietest(): void {
    let quietest: Campaign<D> | undefined;
    for (const campaign of this.#open.values()) {
      if (quietest === undefined || campaign.lastMs < quietest.lastMs) quietest = campaign;
    }
    if (quietest !== undefined) this.#close(quietest);
  }

  #say(campaign: Campaign<D>, atMs: number, state: Finding['state']): void {
    campaign.dirty = false;
    campaign.saidMs = atMs;
    const statement = this.#options.describe(campaign);
    this.#agenda.emit({
      type: this.#options.type,
      campaignKey: campaign.key,
      state,
      service: campaign.service,
      atMs,
      firstSeenMs: campaign.firstMs,
      lastSeenMs: campaign.lastMs,
      sources: topOf(campaign.sources, PARTICIPANTS),
      sourceCount: tallySize(campaign.sources),
      actors: topOf(campaign.actors, PARTICIPANTS),
      actorCount: tallySize(campaign.actors),
      targets: topOf(campaign.targets, LISTED),
      targetCount: tallySize(campaign.targets),
      routes: topOf(campaign.routes, LISTED),
      compromised: [...campaign.compromised],
      requests: campaign.requests,
      ...statement,
      summary: capitalised(statement.summary),
    });
  }
}

function repeatMs(campaign: Campaign<unknown>): number {
  const names = campaign.sources.counts.size + campaign.actors.counts.size;
  return REPEAT_MS * Math.max(1, Math.ceil(names / NAMES_PER_REPEAT));
}

/**
 * How long a campaign may be quiet before it is over: `idleMs`, or for a slow one six of its mean gaps (with exponential
 * gaps a longer pause has a chance of e⁻⁶ = 0.2 %), at most a day.
 */
export function patienceMs(idleMs: number, firstMs: number, lastMs: number, requests: number): number {
  const gapMs = requests > 1 ? (lastMs - firstMs) / (requests - 1) : 0;
  return Math.min(Math.max(idleMs, 6 * gapMs), Math.max(idleMs, 86_400_000));
}

/** Notes an account that got in, once. @returns whether it was new */
export function noteCompromised(campaign: Campaign<unknown>, account: string): boolean {
  if (campaign.compromised.length >= COMPROMISED || campaign.compromised.includes(account)) return false;
  campaign.compromised.push(account);
  return true;
}

/** Counts one request of the campaign: where it came from and which route it used. */
export function noteRequest(
  campaign: Campaign<unknown>,
  event: { readonly source: string; readonly actor: string; readonly method: string; readonly route: string },
): void {
  campaign.requests++;
  if (event.source !== '') addToTally(campaign.sources, event.source);
  if (event.actor !== '') addToTally(campaign.actors, event.actor);
  if (event.route !== '') addToTally(campaign.routes, `${event.method} ${event.route}`);
}
