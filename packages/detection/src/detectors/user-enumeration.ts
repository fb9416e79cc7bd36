import { hashText, mixNumber, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { clamp, nats } from '../core/likelihood.js';
import type { Threshold } from '../core/sensitivity.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { scopeKey } from './guess-scopes.js';
import { HIDDEN_AGAIN, NameCampaigns } from './name-campaigns.js';
import { type Added, crowdNats, isUnresolved, NameCrowds, type Waiting } from './name-crowd.js';
import { type NameNotes, noteTry } from './name-notes.js';
import type { NamePlace } from './name-place.js';
import { NameTries, type NameTry } from './name-tries.js';
import { PersistentCrowds, persistenceNats } from './persistent-crowds.js';

const HOUR_MS = 3_600_000;
/** One request in twenty asks about a name at most, for three kinds of key (reference 3.3). */
const UPDATES_PER_MILLION = 200_000;
/** Who walks through a list always goes on. */
const GOES_ON = 0.98;
/** Of names in a list at most a third have an account here (published 3 %, Trello); of people who reset, nine in ten. */
const KNOWN = { attack: 0.35, benign: 0.9 } as const;
/** The same where a strange name may be a slip or another address of theirs: kept small on purpose. */
const STRANGE = { attack: 0.65, benign: 0.3 } as const;
/**
 * Names below which no one is accused: ten, as of guesses, because a family or a clerk asks about some; fifteen where
 * only going on speaks (reference 5.5) follow from the evidence. Requests where names are hidden, and people whom an app may look up.
 */
const MIN = { names: 10, hidden: 30, addressBook: 2_000 } as const;
/** Fifteen names beyond the first ones (reference 5.5), of eight addresses. */
const CROWD = { further: 15, sources: 8 } as const;
/** An address with more returning users than this is shared. */
const SHARED_USERS = 10;
const MIN_SOURCES = 3;
const SCOPES = ['who', 'source', 'prefix'] as const;
type Scope = (typeof SCOPES)[number];
const NO_SCOPES: readonly Scope[] = [];
const SCOPE_TAG: Readonly<Record<Scope, number>> = { who: 81, source: 82, prefix: 83 };

const COLUMNS = { nats: 'f32', names: 'u32', strangers: 'u32', firstMs: 'f64' } as const;

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
  readonly #notes: NameNotes = new Map();
  readonly #crowds = new NameCrowds();
  readonly #persistent = new PersistentCrowds(CROWD);
  readonly #campaigns: NameCampaigns;
  readonly #key = newKey();

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('user_enumeration', UPDATES_PER_MILLION);
    this.#tries = new NameTries(room);
    this.#rows = new KeyTable({ name: 'names asked', maxKeys: room.keys, ttlMs: 24 * HOUR_MS, columns: COLUMNS });
    this.#rows.onRemove = (slot) => this.#notes.delete(slot);
    this.#campaigns = new NameCampaigns(parts.agenda, this.#threshold);
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#rows, this.#tries.table] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    if (!this.#crowds.isEmpty) this.#follow(facts);
    const one = this.#tries.read(facts);
    if (one === null || !facts.hasSource) return;
    for (const scope of this.#campaigns.isEmpty ? NO_SCOPES : SCOPES) {
      const campaign = this.#campaigns.of(scope, facts);
      if (campaign === undefined) continue;
      const isStranger = this.#isStranger(one, facts);
      this.#campaigns.continue(campaign, facts, one, { isStranger, nats: this.#nats(one, isStranger, facts) });
      return;
    }
    if (!one.isNew) return;
    const isNewHere = this.#isNewHere(facts);
    if (!isNewHere) one.place.count(one.nth);
    if (one.nth <= 3 && !facts.tainted) one.place.failed.vote(one.failed, facts.atMs);
    const isStranger = this.#isStranger(one, facts);
    const added: Added[] = [];
    const isShared = this.#parts.population.users(facts) > SHARED_USERS;
    for (const scope of SCOPES) {
      if (!applies(scope, facts, one, isShared)) continue;
      if (this.#weigh(scope, facts, { one, isStranger, added })) return;
    }
    // A form that checks while one types makes everybody go on; behind a shared address many callers look like one.
    const goesOnFrom = one.hasName && one.place.kind !== 'lookup' && !isShared ? facts.event.source : '';
    if (goesOnFrom !== '' && one.nth > 1) {
      this.#moved(one.place, added[0], { change: 1, source: goesOnFrom, atMs: facts.atMs });
    }
    this.#crowds.wait({
      atMs: facts.atMs,
      placeId: one.place.id,
      hiddenFailed: one.hasName && one.place.kind !== 'lookup' ? null : one.failed,
      client: facts.sourceClient.lo,
      nameHi: one.hasName ? one.name.hi : 0,
      nameLo: one.hasName ? one.name.lo : 0,
      source: isNewHere ? facts.event.source : '',
      callerHi: one.caller.hi,
      callerLo: one.caller.lo,
      goesOnFrom,
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
      persistent: this.#persistent.save(),
      campaigns: this.#campaigns.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#tries.load(from.tries);
    this.#rows.load(from.rows);
    for (const [slot, note] of from.notes as NameNotes) this.#notes.set(slot, note);
    this.#crowds.load(from.crowds);
    this.#persistent.load(from.persistent);
    this.#campaigns.load(from.campaigns);
  }

  /** The address was not here a day ago: it may have been rented for this. */
  #isNewHere(facts: Facts): boolean {
    const before = this.#parts.population.seenBefore(facts);
    return before === null || facts.atMs - before.firstMs < 24 * HOUR_MS;
  }

  /** No account that is known here, as far as that can be told. */
  #isStranger(one: NameTry, facts: Facts): boolean {
    return !one.hasName || one.place.kind !== 'reset' || !this.#parts.logins.isKnown(one.name, facts.atMs);
  }

  /** Adds a name to one key's evidence. @returns whether the key is accused now */
  #weigh(scope: Scope, facts: Facts, tried: { one: NameTry; isStranger: boolean; added: Added[] }): boolean {
    const { atMs } = facts;
    const { one, isStranger, added } = tried;
    mixNumber(SCOPE_TAG[scope], scopeKey(scope, facts), one.place.id, this.#key);
    const slot = this.#rows.open(this.#key, atMs);
    const { columns } = this.#rows;
    if (this.#rows.fresh) columns.firstMs.set(slot, atMs);
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
    const note = noteTry(this.#notes, slot, facts);
    const isBook = one.place.kind === 'lookup' && facts.whoKind === 'actor';
    const minimum = isBook ? MIN.addressBook : one.hasName ? MIN.names : MIN.hidden;
    if (columns.nats[slot]! < this.#threshold.of(facts.event.service) || columns.names[slot]! < minimum) return false;
    if (scope === 'prefix' && note.sources.length < MIN_SOURCES) return false;
    const { isMature } = this.#parts.logins.services.of(facts.event.service);
    const row = { nats: columns.nats[slot]!, names: columns.names[slot]!, strangers: columns.strangers[slot]! };
    this.#campaigns.accuse(scope, { ...row, firstMs: columns.firstMs.get(slot), note, isMature }, facts, one);
    this.#persistent.explain(one.place, note.sources);
    this.#crowds.explain(one.place, note.sources);
    this.#rows.remove(slot);
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

  /** A caller's own evidence moved by so many names: what it says beyond its first name goes to the test of the place. */
  #moved(place: NamePlace, caller: Added | undefined, by: { change: 1 | -1; source: string; atMs: number }): void {
    // The crowd is accused already: its contacts are counted when they are due.
    if (caller === undefined || this.#campaigns.ofPlace(place) !== undefined) return;
    const slot = this.#rows.find(caller, by.atMs);
    // The row is gone when what it counted was taken back.
    const now = slot < 0 ? 0 : this.#rows.columns.nats[slot]!;
    const beyond = now - caller.nats;
    const to = Math.max(0, beyond);
    const from = Math.max(0, beyond - by.change * caller.nats);
    const crowd = this.#persistent.moved(place, { from, to, source: by.source, atMs: by.atMs });
    if (crowd === null || persistenceNats(crowd) < this.#threshold.of(place.service)) return;
    this.#persistent.forget(place);
    this.#crowds.forget(place);
    this.#campaigns.accusePersistent(place, crowd, by.atMs);
  }

  /** What follows a contact: the account logs in, or the client is somebody known. */
  #follow(facts: Facts): void {
    const { login } = facts;
    if (login.active && login.ok && login.hasId) {
      for (const one of this.#crowds.resolveName(login.id.hi, login.id.lo)) this.#takeBack(one, facts.atMs);
    }
    const { event } = facts;
    let by = 0;
    // A guest who asks about the next name with a cookie of his own is nobody known.
    const isGuest = event.actorKind === 'session' && (event.authEvent === 'signup' || event.authEvent === 'reset');
    if (facts.whoKind === 'actor' && !isGuest) by = facts.who.lo;
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
    const place = one.goesOnFrom === '' ? undefined : this.#tries.placeOf(one.placeId);
    for (const { hi, lo, nats: weight } of one.added) {
      const slot = this.#rows.find({ hi, lo }, atMs);
      if (slot < 0) continue;
      const { columns } = this.#rows;
      columns.nats[slot]! -= weight;
      columns.names[slot] = Math.max(0, columns.names[slot]! - 1);
      if (columns.nats[slot]! <= 0.01) this.#rows.remove(slot);
    }
    if (place !== undefined) this.#moved(place, one.added[0], { change: -1, source: one.goesOnFrom, atMs });
  }

  /** Contacts that are ten minutes old go to the test of their place. */
  #settleDue(nowMs: number): void {
    for (const one of this.#crowds.due(nowMs)) {
      const place = this.#tries.placeOf(one.placeId);
      if (place === undefined) continue;
      const open = this.#campaigns.ofPlace(place);
      if (open !== undefined) {
        this.#campaigns.grow(open, one);
        continue;
      }
      const names = this.#tries.namesOf({ hi: one.callerHi, lo: one.callerLo }, nowMs);
      if (names <= 1 && !one.resolved && one.goesOnFrom !== '') this.#persistent.stopped(place);
      // Who asks for many names is found by that, and says nothing about those who ask for one.
      if (!one.mayVote || names > 3) continue;
      const crowd = this.#crowds.count(place, one);
      if (crowd !== null && crowdNats(crowd) >= this.#threshold.of(place.service)) {
        this.#crowds.forget(place);
        this.#persistent.forget(place);
        this.#campaigns.accuseCrowd(place, crowd, one.atMs);
      } else place.unresolved.vote(isUnresolved(one), one.atMs);
    }
  }
}

/** An actor's look-ups are the actor's own; a shared address or network is no one. */
function applies(scope: Scope, facts: Facts, one: NameTry, isShared: boolean): boolean {
  return scope === 'who' || !(isShared || (one.place.kind === 'lookup' && facts.whoKind === 'actor'));
}

export const userEnumeration: DetectorDefinition = {
  type: 'user_enumeration',
  create: (parts, room) => new UserEnumeration(parts, room),
};
