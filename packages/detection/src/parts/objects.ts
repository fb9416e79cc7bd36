import type { RequestedObject } from '@vedette/protocol';
import { BloomGenerations } from '../core/bloom.js';
import { type Key, mixKeys, mixNumber, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Without } from '../without.js';
import type { Facts } from './facts.js';
import { KindHabits } from './kind-habits.js';
import { Kinds } from './kinds.js';

const DAY_MS = 86_400_000;
const TAG = { kind: 21, object: 22, reader: 23, listed: 24, contact: 25, staff: 26 } as const;
/** Networks on which staff works, over all kinds. */
const STAFF_NETWORKS = 4_000;
/** Votes of one reader about a kind: a day about its rates, a minute about the present. */
const VOTES_PER_DAY = 5;
const VOTES_PER_MINUTE = 3;
/** An object read by three on two days or more is shared: it belongs to no one. */
const SHARED_READERS = 3;
/** Misses by three different readers make an id the site's own doing (a broken link, a deleted object). */
const SHARED_MISSES = 3;

/** From so many first contacts on past days a habit is told. */
const STAFF_CONTACTS = 20;
/** A reader whose habit it is to read others' objects, over days. */
const CLERK = { days: 3, foreign: 10 } as const;

const OBJECT_COLUMNS = {
  owner: 'u32',
  second: 'u32',
  readers: 'u8',
  missers: 'u8',
  misser: 'u32',
  firstDay: 'u16',
  lastDay: 'u16',
} as const;
const READER_COLUMNS = {
  firstDay: 'u16',
  day: 'u16',
  votes: 'u8',
  minute: 'u32',
  minuteVotes: 'u8',
  pastContacts: 'u32',
  pastForeign: 'u32',
  contacts: 'u32',
  foreign: 'u32',
  own: 'u16',
  clerk: 'u8',
  lastId: 'f64',
} as const;

/** What is known of one requested object before the event is learned from. Overwritten by every reading. */
export interface ObjectFacts {
  readonly id: Key;
  readonly reader: Key;
  habits: KindHabits;
  /** First contact of this reader and object within a day. */
  first: boolean;
  /** Whose it is: no one's yet, the reader's, someone else's, or shared by many. */
  owner: 'none' | 'own' | 'other' | 'shared';
  /** 32 bits that stand for the owner. */
  ownerTag: number;
  /** The reader's own, and no one else read it yet. */
  sole: boolean;
  /** A list response handed the id out to this reader within a day. */
  listed: boolean;
  /** Answered 403, 404 or 410, and not an id that others miss as well. */
  missed: boolean;
  found: boolean;
  /** Answered 403: the object is there, and refused. */
  refused: boolean;
  /** The id as a number where it is one that can be counted through, else NaN. */
  number: number;
  /** Difference to the number that this reader asked for before, or NaN. */
  step: number;
  /** Past habits of the reader with this kind, days before today. */
  pastContacts: number;
  pastForeign: number;
  /** First contacts, a day or more after the last, with objects that this reader alone reads. */
  pastOwn: number;
  /** Days since the reader was first seen with this kind. */
  ageDays: number;
  /** On this network work people whose habit it is to read others' objects of this kind (support, back office). */
  staffNetwork: boolean;
}

/**
 * Objects: who reads which object first (and so owns it), which are shared, which ids a list had handed out to the reader,
 * and what is normal for each kind of object. Shared by every detector that looks at objects.
 */
export class Objects implements Part {
  readonly #kinds: Kinds;
  /** Kinds of evidence that this run looks at: all, unless a measurement leaves one out. */
  readonly #uses: Readonly<Record<'ownership' | 'misses' | 'order' | 'provenance' | 'staff' | 'siteBroken', boolean>>;
  readonly #votesPerDay: number;
  readonly #objects: KeyTable<typeof OBJECT_COLUMNS>;
  readonly #readers: KeyTable<typeof READER_COLUMNS>;
  readonly #listed: BloomGenerations;
  readonly #contacts: BloomGenerations;
  readonly #staff: BloomGenerations;
  readonly #key = newKey();
  readonly #kind = newKey();
  readonly #facts: ObjectFacts;
  /** The object that was read last, while nothing has been learned since: several detectors ask for the same. */
  #last: RequestedObject | undefined;

  constructor(
    size: { readonly objects: number; readonly sources: number; readonly contacts: number },
    without: Without,
  ) {
    this.#uses = {
      ownership: !without.has('ownership'),
      misses: !without.has('misses'),
      order: !without.has('order'),
      provenance: !without.has('provenance'),
      staff: !without.has('staff'),
      siteBroken: !without.has('site_broken'),
    };
    this.#votesPerDay = without.has('votes_cap') ? 255 : VOTES_PER_DAY;
    this.#kinds = new Kinds(without);
    this.#objects = new KeyTable({
      name: 'objects',
      maxKeys: size.objects,
      ttlMs: 90 * DAY_MS,
      columns: OBJECT_COLUMNS,
    });
    this.#readers = new KeyTable({
      name: 'readers',
      maxKeys: size.sources,
      ttlMs: 30 * DAY_MS,
      columns: READER_COLUMNS,
    });
    this.#listed = new BloomGenerations({ keys: size.contacts, generations: 2, generationMs: DAY_MS / 2 });
    this.#contacts = new BloomGenerations({ keys: size.contacts, generations: 2, generationMs: DAY_MS / 2 });
    this.#staff = new BloomGenerations({ keys: STAFF_NETWORKS, generations: 2, generationMs: 30 * DAY_MS });
    this.#facts = {
      id: newKey(),
      reader: newKey(),
      habits: new KindHabits(without),
      first: false,
      owner: 'none',
      ownerTag: 0,
      sole: false,
      listed: false,
      missed: false,
      found: false,
      refused: false,
      number: Number.NaN,
      step: Number.NaN,
      pastContacts: 0,
      pastForeign: 0,
      pastOwn: 0,
      ageDays: 0,
      staffNetwork: false,
    };
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#objects, this.#readers] as unknown as readonly KeyTable<never>[];
  }

  /** What is known of one object of the event. The result is overwritten by the next call. */
  read(facts: Facts, object: RequestedObject): ObjectFacts {
    const out = this.#facts;
    const { atMs, event } = facts;
    if (this.#last === object) return out;
    this.#last = object;
    this.#address(facts, object, out);
    mixKeys(TAG.contact, out.reader, out.id, this.#key);
    out.first = !this.#contacts.has(this.#key);
    mixNumber(TAG.listed, facts.who, object.hash, this.#key);
    out.listed = this.#listed.has(this.#key);
    out.found = event.status >= 200 && event.status < 300;
    out.refused = event.status === 403;
    out.missed = (event.status === 403 || event.status === 404 || event.status === 410) && this.#uses.misses;
    out.owner = 'none';
    out.ownerTag = 0;
    out.sole = false;
    const slot = this.#objects.find(out.id, atMs);
    if (slot >= 0) this.#readOwner(slot, facts, out);
    out.number = this.#uses.order ? numberOf(object.id) : Number.NaN;
    this.#readReader(facts, out);
    return out;
  }

  /** Learns from all objects of the event, and from the ids that its response handed out. */
  learn(facts: Facts): void {
    const { event, atMs } = facts;
    for (const hash of event.handedOut) {
      mixNumber(TAG.listed, facts.who, hash, this.#key);
      this.#listed.put(this.#key, atMs);
    }
    for (const object of event.objects) this.#learnObject(facts, object);
  }

  save(): unknown {
    return {
      kinds: this.#kinds.save(),
      objects: this.#objects.save(),
      readers: this.#readers.save(),
      listed: this.#listed.save(),
      contacts: this.#contacts.save(),
      staff: this.#staff.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    this.#kinds.load(from.kinds);
    this.#objects.load(from.objects);
    this.#readers.load(from.readers);
    this.#listed.load(from.listed);
    this.#contacts.load(from.contacts);
    this.#staff.load(from.staff);
  }

  #address(facts: Facts, object: RequestedObject, out: ObjectFacts): void {
    const { event } = facts;
    const kind = this.#kinds.of(event.service, facts.place, object.kind);
    out.habits = kind.habits[facts.whoKind];
    mixNumber(TAG.kind, facts.service, kind.objectKind, this.#kind);
    mixNumber(TAG.object, this.#kind, object.hash, out.id);
    mixKeys(TAG.staff, this.#kind, facts.prefix, this.#key);
    out.staffNetwork = this.#staff.has(this.#key) && this.#uses.staff;
    mixNumber(TAG.reader, facts.whoKind === 'client' ? facts.source : facts.who, kind.id, out.reader);
  }

  #readOwner(slot: number, facts: Facts, out: ObjectFacts): void {
    const { columns } = this.#objects;
    if (out.missed && columns.missers[slot]! >= SHARED_MISSES && this.#uses.siteBroken) out.missed = false;
    const owner = columns.owner[slot]!;
    if (owner === 0) return;
    out.ownerTag = owner;
    const tag = tagOf(facts);
    out.sole = owner === tag && columns.second[slot] === 0;
    if (owner === tag || columns.second[slot] === tag) out.owner = 'own';
    else if (columns.readers[slot]! >= SHARED_READERS && columns.lastDay[slot]! > columns.firstDay[slot]!) {
      out.owner = 'shared';
    } else if (this.#uses.ownership) out.owner = 'other';
  }

  #readReader(facts: Facts, out: ObjectFacts): void {
    const slot = this.#readers.find(out.reader, facts.atMs);
    out.step = Number.NaN;
    out.pastContacts = out.pastForeign = out.pastOwn = out.ageDays = 0;
    if (slot < 0) return;
    const { columns } = this.#readers;
    const today = Math.floor(facts.atMs / DAY_MS);
    if (columns.lastId[slot] !== 0) out.step = out.number - columns.lastId[slot]!;
    out.pastContacts = columns.pastContacts[slot]!;
    out.pastForeign = columns.pastForeign[slot]!;
    out.pastOwn = columns.own[slot]!;
    out.ageDays = Math.max(0, today - columns.firstDay[slot]!);
    if (columns.day[slot]! < today) {
      out.pastContacts += columns.contacts[slot]!;
      out.pastForeign += columns.foreign[slot]!;
    }
  }

  #learnObject(facts: Facts, object: RequestedObject): void {
    const out = this.read(facts, object);
    // What follows changes what was read.
    this.#last = undefined;
    const { atMs } = facts;
    mixKeys(TAG.contact, out.reader, out.id, this.#key);
    if (out.first) this.#contacts.put(this.#key, atMs);
    if (out.found && !facts.tainted) this.#own(facts, out);
    else if (out.missed && !facts.tainted) this.#missed(facts, out);
    if (out.first) this.#habit(facts, out);
  }

  #own(facts: Facts, out: ObjectFacts): void {
    const slot = this.#objects.open(out.id, facts.atMs);
    const { columns } = this.#objects;
    const today = Math.floor(facts.atMs / DAY_MS);
    const tag = tagOf(facts);
    if (columns.owner[slot] === 0) {
      columns.owner[slot] = tag;
      columns.readers[slot] = 1;
      columns.firstDay[slot] = today;
      // Ids that were only missed go first when room is needed.
      this.#objects.suspicion[slot] = 1;
    } else if (columns.owner[slot] !== tag && columns.second[slot] !== tag) {
      columns.second[slot] = tag;
      if (columns.readers[slot]! < 255) columns.readers[slot]!++;
    }
    if (today > columns.lastDay[slot]!) columns.lastDay[slot] = today;
    if (today > columns.firstDay[slot]!) this.#objects.protect(slot);
  }

  #missed(facts: Facts, out: ObjectFacts): void {
    const slot = this.#objects.open(out.id, facts.atMs);
    const { columns } = this.#objects;
    const tag = tagOf(facts);
    if (columns.misser[slot] === tag) return;
    columns.misser[slot] = tag;
    if (columns.missers[slot]! < 255) columns.missers[slot]!++;
  }

  /** The reader's own habits, and its capped votes about the kind. */
  #habit(facts: Facts, out: ObjectFacts): void {
    const { atMs } = facts;
    const slot = this.#readers.open(out.reader, atMs);
    const { columns } = this.#readers;
    const today = Math.floor(atMs / DAY_MS);
    if (this.#readers.fresh) columns.firstDay[slot] = today;
    if (columns.day[slot]! < today) {
      columns.pastContacts[slot]! += columns.contacts[slot]!;
      columns.pastForeign[slot]! += columns.foreign[slot]!;
      columns.contacts[slot] = columns.foreign[slot] = columns.votes[slot] = 0;
      columns.day[slot] = today;
      if (today > columns.firstDay[slot]!) this.#readers.protect(slot);
    }
    if (!Number.isNaN(out.number)) columns.lastId[slot] = out.number;
    if (facts.tainted) return;
    if (out.pastContacts >= STAFF_CONTACTS && out.pastForeign * 2 > out.pastContacts && !out.staffNetwork) {
      mixKeys(TAG.staff, this.#kind, facts.prefix, this.#key);
      this.#staff.put(this.#key, atMs);
    }
    columns.contacts[slot]!++;
    if (out.owner === 'other') columns.foreign[slot]!++;
    if (out.sole && columns.own[slot]! < 65_535) columns.own[slot]!++;
    if (isClerk(out) && columns.clerk[slot] === 0) {
      columns.clerk[slot] = 1;
      out.habits.clerks++;
    }
    this.#vote(slot, facts, out);
  }

  #vote(slot: number, facts: Facts, out: ObjectFacts): void {
    const { columns } = this.#readers;
    const { atMs } = facts;
    const minute = Math.floor(atMs / 60_000);
    if (columns.minute[slot] !== minute) {
      columns.minute[slot] = minute;
      columns.minuteVotes[slot] = 0;
    }
    const missed = out.missed && out.owner !== 'own';
    if (columns.minuteVotes[slot]! < VOTES_PER_MINUTE) {
      columns.minuteVotes[slot]!++;
      out.habits.recent.vote(missed, facts.prefix.lo >>> 8, atMs);
    }
    if (columns.votes[slot]! >= this.#votesPerDay) return;
    if (columns.votes[slot] === 0 && columns.pastContacts[slot] === 0) out.habits.voters++;
    columns.votes[slot]!++;
    if (Number.isNaN(out.habits.firstMs)) out.habits.firstMs = atMs;
    out.habits.missed.vote(missed, atMs);
    if (!Number.isNaN(out.step)) out.habits.ordered.vote(isStep(out.step), atMs);
    if (out.found || out.refused) out.habits.foreign.vote(out.owner === 'other' || out.owner === 'shared', atMs);
    if (!out.found) return;
    out.habits.unlisted.vote(!out.listed || !this.#uses.provenance, atMs);
  }
}

/** A small step along the ids, in either direction. */
export function isStep(step: number): boolean {
  return step !== 0 && Math.abs(step) <= 3;
}

/** Read others' objects on past days, more often than its own, and long enough that it is a habit. */
function isClerk(out: Readonly<ObjectFacts>): boolean {
  return out.ageDays >= CLERK.days && out.pastForeign >= CLERK.foreign && out.pastForeign > 2 * out.pastOwn;
}

function tagOf(facts: Facts): number {
  const key = facts.whoKind === 'client' ? facts.source : facts.who;
  return key.lo >>> 0 || 1;
}

/** Ids of up to 15 digits, as numbers that JavaScript holds exactly. */
function numberOf(id: string): number {
  if (id.length === 0 || id.length > 15) return Number.NaN;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    if (code < 48 || code > 57) return Number.NaN;
  }
  return Number(id);
}
