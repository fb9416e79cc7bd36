import type { RequestedObject } from '@vedette/protocol';
import { type Campaign, Campaigns, HOLD_MS, noteRequest } from '../core/campaigns.js';
import { KeyTable } from '../core/key-table.js';
import { binaryNats, clamp } from '../core/likelihood.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import { shortName } from '../core/words.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { isStep, type ObjectFacts } from '../parts/objects.js';
import { addTempo, againstClerk } from './clerk-evidence.js';
import { describeWalk, type Nats, type Shares, totalNats, type Walk } from './walk-statement.js';

const HOUR_MS = 3_600_000;
/** Every request may ask for an object (reference 3.3). */
const UPDATES_PER_MILLION = 1_000_000;
/** No one is accused below five others' objects, ten missed or twelve unlisted ids (reference 5.6 and detection.md). */
const MIN_OWNERS = 5;
const MIN_MISSED = 10;
const MIN_UNLISTED = 12;
/** Order alone never pages; with two more signs it does from fifty ids on (reference 11.8). */
const ORDER_LIMIT = 12;
const MIN_ORDERED = 50;
/**
 * Ids that no list had shown, or in order, may be the reader's own (a bookkeeper who goes through the order confirmations
 * in the mail). They count as a walk when something else says so: misses, speed beyond people's, or at least one in five of
 * them already known to be someone else's: owners mostly come by before the thief. To be new here is no sign of it, for
 * every customer reads an own order for the first time.
 */
const BACKING = 5;
/** Faster than one object a second over twenty: no person reads that fast (seen in about 1 in 12 benign walks). */
const FAST_COUNT = 20;
const FAST_GAP_MS = 1_000;
/** ln of the odds of each sign: 1 benign walk in 12 is fast, 1 in 12 is by someone first seen today; of attacks most. */
const SIGN_NATS = 2.5;
/** Benign shares are never taken to be below these: a handful of votes cannot show less. */
const FLOOR = { foreign: 0.005, missed: 0.02, unlisted: 0.02, ordered: 0.1 } as const;
/** A reader's own past counts as so many contacts before it outweighs the kind's. */
const SHRINK = 20;
/** More returning users than this make an address shared: unauthenticated readers behind it are no one (guard G3). */
const SHARED_USERS = 10;
const COLD_START_NATS = 2;

/**
 * Sufficient statistics of the four tests since each was last at zero, for one reader and kind of object; and its tempo:
 * the last suspicious contact, what it asked for by then this hour, its other objects since.
 */
const COLUMNS = {
  contacts: 'u32',
  foreign: 'u32',
  looked: 'u32',
  missed: 'u32',
  seen: 'u32',
  unlisted: 'u32',
  steps: 'u32',
  ordered: 'u32',
  firstMs: 'f64',
  lastMs: 'f64',
  lastPages: 'u32',
  between: 'u32',
  tempo: 'f32',
} as const;
type Counts = { -readonly [N in keyof typeof COLUMNS]: number };
const NAMES = Object.keys(COLUMNS) as (keyof Counts)[];

/** What is remembered of a reader under suspicion, to name names when it is accused. Lists, because most come to nothing. */
interface Note {
  requests: number;
  found: number;
  taken: number;
  objects: number;
  readonly owners: number[];
  /** Ids of the first objects. */
  readonly ids: string[];
  readonly sources: string[];
  readonly methods: string[];
  readonly routes: string[];
}

/** Names of one kind in a note. */
const NAMED = { owners: 256, ids: 50, sources: 20, routes: 8 } as const;

/**
 * Object enumeration: someone walks through ids that are not theirs (broken object level authorisation, tried or used).
 *
 * Listens to requests for objects. Keeps, per reader (actor, session, or address where there is neither) and kind of
 * object, counts for four tests over first contacts: *ownership* (objects that someone else read first, one count per
 * owner; public and shared objects are learned), *misses* (ids answered 403, 404 or 410 that others do not miss),
 * *provenance* (ids that no list had handed out, where lists usually do), and *order* (small steps), which never suffices
 * alone. Fires when their sum passes the threshold. Misses alone are held for a minute: a release may have broken links.
 */
class ObjectEnumeration implements Detector {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #rows: KeyTable<typeof COLUMNS>;
  readonly #notes = new Map<number, Note>();
  /** Of the reader that is weighed at the moment. */
  readonly #counts = Object.fromEntries(NAMES.map((name) => [name, 0])) as Counts;
  readonly #nats: Nats = { foreign: 0, missed: 0, unlisted: 0, ordered: 0, signs: 0 };
  readonly #shares: Shares = { foreign: 0, missed: 0, unlisted: 0, ordered: 0 };
  readonly #campaigns: Campaigns<Walk>;

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('object_enumeration', UPDATES_PER_MILLION);
    this.#rows = new KeyTable({ name: 'walks', maxKeys: room.keys, ttlMs: 24 * HOUR_MS, columns: COLUMNS });
    this.#rows.onRemove = (slot) => this.#notes.delete(slot);
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'object_enumeration',
      idleMs: HOUR_MS / 2,
      describe: describeWalk,
      confirm: (campaign) => campaign.data.nats.foreign > 0 || totalNats(campaign.data.nats) >= campaign.data.threshold,
    });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#rows] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const { objects } = facts.event;
    if (objects.length === 0) return;
    if (facts.whoKind === 'client') {
      if (!facts.hasSource || this.#parts.population.users(facts) > SHARED_USERS) return;
    }
    for (const object of objects) this.#observeObject(facts, object);
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return { rows: this.#rows.save(), notes: this.#notes, campaigns: this.#campaigns.save() };
  }

  load(saved: unknown): void {
    const from = saved as { rows: unknown; notes: Map<number, Note>; campaigns: unknown };
    this.#rows.load(from.rows);
    for (const [slot, note] of from.notes) this.#notes.set(slot, note);
    this.#campaigns.load(from.campaigns);
  }

  #observeObject(facts: Facts, object: RequestedObject): void {
    const seen = this.#parts.objects.read(facts, object);
    if (!seen.found && !seen.missed) return;
    const campaign = this.#campaigns.find(facts.event.service, whoKey, facts);
    if (campaign !== undefined) this.#continue(campaign, facts, object, seen);
    else if (seen.first) this.#weigh(facts, object, seen);
  }

  #weigh(facts: Facts, object: RequestedObject, seen: ObjectFacts): void {
    const { atMs } = facts;
    // What a list handed out, what is shared and what was read before is nobody's walk.
    const innocent = seen.listed || seen.owner === 'shared';
    const foreign = seen.owner === 'other' && !innocent && (seen.found || seen.refused);
    // One contact is evidence of one kind.
    const missed = seen.missed && !foreign && seen.owner !== 'own' && !seen.listed;
    const unowned = seen.found && !seen.listed && seen.owner !== 'own' && seen.owner !== 'shared';
    const unlisted = unowned && seen.habits.unlisted.rate < 0.5;
    const inOrder = unowned && isStep(seen.step);
    let slot = this.#rows.find(seen.reader, atMs);
    if (slot < 0) {
      if (!foreign && !missed && !unlisted && !inOrder) return;
      slot = this.#rows.open(seen.reader, atMs);
      this.#rows.columns.firstMs[slot] = atMs;
    }
    const note = this.#note(slot, facts);
    const counts = this.#read(slot);
    const isNewOwner = foreign && !note.owners.includes(seen.ownerTag);
    if (isNewOwner && note.owners.length < NAMED.owners) note.owners.push(seen.ownerTag);
    if (!innocent && (seen.found || seen.refused) && !(foreign && !isNewOwner)) counts.contacts++;
    if (isNewOwner) counts.foreign++;
    if (!foreign) counts.looked++;
    if (missed) counts.missed++;
    if (seen.found) counts.seen++;
    if (unlisted) counts.unlisted++;
    if ((unowned || missed) && !Number.isNaN(seen.step)) {
      counts.steps++;
      if (isStep(seen.step)) counts.ordered++;
    }
    if (foreign || missed || unlisted || inOrder) {
      note.objects++;
      if (note.ids.length < NAMED.ids) note.ids.push(object.id);
      if (seen.found) note.found++;
      if (seen.found && (foreign || unlisted)) note.taken++;
    }
    if (isNewOwner || (unlisted && !foreign)) this.#noteTempo(facts, counts);
    else counts.between++;
    const nats = this.#weighAll(facts, seen, counts);
    if (nats.foreign <= 0) counts.contacts = counts.foreign = 0;
    if (nats.missed <= 0) counts.looked = counts.missed = 0;
    if (nats.unlisted <= 0) counts.seen = counts.unlisted = 0;
    const sum = totalNats(nats);
    if (sum <= 0 && counts.ordered === 0) {
      this.#rows.remove(slot);
      return;
    }
    this.#store(slot, counts);
    this.#rows.suspicion[slot] = sum;
    const threshold = this.#threshold.of(facts.event.service) + (seen.habits.isKnown(atMs) ? 0 : COLD_START_NATS);
    if (sum < threshold || !hasMinimum(counts, nats, isFast(counts, atMs))) return;
    this.#accuse(slot, facts, this.#walk(facts, object, seen, threshold));
  }

  #accuse(slot: number, facts: Facts, walk: Walk): void {
    const { atMs, event } = facts;
    const { firstMs } = this.#counts;
    const note = this.#notes.get(slot)!;
    const campaign = this.#campaigns.open({
      service: event.service,
      key: whoKey(facts),
      atMs,
      holdMs: walk.taken > 0 ? 0 : HOLD_MS,
      data: walk,
    });
    campaign.firstMs = Math.min(firstMs, atMs);
    campaign.requests = note.requests;
    if (event.actor !== '') addToTally(campaign.actors, event.actor, note.requests);
    for (const source of note.sources) addToTally(campaign.sources, source);
    note.routes.forEach((route, i) => {
      addToTally(campaign.routes, `${note.methods[i]} ${route}`);
    });
    for (const id of note.ids) addToTally(campaign.targets, `object:${walk.kind}/${id}`);
    this.#rows.remove(slot);
    facts.tainted = true;
    this.#campaigns.touch(campaign, atMs, true);
  }

  #noteTempo(facts: Facts, counts: Counts): void {
    const volume = this.#parts.volumes.facts;
    const gapMs = facts.atMs - counts.lastMs;
    const pages = volume.active ? volume.pages : 0;
    if (counts.lastMs > 0) {
      const isKnown =
        pages > counts.lastPages && Math.floor(facts.atMs / HOUR_MS) === Math.floor(counts.lastMs / HOUR_MS);
      const others = isKnown ? Math.max(0, pages - counts.lastPages - 1 - counts.between) : -1;
      counts.tempo = addTempo(counts.tempo, gapMs, others);
    }
    counts.lastMs = facts.atMs;
    counts.lastPages = pages;
    counts.between = 0;
  }

  #continue(campaign: Campaign<Walk>, facts: Facts, object: RequestedObject, seen: ObjectFacts): void {
    if (seen.owner === 'own' || seen.owner === 'shared' || seen.listed) return;
    const { data } = campaign;
    facts.tainted = true;
    noteRequest(campaign, facts.event);
    addToTally(campaign.targets, `object:${object.kind}/${object.id}`);
    if (seen.first) {
      data.objects++;
      if (seen.missed) data.missed++;
      if (seen.found) data.found++;
      if (seen.found && data.nats.unlisted > 0) data.unlisted++;
      if (seen.found && (seen.owner === 'other' || data.nats.unlisted > 0)) data.taken++;
      if (seen.owner === 'other') {
        data.foreign++;
        if (!data.owners.includes(seen.ownerTag) && data.owners.length < 256) data.owners.push(seen.ownerTag);
      }
      const { shares, nats } = data;
      if (data.known)
        nats.foreign = Math.max(nats.foreign, binaryNats(data.owners.length, data.owners.length, shares.foreign));
      nats.missed = Math.max(nats.missed, binaryNats(data.missed, data.missed + data.found, shares.missed));
    }
    this.#campaigns.touch(campaign, facts.atMs, seen.found && data.found === 1);
  }

  /** The evidence as it stands, in `#nats`. */
  #weighAll(facts: Facts, seen: ObjectFacts, counts: Counts): Nats {
    const nats = this.#nats;
    const shares = this.#sharesOf(seen);
    const { whoKind, atMs } = facts;
    const isKnown = seen.habits.isKnown(atMs);
    const limit = againstClerk(seen) + counts.tempo;
    nats.foreign = isKnown ? Math.min(limit, binaryNats(counts.foreign, counts.contacts, shares.foreign)) : 0;
    nats.missed = binaryNats(counts.missed, counts.looked, shares.missed);
    nats.unlisted = isKnown ? Math.min(limit, binaryNats(counts.unlisted, counts.seen, shares.unlisted)) : 0;
    // Where an id was learned is not whose it is: provenance alone never suffices either.
    if (nats.foreign <= 0) nats.unlisted = Math.min(ORDER_LIMIT, nats.unlisted);
    nats.ordered =
      whoKind === 'client' || seen.staffNetwork
        ? 0
        : clamp(binaryNats(counts.ordered, counts.steps, shares.ordered), 0, ORDER_LIMIT);
    nats.signs = (isFast(counts, atMs) ? SIGN_NATS : 0) + (isKnown && seen.ageDays === 0 ? SIGN_NATS : 0);
    return nats;
  }

  #sharesOf(seen: ObjectFacts): Shares {
    const { habits } = seen;
    const shares = this.#shares;
    const own = (habits.foreign.rate * SHRINK + seen.pastForeign) / (SHRINK + seen.pastContacts);
    // Where staff work, reading others' objects is the job; their volume is watched by other detectors.
    shares.foreign = seen.staffNetwork ? 1 : clamp(own, FLOOR.foreign, 1);
    shares.missed = Math.max(habits.missShare(this.#parts.agenda.nowMs), FLOOR.missed);
    shares.unlisted = Math.max(habits.unlisted.rate, FLOOR.unlisted);
    shares.ordered = Math.max(habits.ordered.rate, FLOOR.ordered);
    return shares;
  }

  #walk(facts: Facts, object: RequestedObject, seen: ObjectFacts, threshold: number): Walk {
    const counts = this.#counts;
    const known = seen.habits.isKnown(facts.atMs);
    const note = this.#notes.get(this.#rows.find(seen.reader, facts.atMs))!;
    return {
      who: whoName(facts),
      objects: note.objects,
      foreign: counts.foreign,
      owners: note.owners,
      missed: counts.missed,
      unlisted: counts.unlisted,
      found: note.found,
      taken: note.taken,
      kind: object.kind,
      nats: { ...this.#nats },
      shares: { ...this.#shares },
      size: seen.habits.foreign.size,
      fast: isFast(counts, facts.atMs),
      isNew: known && seen.ageDays === 0,
      threshold,
      known,
    };
  }

  #note(slot: number, facts: Facts): Note {
    const { event } = facts;
    let note = this.#notes.get(slot);
    if (note === undefined) {
      note = { requests: 0, found: 0, taken: 0, objects: 0, owners: [], ids: [], sources: [], methods: [], routes: [] };
      this.#notes.set(slot, note);
    }
    note.requests++;
    const { sources, routes, methods } = note;
    if (event.source !== '' && sources.length < NAMED.sources && !sources.includes(event.source)) {
      sources.push(event.source);
    }
    if (event.route !== '' && routes.length < NAMED.routes && !routes.includes(event.route)) {
      routes.push(event.route);
      methods.push(event.method);
    }
    return note;
  }

  #read(slot: number): Counts {
    const { columns } = this.#rows;
    const counts = this.#counts;
    for (const name of NAMES) counts[name] = columns[name][slot]!;
    return counts;
  }

  #store(slot: number, counts: Counts): void {
    const { columns } = this.#rows;
    for (const name of NAMES) columns[name][slot] = counts[name];
  }
}

/** Faster than a person reads, over enough objects to tell. */
function isFast(counts: Counts, atMs: number): boolean {
  return counts.looked >= FAST_COUNT && atMs - counts.firstMs < counts.looked * FAST_GAP_MS;
}

function hasMinimum(counts: Counts, nats: Nats, fast: boolean): boolean {
  if (nats.foreign > 0 && counts.foreign >= MIN_OWNERS) return true;
  if (nats.missed > 0 && counts.missed >= MIN_MISSED) return true;
  if (nats.missed <= 0 && !fast && counts.foreign * BACKING < counts.unlisted) return false;
  if (nats.unlisted > 0 && counts.unlisted >= MIN_UNLISTED) return true;
  return counts.steps >= MIN_ORDERED;
}

function whoKey(facts: Facts): string {
  if (facts.whoKind === 'actor') return `actor:${facts.event.actor}`;
  if (facts.whoKind === 'session') return `session:${facts.event.session}`;
  return `source:${facts.address.label}`;
}

function whoName(facts: Facts): string {
  const { event } = facts;
  if (facts.whoKind === 'actor')
    return `${event.actorKind === 'api_key' ? 'API key' : 'user'} ${shortName(event.actor)}`;
  if (facts.whoKind === 'session') return `session ${shortName(event.session)}`;
  return facts.address.label;
}

export const objectEnumeration: DetectorDefinition = {
  type: 'object_enumeration',
  create: (parts, room) => new ObjectEnumeration(parts, room),
};
