import type { Agenda } from '../core/agenda.js';
import { type Campaign, noteRequest } from '../core/campaigns.js';
import { nats } from '../core/likelihood.js';
import type { Part } from '../core/part.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally, newTally } from '../core/tally.js';
import type { Facts } from '../parts/facts.js';
import { campaignKey, type GuessScope, offenderName } from './guess-scopes.js';
import { JoinedCampaigns } from './joined-campaigns.js';
import { type Crowd, crowdNats, isUnresolved, type Waiting } from './name-crowd.js';
import type { NameNote } from './name-notes.js';
import type { NamePlace } from './name-place.js';
import { answerOf, type NameTry } from './name-tries.js';
import { type Asking, describe } from './names-statement.js';
import { type Persistence, persistenceNats } from './persistent-crowds.js';

const HALF_HOUR_MS = 1_800_000;

/** Without names a request may be about the same one again, as it is in three of five cases at least. */
export const HIDDEN_AGAIN = 0.6;

type Scope = Exclude<GuessScope, 'account'>;

/** A key whose evidence suffices. */
interface NameRow {
  readonly nats: number;
  readonly names: number;
  readonly strangers: number;
  readonly firstMs: number;
  readonly note: NameNote;
  /** Familiarity says something at this service. */
  readonly isMature: boolean;
}

/** Callers of one place who are accused together. */
interface PlaceCrowd
  extends Pick<Asking, 'names' | 'contacts' | 'expected' | 'usual' | 'usualSize' | 'wentOn' | 'nats'> {
  readonly sinceMs: number;
  readonly sources: readonly string[];
}

/** What is said of names asked about: of single keys, and of the crowds of a place; who acts together is one campaign. */
export class NameCampaigns implements Part {
  readonly #threshold: Threshold;
  readonly #campaigns: JoinedCampaigns<Asking>;

  constructor(agenda: Agenda, threshold: Threshold) {
    this.#threshold = threshold;
    this.#campaigns = new JoinedCampaigns(agenda, {
      type: 'user_enumeration',
      idleMs: HALF_HOUR_MS,
      describe,
    });
  }

  get isEmpty(): boolean {
    return this.#campaigns.isEmpty;
  }

  /** The open campaign of a key of the event, or of a place. */
  of(scope: Scope, facts: Facts): Campaign<Asking> | undefined {
    return this.#campaigns.get(facts.event.service, campaignKey(scope, facts));
  }

  ofPlace(place: NamePlace): Campaign<Asking> | undefined {
    return this.#campaigns.own(place.service, `place:${place.name}`);
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

  /** Callers at a place who go on, together. */
  accusePersistent(place: NamePlace, crowd: Persistence, atMs: number): void {
    this.#accusePlace(place, atMs, {
      names: crowd.further + crowd.wentOn,
      contacts: crowd.further + crowd.wentOn,
      expected: crowd.wentOn / Math.max(0.05, 1 - place.again),
      usual: place.again,
      usualSize: place.callers,
      wentOn: crowd.wentOn,
      nats: persistenceNats(crowd),
      sinceMs: Math.min(atMs, ...[...crowd.sources.values()].map((one) => one.firstMs)),
      sources: [...crowd.sources.keys()],
    });
  }

  /** Names at a place that nothing follows, from many addresses. */
  accuseCrowd(place: NamePlace, crowd: Crowd, atMs: number): void {
    this.#accusePlace(place, atMs, {
      names: crowd.unresolved,
      contacts: crowd.contacts,
      expected: crowd.expected,
      usual: crowd.expected / Math.max(1, crowd.contacts),
      usualSize: place.unresolved.size,
      wentOn: 0,
      nats: crowdNats(crowd),
      sinceMs: crowd.sinceMs,
      sources: crowd.sources,
    });
  }

  /** Many callers are accused together; beside single callers they are one campaign. */
  #accusePlace(place: NamePlace, atMs: number, crowd: PlaceCrowd): void {
    const open = this.#campaigns.at(place.service, place.id, crowd.sinceMs);
    if (open !== undefined) {
      open.data.members += crowd.sources.length;
      open.data.names += crowd.names;
      open.data.contacts += crowd.contacts;
      open.data.nats += crowd.nats;
      for (const source of crowd.sources) addToTally(open.sources, source);
      this.#campaigns.touch(open, atMs);
      return;
    }
    const { names, contacts, expected, usual, usualSize, wentOn, nats: sum } = crowd;
    const campaign = this.#campaigns.open({
      service: place.service,
      key: `place:${place.name}`,
      atMs,
      holdMs: 0,
      data: {
        scope: 'place',
        members: 1,
        placeId: place.id,
        offender: '',
        place: `${place.method} ${place.name}`,
        kind: place.kind,
        hasNames: true,
        names,
        strangers: names,
        answers: newTally(),
        nats: sum,
        threshold: this.#threshold.of(place.service),
        usual,
        usualSize,
        contacts,
        expected,
        wentOn,
        mature: true,
      },
    });
    campaign.firstMs = Math.min(crowd.sinceMs, atMs);
    campaign.requests = names;
    for (const source of crowd.sources) addToTally(campaign.sources, source);
    const route = `${place.method} ${place.name}`;
    addToTally(campaign.targets, `route:${route}`);
    addToTally(campaign.routes, route);
    this.#campaigns.touch(campaign, atMs, true);
  }

  /** A contact whose time is over, while a campaign of its place is open. */
  grow(campaign: Campaign<Asking>, one: Waiting): void {
    const { data } = campaign;
    data.contacts++;
    data.expected += data.usual;
    if (!isUnresolved(one)) return;
    campaign.requests++;
    data.names++;
    data.nats += nats(1, Math.max(0.5, data.usual)) / 2;
    if (one.source !== '') addToTally(campaign.sources, one.source);
    this.#campaigns.touch(campaign, one.atMs);
  }

  /** A key whose evidence suffices; beside others at the place it is one campaign with them. */
  accuse(scope: Scope, row: NameRow, facts: Facts, one: NameTry): void {
    const { event, atMs } = facts;
    const { note } = row;
    const key = campaignKey(scope, facts);
    let campaign = this.#campaigns.at(event.service, one.place.id, row.firstMs);
    if (campaign !== undefined) {
      this.#campaigns.join(campaign, key);
      campaign.data.members++;
      campaign.data.names += row.names;
      campaign.data.contacts += row.names;
      campaign.data.strangers += row.strangers;
      campaign.data.nats += row.nats;
      for (const [answer, times] of note.answers.counts) addToTally(campaign.data.answers, answer, times);
    }
    campaign ??= this.#campaigns.open({
      service: event.service,
      key,
      atMs,
      holdMs: 0,
      data: {
        scope,
        members: 1,
        placeId: one.place.id,
        offender: offenderName(scope, facts),
        place: event.operation !== '' ? event.operation : `${event.method} ${event.route}`,
        kind: one.place.kind,
        hasNames: one.hasName,
        names: row.names,
        strangers: row.strangers,
        answers: note.answers,
        nats: row.nats,
        threshold: this.#threshold.of(event.service),
        usual: one.hasName ? one.place.again : Math.max(HIDDEN_AGAIN, one.place.again),
        usualSize: one.place.callers,
        contacts: row.names,
        expected: 0,
        wentOn: 0,
        mature: row.isMature,
      },
    });
    campaign.firstMs = Math.min(row.firstMs, campaign.firstMs);
    campaign.requests += note.requests;
    for (const source of note.sources) addToTally(campaign.sources, source);
    for (const name of note.names) addToTally(campaign.targets, `account:${name}`);
    if (note.names.length === 0) addToTally(campaign.targets, `route:${one.place.name}`);
    if (event.actor !== '') addToTally(campaign.actors, event.actor);
    addToTally(campaign.routes, `${event.method} ${one.place.name}`);
    facts.tainted = true;
    this.#campaigns.touch(campaign, atMs, true);
  }

  /** A name asked about by a key that is already accused. */
  continue(
    campaign: Campaign<Asking>,
    facts: Facts,
    one: NameTry,
    weight: { readonly isStranger: boolean; readonly nats: number },
  ): void {
    const { event, atMs } = facts;
    const { data } = campaign;
    facts.tainted = true;
    noteRequest(campaign, event);
    if (one.isNew) {
      data.names++;
      data.contacts++;
      if (weight.isStranger) data.strangers++;
      data.nats += Math.max(0, weight.nats);
      addToTally(data.answers, answerOf(event));
      if (event.authIdentifier !== '') addToTally(campaign.targets, `account:${event.authIdentifier}`);
    }
    this.#campaigns.touch(campaign, atMs);
  }
}
