import type { RequestedObject } from '@vedette/protocol';
import { BloomGenerations } from '../core/bloom.js';
import { type Key, mixKeys, mixNumber, newKey } from '../core/hash.js';
import type { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Without } from '../without.js';
import { Circles } from './circles.js';
import type { Facts } from './facts.js';
import { KindHabits } from './kind-habits.js';
import { habitsOf, Kinds } from './kinds.js';
import { isClerk, isStep, newObjectFacts, numberOf, type ObjectFacts } from './object-facts.js';
import { ObjectOwners } from './object-owners.js';
import { ObjectReaders } from './object-readers.js';
import type { Routes } from './routes.js';
import { StaffWork } from './staff-work.js';

const DAY_MS = 86_400_000;
const TAG = { kind: 21, object: 22, reader: 23, listed: 24, contact: 25, staff: 26 } as const;
/** Networks on which staff works, over all kinds. */
const STAFF_NETWORKS = 4_000;
/** What many read is for all where at least one in ten first contacts with it are strangers'; then one object in eight is looked at. */
const FOR_ALL = 0.1;
const FOR_ALL_VOTES = 200;
const SAMPLED = 7;
/** From so many first contacts on past days a habit is told. */
const STAFF_CONTACTS = 20;

/**
 * Objects: who reads which object first (and so owns it), which are shared, which ids a list had handed out to the reader,
 * and what is normal for each kind of object. Shared by every detector that looks at objects.
 */
export class Objects implements Part {
  readonly #kinds: Kinds;
  /** Kinds of evidence that this run looks at: all, unless a measurement leaves one out. */
  readonly #uses: Readonly<
    Record<'ownership' | 'misses' | 'order' | 'provenance' | 'listed' | 'staff' | 'siteBroken' | 'circles', boolean>
  >;
  readonly #owners: ObjectOwners;
  readonly #readers: ObjectReaders;
  readonly #listed: BloomGenerations;
  readonly #contacts: BloomGenerations;
  readonly #circles: Circles;
  readonly #staffNetworks: BloomGenerations;
  readonly #work: StaffWork;
  readonly #key = newKey();
  /** The kind of the object that was read last. */
  readonly #kind = newKey();
  readonly #facts: ObjectFacts;
  /** Service of the object that was read last. */
  #service: Readonly<Key> = this.#key;
  /** The object that was read last, while nothing has been learned since: several detectors ask for the same. */
  #last: RequestedObject | undefined;

  constructor(
    size: { readonly objects: number; readonly readers: number; readonly contacts: number; readonly pairs: number },
    without: Without,
    routes: Routes,
  ) {
    this.#uses = {
      ownership: !without.has('ownership'),
      misses: !without.has('misses'),
      order: !without.has('order'),
      provenance: !without.has('provenance'),
      listed: !without.has('listed'),
      staff: !without.has('staff'),
      siteBroken: !without.has('site_broken'),
      circles: !without.has('circles'),
    };
    this.#kinds = new Kinds(without);
    this.#owners = new ObjectOwners(size.objects);
    this.#readers = new ObjectReaders(size.readers, !without.has('votes_cap'));
    this.#listed = new BloomGenerations({
      name: 'objects listed',
      keys: size.contacts,
      generations: 2,
      generationMs: DAY_MS / 2,
    });
    this.#contacts = new BloomGenerations({
      name: 'objects contacted',
      keys: size.contacts,
      generations: 2,
      generationMs: DAY_MS / 2,
    });
    this.#circles = new Circles(size.pairs / 2);
    this.#staffNetworks = new BloomGenerations({
      name: 'staff networks',
      keys: STAFF_NETWORKS,
      generations: 2,
      generationMs: 30 * DAY_MS,
    });
    this.#work = new StaffWork(routes, size.readers / 25);
    this.#facts = newObjectFacts(new KindHabits(without));
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#owners.table, this.#readers.table, this.#work.table] as unknown as readonly KeyTable<never>[];
  }

  /** What is known of one object of the event. The result is overwritten by the next call. */
  read(facts: Facts, object: RequestedObject): ObjectFacts {
    const out = this.#facts;
    const { atMs } = facts;
    if (this.#last === object) return out;
    this.#last = object;
    this.#address(facts, object, out);
    mixKeys(TAG.contact, out.reader, out.id, this.#key);
    out.first = !this.#contacts.has(this.#key);
    mixNumber(TAG.listed, facts.who, object.hash, this.#key);
    out.listed = this.#uses.listed && this.#listed.has(this.#key);
    out.number = this.#uses.order ? numberOf(object.id) : Number.NaN;
    this.#readOutcome(facts, out);
    this.#readOwner(this.#readers.read(atMs, out), facts, out);
    if (this.#uses.staff) this.#work.read(facts, out);
    return out;
  }

  /** Learns from all objects of the event, and from the ids that its response handed out. */
  learn(facts: Facts): void {
    const { event, atMs } = facts;
    const { handedOut, objects } = event;
    // Counted, because an iterator is only free over arrays of one kind, and these are of small integers or of doubles.
    for (let i = 0; i < handedOut.length; i++) {
      mixNumber(TAG.listed, facts.who, handedOut[i]!, this.#key);
      this.#listed.put(this.#key, atMs);
    }
    for (let i = 0; i < objects.length; i++) this.#learnObject(facts, objects[i]!);
    this.#work.learn(facts);
  }

  save(): unknown {
    return {
      kinds: this.#kinds.save(),
      owners: this.#owners.save(),
      readers: this.#readers.save(),
      circles: this.#circles.save(),
      listed: this.#listed.save(),
      contacts: this.#contacts.save(),
      staffNetworks: this.#staffNetworks.save(),
      work: this.#work.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#kinds.load(from.kinds);
    this.#owners.load(from.owners);
    this.#readers.load(from.readers);
    this.#circles.load(from.circles);
    this.#listed.load(from.listed);
    this.#contacts.load(from.contacts);
    this.#staffNetworks.load(from.staffNetworks);
    this.#work.load(from.work);
  }

  #address(facts: Facts, object: RequestedObject, out: ObjectFacts): void {
    const { event } = facts;
    this.#service = facts.service;
    const kind = this.#kinds.of(event.service, facts.place, object.kind);
    out.habits = habitsOf(kind, event.actorKind === 'api_key' ? 'api_key' : facts.whoKind);
    mixNumber(TAG.kind, facts.service, kind.objectKind, this.#kind);
    mixNumber(TAG.object, this.#kind, object.hash, out.id);
    mixKeys(TAG.staff, this.#kind, facts.prefix, this.#key);
    out.staffNetwork = this.#staffNetworks.has(this.#key) && this.#uses.staff;
    mixNumber(TAG.reader, facts.whoKind === 'client' ? facts.source : facts.who, kind.id, out.reader);
  }

  #readOutcome(facts: Facts, out: ObjectFacts): void {
    const { status, responseBytes } = facts.event;
    const isOk = status >= 200 && status < 300;
    const isEmpty = isOk && saysBySize(facts) && out.habits.sizes.isError(responseBytes);
    out.found = isOk && !isEmpty;
    out.refused = status === 403;
    out.missed = this.#uses.misses && (isEmpty || status === 403 || status === 404 || status === 410);
  }

  #readOwner(reader: number, facts: Facts, out: ObjectFacts): void {
    out.owner = 'none';
    out.ownerTag = 0;
    out.sole = false;
    out.sharedBy = '';
    const row = this.#owners.find(out.id, facts.atMs);
    if (row < 0) return;
    if (out.missed && this.#uses.siteBroken && this.#owners.isMissing(row)) out.missed = false;
    out.ownerTag = this.#owners.owner(row);
    if (out.ownerTag === 0) return;
    const tag = tagOf(facts);
    out.sole = out.ownerTag === tag && this.#owners.hasOneReader(row);
    if (this.#owners.isReadBy(row, tag)) out.owner = 'own';
    else if (this.#owners.isShared(row)) this.#readShared(reader, tag, out);
    else if (this.#uses.circles && this.#isCircle(reader, tag, out)) out.owner = 'circle';
    else if (this.#uses.ownership) out.owner = 'other';
  }

  /** Many read it: it is for all, or for a circle. Looked at for all objects of the kind only where circles share them. */
  #readShared(reader: number, tag: number, out: ObjectFacts): void {
    out.owner = 'shared';
    const { strangers } = out.habits;
    const isForAll = strangers.rate >= FOR_ALL;
    const isSkipped = isForAll && strangers.size >= FOR_ALL_VOTES && (out.id.hi & SAMPLED) !== 0;
    if (!this.#uses.circles || isSkipped) return;
    out.sharedBy = this.#isCircle(reader, tag, out) ? 'circle' : 'strangers';
    if (isForAll) return;
    if (out.sharedBy === 'circle') out.owner = 'circle';
    else if (this.#uses.ownership) out.owner = 'other';
  }

  /** The owner is no stranger. A list that handed the object out says so too: whoever may list it may read it. */
  #isCircle(reader: number, tag: number, out: ObjectFacts): boolean {
    const owner = out.ownerTag;
    if (out.listed || this.#areFamiliar(tag, owner)) return true;
    if (reader < 0) return false;
    const met = this.#readers.met(reader);
    const metBefore = this.#readers.metBefore(reader);
    return this.#isSameCircle(met, owner) || (metBefore !== met && this.#isSameCircle(metBefore, owner));
  }

  #isSameCircle(one: number, owner: number): boolean {
    return one !== 0 && (one === owner || this.#circles.areFamiliar(this.#kind, one, owner));
  }

  /** Of this kind of object, or of any that is owned: colleagues share more than their documents. */
  #areFamiliar(one: number, other: number): boolean {
    return this.#circles.areFamiliar(this.#kind, one, other) || this.#circles.areFamiliar(this.#service, one, other);
  }

  #learnObject(facts: Facts, object: RequestedObject): void {
    const out = this.read(facts, object);
    // What follows changes what was read.
    this.#last = undefined;
    const { atMs } = facts;
    mixKeys(TAG.contact, out.reader, out.id, this.#key);
    if (out.first) this.#contacts.put(this.#key, atMs);
    if (out.found && saysBySize(facts)) out.habits.sizes.note(facts.event.responseBytes);
    if (!facts.tainted) {
      // What staff reads is not theirs, also where the customer has not been there yet.
      if (out.found && !(out.atWork || (this.#uses.staff && isClerk(out)))) {
        this.#owners.read(out.id, tagOf(facts), atMs);
      } else if (out.missed) this.#owners.missed(out.id, tagOf(facts), atMs);
    }
    if (out.first) this.#learnContact(facts, out);
  }

  /** The reader's own habits, and its capped votes about the kind. */
  #learnContact(facts: Facts, out: ObjectFacts): void {
    const { atMs } = facts;
    const row = this.#readers.open(out.reader, atMs);
    this.#readers.noteId(row, out.number);
    if (facts.tainted) return;
    if (out.pastOwned >= STAFF_CONTACTS && out.pastOthers * 2 > out.pastOwned && !out.staffNetwork) {
      mixKeys(TAG.staff, this.#kind, facts.prefix, this.#key);
      this.#staffNetworks.put(this.#key, atMs);
    }
    this.#readers.noteContact(row, out);
    const isOthers = out.owner === 'other' || out.owner === 'circle';
    if (out.found && isOthers && this.#readers.meet(row, out.ownerTag, out.owner === 'other')) {
      this.#circles.note(this.#kind, tagOf(facts), out.ownerTag, atMs);
      if (out.habits.areOwned) this.#circles.note(facts.service, tagOf(facts), out.ownerTag, atMs);
    }
    this.#vote(row, facts, out);
  }

  #vote(row: number, facts: Facts, out: ObjectFacts): void {
    const { atMs } = facts;
    const { habits } = out;
    const missed = out.missed && out.owner !== 'own';
    if (this.#readers.takeMinuteVote(row, atMs)) habits.recent.vote(missed, facts.prefix.lo >>> 8, atMs);
    const vote = this.#readers.takeVote(row);
    if (vote === 'none') return;
    if (vote === 'first') habits.voters++;
    if (Number.isNaN(habits.firstMs)) habits.firstMs = atMs;
    habits.missed.vote(missed, atMs);
    if (!Number.isNaN(out.step)) habits.ordered.vote(isStep(out.step), atMs);
    const hasOwner = out.owner === 'other' || out.owner === 'own' || out.owner === 'circle';
    if (hasOwner && (out.found || out.refused)) habits.foreign.vote(out.owner === 'other', atMs);
    if (out.sharedBy !== '') habits.strangers.vote(out.sharedBy === 'strangers', atMs);
    if (!out.found) return;
    if (out.owner === 'own' || out.listed) habits.sizes.learn(facts.event.responseBytes);
    habits.unlisted.vote(!out.listed || !this.#uses.provenance, atMs);
  }
}

/** Writes answer little, and of several objects in one answer the size tells nothing about one. */
function saysBySize({ event }: Facts): boolean {
  return event.objects.length === 1 && (event.method === 'GET' || event.operation !== '');
}

function tagOf(facts: Facts): number {
  const key: Readonly<Key> = facts.whoKind === 'client' ? facts.source : facts.who;
  return key.lo >>> 0 || 1;
}
