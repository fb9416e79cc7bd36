import { type Campaign, Campaigns, noteRequest } from '../core/campaigns.js';
import { hashText, type Key, mixNumber, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { clamp, nats } from '../core/likelihood.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally, newTally, type Tally } from '../core/tally.js';
import { shortName } from '../core/words.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { JoinedCampaigns } from './joined-campaigns.js';
import { type Crowd, crowdNats, isUnresolved, NameCrowds, type Waiting } from './name-crowd.js';
import type { NamePlace } from './name-place.js';
import { answerOf, NameTries, type NameTry } from './name-tries.js';
import { type Asking, describe } from './names-statement.js';

const HOUR_MS = 3_600_000;
/** One request in twenty asks about a name at most, for three kinds of key (reference 3.3). */
const UPDATES_PER_MILLION = 200_000;
/** Who walks through a list always goes on. */
const GOES_ON = 0.98;
/** Of names in a list at most a third have an account here (published 3 %, Trello); of people who reset, nine in ten. */
const KNOWN = { attack: 0.35, benign: 0.9 } as const;
/** The same where a strange name may be a slip or another address of theirs: kept small on purpose. */
const STRANGE = { attack: 0.65, benign: 0.3 } as const;
/** Without names a request may be about the same one again, as it is in three of five cases at least. */
const HIDDEN_AGAIN = 0.6;
/** Names below which no one is accused (reference 5.5), and requests where names are hidden. */
const MIN_NAMES = 15;
const MIN_HIDDEN = 30;
/** An address book holds some hundreds of people, seldom thousands: an app may compare it with the users. */
const ADDRESS_BOOK = 2_000;
/** An address with more returning users than this is shared. */
const SHARED_USERS = 10;
const MIN_SOURCES = 3;
const NOTED = 64;
/** Two unrelated campaigns at one place are days apart at the worst rates published (reference 1.2). */
const TOGETHER_MS = 900_000;

const SCOPES = ['who', 'source', 'prefix'] as const;
type Scope = (typeof SCOPES)[number];
const NO_SCOPES: readonly Scope[] = [];
const SCOPE_TAG: Readonly<Record<Scope, number>> = { who: 81, source: 82, prefix: 83 };

const COLUMNS = { nats: 'f32', names: 'u32', strangers: 'u32', firstMs: 'f64' } as const;

/** What is remembered of a key under suspicion, to name names when it is accused. */
interface Note {
  requests: number;
  readonly sources: string[];
  readonly names: string[];
  readonly answers: Tally;
}

/**
 * User enumeration: many names are asked about, at the sign-up, the password reset or a look-up, and nothing follows.
 *
 * Listens to tries of names (name-tries.ts). Keeps, per caller, address and network, a sequential test of new names
 * against how many callers go on to another name here; names that log in here speak for people, strange ones against. A
 * name whose account logs in within ten minutes, or whose client turns up as somebody known, takes its evidence back:
 * a wave of sign-ups or resets goes on into use. Names asked about from many addresses, few each, are found by how many
 * have no consequence (name-crowd.ts). Failing logins are other detectors' business.
 */
class UserEnumeration implements Detector {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #tries: NameTries;
  readonly #rows: KeyTable<typeof COLUMNS>;
  readonly #notes = new Map<number, Note>();
  readonly #crowds = new NameCrowds();
  readonly #campaigns: Campaigns<Asking>;
  readonly #joined: JoinedCampaigns<Asking>;
  readonly #key = newKey();

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('user_enumeration', UPDATES_PER_MILLION);
    this.#tries = new NameTries(room);
    this.#rows = new KeyTable({ name: 'names asked', maxKeys: room.keys, ttlMs: 24 * HOUR_MS, columns: COLUMNS });
    this.#rows.onRemove = (slot) => this.#notes.delete(slot);
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'user_enumeration',
      idleMs: HOUR_MS / 2,
      describe,
      closed: (campaign) => this.#joined.forget(campaign),
    });
    this.#joined = new JoinedCampaigns(this.#campaigns);
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#rows, this.#tries.table] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    if (!this.#crowds.isEmpty) this.#follow(facts);
    const one = this.#tries.read(facts);
    if (one === null || !facts.hasSource) return;
    for (const scope of this.#joined.isEmpty ? NO_SCOPES : SCOPES) {
      const campaign = this.#joined.get(facts.event.service, campaignKey(scope, facts));
      if (campaign === undefined) continue;
      this.#continue(campaign, facts, one);
      return;
    }
    if (!one.isNew) return;
    one.place.count(one.nth);
    if (one.nth <= 3 && !facts.tainted) one.place.failed.vote(one.failed, facts.atMs);
    const isStranger = !one.hasName || one.place.kind !== 'reset' || !this.#isKnown(one, facts);
    const added: { hi: number; lo: number; nats: number }[] = [];
    const isShared = this.#parts.population.users(facts) > SHARED_USERS;
    for (const scope of SCOPES) {
      if (!applies(scope, facts, one, isShared)) continue;
      if (this.#weigh(scope, facts, { one, isStranger, added })) return;
    }
    this.#crowds.wait({
      atMs: facts.atMs,
      placeId: one.place.id,
      hiddenFailed: one.hasName && one.place.kind !== 'lookup' ? null : one.failed,
      client: facts.sourceClient.lo,
      nameHi: one.hasName ? one.name.hi : 0,
      nameLo: one.hasName ? one.name.lo : 0,
      source: this.#isNewHere(facts) ? facts.event.source : '',
      isStranger,
      mayVote: one.nth <= 3 && !facts.tainted,
      added,
      resolved: false,
      resolvedBy: 0,
    });
    this.#parts.agenda.at(this.#crowds.dueMs);
  }

  tick(nowMs: number): void {
    this.#settleDue(nowMs);
    this.#parts.agenda.at(this.#crowds.dueMs);
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#settleDue(nowMs);
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return {
      tries: this.#tries.save(),
      rows: this.#rows.save(),
      notes: this.#notes,
      crowds: this.#crowds.save(),
      campaigns: this.#campaigns.save(),
      joined: this.#joined.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#tries.load(from.tries);
    this.#rows.load(from.rows);
    for (const [slot, note] of from.notes as Map<number, Note>) this.#notes.set(slot, note);
    this.#crowds.load(from.crowds);
    this.#campaigns.load(from.campaigns);
    this.#joined.load(from.joined);
  }

  /** The address was not here a day ago: it may have been rented for this. */
  #isNewHere(facts: Facts): boolean {
    const before = this.#parts.population.seenBefore(facts);
    return before === null || facts.atMs - before.firstMs < 24 * HOUR_MS;
  }

  #isKnown(one: NameTry, facts: Facts): boolean {
    return this.#parts.logins.isKnown(one.name, facts.atMs);
  }

  /** Adds a name to one key's evidence. @returns whether the key is accused now */
  #weigh(
    scope: Scope,
    facts: Facts,
    tried: { one: NameTry; isStranger: boolean; added: { hi: number; lo: number; nats: number }[] },
  ): boolean {
    const { atMs } = facts;
    const { one, isStranger, added } = tried;
    mixNumber(SCOPE_TAG[scope], scopeKey(scope, facts), one.place.id, this.#key);
    const slot = this.#rows.open(this.#key, atMs);
    const { columns } = this.#rows;
    if (this.#rows.fresh) columns.firstMs[slot] = atMs;
    const weight = this.#nats(one, isStranger, facts);
    columns.nats[slot]! += weight;
    columns.names[slot]!++;
    if (isStranger) columns.strangers[slot]!++;
    this.#rows.suspicion[slot] = Math.max(0, columns.nats[slot]!);
    if (columns.nats[slot]! <= 0) {
      this.#rows.remove(slot);
      return false;
    }
    added.push({ hi: this.#key.hi, lo: this.#key.lo, nats: weight });
    const note = this.#note(slot, facts);
    const isBook = one.place.kind === 'lookup' && facts.whoKind === 'actor';
    const minimum = isBook ? ADDRESS_BOOK : one.hasName ? MIN_NAMES : MIN_HIDDEN;
    if (columns.nats[slot]! < this.#threshold.of(facts.event.service) || columns.names[slot]! < minimum) return false;
    if (scope === 'prefix' && note.sources.length < MIN_SOURCES) return false;
    this.#accuse(scope, slot, note, facts, one);
    return true;
  }

  /** Nats of one more name. */
  #nats(one: NameTry, isStranger: boolean, facts: Facts): number {
    const { place } = one;
    if (!one.hasName) {
      const goesOn = nats(GOES_ON, Math.max(HIDDEN_AGAIN, place.again));
      if (place.kind !== 'reset') return goesOn;
      const failShare = clamp(place.failed.rate, STRANGE.benign, 0.9);
      return (
        goesOn + (one.failed ? nats(Math.max(STRANGE.attack, failShare), failShare) : nats(KNOWN.attack, 1 - failShare))
      );
    }
    const goesOn = nats(GOES_ON, place.again);
    const isMature = this.#parts.logins.services.of(facts.event.service).isMature;
    if (place.kind !== 'reset' || !isMature) return goesOn;
    return goesOn + (isStranger ? nats(STRANGE.attack, STRANGE.benign) : nats(KNOWN.attack, KNOWN.benign));
  }

  /** What follows a contact: the account logs in, or the client is somebody known. */
  #follow(facts: Facts): void {
    const { login } = facts;
    if (login.active && login.ok && login.hasId) {
      for (const one of this.#crowds.resolveName(login.id.hi, login.id.lo)) this.#takeBack(one, facts.atMs);
    }
    const { event } = facts;
    let by = 0;
    if (facts.whoKind === 'actor') by = facts.who.lo;
    else if (event.authCode !== '' && event.status < 400) {
      // The link of the mail was followed: its reader had asked for it.
      hashText(event.authCode, 0, this.#key);
      by = this.#key.lo;
    }
    if (by === 0) return;
    const resolved = this.#crowds.resolveClient(facts.sourceClient.lo, by);
    if (resolved !== null) this.#takeBack(resolved, facts.atMs);
  }

  #takeBack(one: Waiting, atMs: number): void {
    for (const { hi, lo, nats: weight } of one.added) {
      const slot = this.#rows.find({ hi, lo }, atMs);
      if (slot < 0) continue;
      const { columns } = this.#rows;
      columns.nats[slot]! -= weight;
      columns.names[slot] = Math.max(0, columns.names[slot]! - 1);
      if (columns.nats[slot]! <= 0.01) this.#rows.remove(slot);
    }
  }

  /** Contacts that are ten minutes old go to the test of their place. */
  #settleDue(nowMs: number): void {
    for (const one of this.#crowds.due(nowMs)) {
      const place = this.#tries.placeOf(one.placeId);
      if (place === undefined) continue;
      const open = this.#campaigns.get(place.service, `place:${place.name}`);
      if (open !== undefined) {
        this.#grow(open, one);
        continue;
      }
      // Who asks for many names is found alone.
      if (!one.mayVote) continue;
      const crowd = this.#crowds.count(place, one);
      if (crowd !== null && crowdNats(crowd) >= this.#threshold.of(place.service))
        this.#accuseCrowd(place, crowd, one.atMs);
      else place.unresolved.vote(isUnresolved(one), one.atMs);
    }
  }

  /** Who walks through names at one place at one time acts together: an open campaign there, or undefined. */
  #home(place: NamePlace, firstMs: number): Campaign<Asking> | undefined {
    for (const campaign of this.#campaigns.all()) {
      if (campaign.service !== place.service || campaign.data.placeId !== place.id) continue;
      if (firstMs <= campaign.lastMs + TOGETHER_MS) return campaign;
    }
    return undefined;
  }

  #accuseCrowd(place: NamePlace, crowd: Crowd, atMs: number): void {
    const open = this.#home(place, crowd.sinceMs);
    if (open !== undefined) {
      // A crowd beside single callers: the campaign is larger than they are.
      open.data.members += crowd.sources.length;
      open.data.names += crowd.unresolved;
      open.data.contacts += crowd.contacts;
      open.data.nats += crowdNats(crowd);
      for (const source of crowd.sources) addToTally(open.sources, source);
      this.#crowds.forget(place);
      this.#campaigns.touch(open, atMs);
      return;
    }
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
        names: crowd.unresolved,
        strangers: crowd.unresolved,
        answers: newTally(),
        nats: crowdNats(crowd),
        threshold: this.#threshold.of(place.service),
        usual: crowd.expected / Math.max(1, crowd.contacts),
        usualSize: place.unresolved.size,
        contacts: crowd.contacts,
        expected: crowd.expected,
        mature: true,
      },
    });
    campaign.firstMs = Math.min(crowd.sinceMs, atMs);
    campaign.requests = crowd.unresolved;
    for (const source of crowd.sources) addToTally(campaign.sources, source);
    const route = `${place.method} ${place.name}`;
    addToTally(campaign.targets, `route:${route}`);
    addToTally(campaign.routes, route);
    this.#crowds.forget(place);
    this.#campaigns.touch(campaign, atMs, true);
  }

  /** A contact whose time is over, while a campaign of its place is open. */
  #grow(campaign: Campaign<Asking>, one: Waiting): void {
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

  #accuse(scope: Scope, slot: number, note: Note, facts: Facts, one: NameTry): void {
    const { event, atMs } = facts;
    const { columns } = this.#rows;
    const key = campaignKey(scope, facts);
    let campaign = this.#home(one.place, columns.firstMs[slot]!);
    if (campaign !== undefined) {
      this.#joined.join(campaign, key);
      campaign.data.members++;
      campaign.data.names += columns.names[slot]!;
      campaign.data.contacts += columns.names[slot]!;
      campaign.data.strangers += columns.strangers[slot]!;
      campaign.data.nats += columns.nats[slot]!;
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
        names: columns.names[slot]!,
        strangers: columns.strangers[slot]!,
        answers: note.answers,
        nats: columns.nats[slot]!,
        threshold: this.#threshold.of(event.service),
        usual: one.hasName ? one.place.again : Math.max(HIDDEN_AGAIN, one.place.again),
        usualSize: one.place.callers,
        contacts: columns.names[slot]!,
        expected: 0,
        mature: this.#parts.logins.services.of(event.service).isMature,
      },
    });
    campaign.firstMs = Math.min(columns.firstMs[slot]!, campaign.firstMs);
    campaign.requests += note.requests;
    for (const source of note.sources) addToTally(campaign.sources, source);
    for (const name of note.names) addToTally(campaign.targets, `account:${name}`);
    if (note.names.length === 0) addToTally(campaign.targets, `route:${one.place.name}`);
    if (event.actor !== '') addToTally(campaign.actors, event.actor);
    addToTally(campaign.routes, `${event.method} ${one.place.name}`);
    this.#rows.remove(slot);
    facts.tainted = true;
    this.#campaigns.touch(campaign, atMs, true);
  }

  /** A name asked about by a key that is already accused. */
  #continue(campaign: Campaign<Asking>, facts: Facts, one: NameTry): void {
    const { event, atMs } = facts;
    const { data } = campaign;
    facts.tainted = true;
    noteRequest(campaign, event);
    if (one.isNew) {
      const isStranger = !one.hasName || one.place.kind !== 'reset' || !this.#isKnown(one, facts);
      data.names++;
      data.contacts++;
      if (isStranger) data.strangers++;
      data.nats += Math.max(0, this.#nats(one, isStranger, facts));
      addToTally(data.answers, answerOf(event));
      if (event.authIdentifier !== '') addToTally(campaign.targets, `account:${event.authIdentifier}`);
    }
    this.#campaigns.touch(campaign, atMs);
  }

  #note(slot: number, facts: Facts): Note {
    const { event } = facts;
    let note = this.#notes.get(slot);
    if (note === undefined) {
      note = { requests: 0, sources: [], names: [], answers: newTally() };
      this.#notes.set(slot, note);
    }
    note.requests++;
    addToTally(note.answers, answerOf(event));
    noteName(note.sources, event.source);
    noteName(note.names, event.authIdentifier);
    return note;
  }
}

function noteName(names: string[], name: string): void {
  if (name !== '' && names.length < NOTED && !names.includes(name)) names.push(name);
}

/** An actor's look-ups are the actor's own; a shared address or network is no one. */
function applies(scope: Scope, facts: Facts, one: NameTry, isShared: boolean): boolean {
  if (scope === 'who') return true;
  return !isShared && !(one.place.kind === 'lookup' && facts.whoKind === 'actor');
}

function scopeKey(scope: Scope, facts: Facts): Readonly<Key> {
  switch (scope) {
    case 'who':
      return facts.who;
    case 'source':
      return facts.source;
    case 'prefix':
      return facts.prefix;
  }
}

function campaignKey(scope: Scope, facts: Facts): string {
  const { event, address } = facts;
  switch (scope) {
    case 'who':
      if (facts.whoKind === 'actor') return `actor:${event.actor}`;
      return facts.whoKind === 'session' ? `session:${event.session}` : `client:${address.label} ${facts.clientName}`;
    case 'source':
      return `source:${address.label}`;
    case 'prefix':
      return `prefix:${address.prefixLabel}`;
  }
}

function offenderName(scope: Scope, facts: Facts): string {
  const { event, address } = facts;
  if (scope === 'source') return address.label;
  if (scope === 'prefix') return address.prefixLabel;
  if (facts.whoKind === 'actor') {
    return `${event.actorKind === 'api_key' ? 'API key' : 'user'} ${shortName(event.actor)}`;
  }
  return facts.whoKind === 'session' ? `session ${shortName(event.session)}` : address.label;
}

export const userEnumeration: DetectorDefinition = {
  type: 'user_enumeration',
  create: (parts, room) => new UserEnumeration(parts, room),
};
