import type { Agenda } from '../core/agenda.js';
import { type Campaign, noteCompromised, noteRequest } from '../core/campaigns.js';
import { nats } from '../core/likelihood.js';
import type { Part } from '../core/part.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import type { Facts } from '../parts/facts.js';
import { type Crowd, crowdNats } from './code-crowd.js';
import type { CodeTry } from './code-tries.js';
import { campaignKey, type GuessScope, offenderName } from './guess-scopes.js';
import { JoinedCampaigns } from './joined-campaigns.js';
import { describe, type Guessing } from './token-statement.js';

const HALF_HOUR_MS = 1_800_000;
/** Of guesses nearly all fail: a six-digit number is right once in a million, a gift card's rarely more often. */
export const GUESS_FAILS = 0.98;
/** Without codes a failure may be the same code once more, as it is in three of five cases at least. */
export const HIDDEN_AGAIN = 0.6;
/** Who has tried so many wrong codes without a right one has given up, or guesses. */
export const GIVE_UP = 3;

/** What is remembered of a key under suspicion, to name names when it is accused. */
export interface Note {
  requests: number;
  readonly sources: string[];
  readonly actors: string[];
  readonly routes: string[];
}

/** A key whose evidence suffices. */
interface CodeRow {
  readonly nats: number;
  readonly failed: number;
  readonly succeeded: number;
  readonly firstMs: number;
  readonly note: Note;
}

/** What is said of codes guessed: of single keys, and of the crowds of a place; who acts together is one campaign. */
export class CodeCampaigns implements Part {
  readonly #agenda: Agenda;
  readonly #threshold: Threshold;
  readonly #campaigns: JoinedCampaigns<Guessing>;

  constructor(agenda: Agenda, threshold: Threshold) {
    this.#agenda = agenda;
    this.#threshold = threshold;
    this.#campaigns = new JoinedCampaigns(agenda, {
      type: 'token_enumeration',
      idleMs: HALF_HOUR_MS,
      describe,
    });
  }

  get isEmpty(): boolean {
    return this.#campaigns.isEmpty;
  }

  /** The open campaign of a key of the event. */
  of(scope: GuessScope, facts: Facts): Campaign<Guessing> | undefined {
    return this.#campaigns.get(facts.event.service, campaignKey(scope, facts));
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return this.#campaigns.save();
  }

  load(saved: unknown): void {
    this.#campaigns.load(saved);
  }

  /** One more caller gave up at a place whose crowd is accused. @returns false when there is no such campaign */
  gaveUp(facts: Facts): boolean {
    const { event, atMs } = facts;
    const open = this.#campaigns.own(event.service, placeKey(facts));
    if (open === undefined) return false;
    facts.tainted = true;
    noteRequest(open, event);
    open.data.gaveUp++;
    open.data.failed += GIVE_UP;
    open.data.callers++;
    open.data.nats += Math.log(4) / 2;
    this.#campaigns.touch(open, atMs);
    return true;
  }

  /** Callers who gave up at a place, together. */
  accuseCrowd(crowd: Crowd, facts: Facts, one: CodeTry): void {
    const { event, atMs } = facts;
    const sinceMs = Math.min(atMs, ...[...crowd.callers.values()].map((caller) => caller.firstMs));
    const beside = this.#campaigns.at(event.service, one.place.id, sinceMs);
    if (beside !== undefined && !one.place.isOtp) {
      // A crowd beside single callers: the campaign is larger than they are.
      beside.data.members += crowd.gaveUp;
      beside.data.failed += crowd.gaveUp * GIVE_UP;
      beside.data.nats += crowdNats(crowd);
      nameCallers(beside, crowd);
      this.#campaigns.touch(beside, atMs);
      return;
    }
    const campaign = this.#campaigns.open({
      service: event.service,
      key: placeKey(facts),
      atMs,
      holdMs: 0,
      data: {
        ...this.#common(facts, one),
        scope: 'place',
        offender: '',
        failed: crowd.gaveUp * GIVE_UP,
        succeeded: 0,
        nats: crowdNats(crowd),
        usual: crowd.expected / Math.max(1, crowd.newcomers),
        usualSize: one.place.size,
        callers: crowd.newcomers,
        gaveUp: crowd.gaveUp,
      },
    });
    campaign.firstMs = sinceMs;
    campaign.requests = crowd.gaveUp * GIVE_UP;
    nameCallers(campaign, crowd);
    addToTally(campaign.routes, crowd.route);
    addToTally(campaign.targets, `route:${crowd.route}`);
    facts.tainted = true;
    this.#campaigns.touch(campaign, atMs, true);
  }

  /** One who had given up has found a right code. */
  takeBack(facts: Facts): void {
    const { event } = facts;
    const open = this.#campaigns.own(event.service, placeKey(facts));
    if (open === undefined) return;
    open.data.gaveUp--;
    open.sources.counts.delete(event.source);
    open.actors.counts.delete(event.actor);
  }

  /** A key whose evidence suffices; beside others at the place it is one campaign with them. */
  accuse(scope: GuessScope, row: CodeRow, facts: Facts, one: CodeTry): void {
    const { event, atMs } = facts;
    const { note } = row;
    const key = campaignKey(scope, facts);
    // Who guesses coupons at one place at one time acts together; accounts are attacked one by one.
    let campaign = one.place.isOtp ? undefined : this.#campaigns.at(event.service, one.place.id, row.firstMs);
    if (campaign !== undefined) {
      this.#campaigns.join(campaign, key);
      campaign.data.members++;
      campaign.data.failed += row.failed;
      campaign.data.succeeded += row.succeeded;
      campaign.data.nats += row.nats;
    }
    campaign ??= this.#campaigns.open({
      service: event.service,
      key,
      atMs,
      holdMs: 0,
      data: {
        ...this.#common(facts, one),
        scope,
        offender: offenderName(scope, facts),
        failed: row.failed,
        succeeded: row.succeeded,
        nats: row.nats,
        usual: one.place.failShare(true, this.#agenda.nowMs),
        usualSize: one.place.size,
        callers: 1,
        gaveUp: 0,
      },
    });
    campaign.firstMs = Math.min(row.firstMs, campaign.firstMs);
    campaign.requests += note.requests;
    for (const name of note.sources) addToTally(campaign.sources, name);
    for (const name of note.actors) addToTally(campaign.actors, name);
    for (const name of note.routes) addToTally(campaign.routes, name);
    addToTally(campaign.targets, targetOf(facts, one));
    facts.tainted = true;
    this.#campaigns.touch(campaign, atMs, true);
  }

  /** A try by a key, or at an account, that is already accused. */
  continue(campaign: Campaign<Guessing>, facts: Facts, one: CodeTry): void {
    const { event, atMs } = facts;
    const { data } = campaign;
    facts.tainted = true;
    noteRequest(campaign, event);
    addToTally(campaign.targets, targetOf(facts, one));
    let isHit = false;
    if (one.outcome === 'ok') {
      if (one.isNew) data.succeeded++;
      isHit = one.isNew;
      if (one.isNew && event.authIdentifier !== '') noteCompromised(campaign, event.authIdentifier);
    } else if (one.isNew) {
      data.failed++;
      const share = one.place.failShare(true, this.#agenda.nowMs);
      data.nats += nats(GUESS_FAILS, one.hasCode ? share : Math.max(HIDDEN_AGAIN, share));
    }
    this.#campaigns.touch(campaign, atMs, isHit);
  }

  #common(
    facts: Facts,
    one: CodeTry,
  ): Pick<Guessing, 'place' | 'placeId' | 'members' | 'isOtp' | 'hasCode' | 'threshold'> {
    const { event } = facts;
    const place = event.operation !== '' ? event.operation : `${event.method} ${event.route}`;
    return {
      place,
      placeId: one.place.id,
      members: 1,
      isOtp: one.place.isOtp,
      hasCode: one.hasCode,
      threshold: this.#threshold.of(event.service),
    };
  }
}

function nameCallers(campaign: Campaign<Guessing>, crowd: Crowd): void {
  for (const [source, { actors }] of crowd.callers) {
    if (source !== '') addToTally(campaign.sources, source);
    for (const actor of actors) addToTally(campaign.actors, actor);
  }
}

function placeKey(facts: Facts): string {
  const { event } = facts;
  return `place:${event.operation !== '' ? event.operation : event.route}`;
}

function targetOf(facts: Facts, one: CodeTry): string {
  const { event } = facts;
  if (one.place.isOtp && event.authIdentifier !== '') return `account:${event.authIdentifier}`;
  return `route:${event.operation !== '' ? event.operation : `${event.method} ${event.route}`}`;
}
