import type { RequestedObject } from '@vedette/protocol';
import { type Campaign, Campaigns, HOLD_MS, noteRequest } from '../core/campaigns.js';
import { KeyTable } from '../core/key-table.js';
import { binaryNats } from '../core/likelihood.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import type { ObjectFacts } from '../parts/object-facts.js';
import { addTempo } from './clerk-evidence.js';
import {
  type Contact,
  type Counts,
  countContact,
  newCounts,
  readContact,
  readCounts,
  storeCounts,
  WALK_COLUMNS,
  WalkScale,
} from './walk-evidence.js';
import { newWalkNote, noteObject, noteOwner, noteWalkRequest, type WalkNote } from './walk-notes.js';
import { describeWalk, totalNats, type Walk } from './walk-statement.js';
import { whoKey, whoName } from './who.js';

const HOUR_MS = 3_600_000;
/** Every request may ask for an object (reference 3.3). */
const UPDATES_PER_MILLION = 1_000_000;
/** More returning users than this make an address shared: unauthenticated readers behind it are no one (guard G3). */
const SHARED_USERS = 10;
const COLD_START_NATS = 2;

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
  readonly #scale: WalkScale;
  readonly #coldStartNats: number;
  readonly #rows: KeyTable<typeof WALK_COLUMNS>;
  readonly #notes = new Map<number, WalkNote>();
  /** Of the reader that is weighed at the moment. */
  readonly #counts = newCounts();
  readonly #contact: Contact = {
    foreign: false,
    missed: false,
    unlisted: false,
    inOrder: false,
    counts: false,
    unowned: false,
  };
  readonly #campaigns: Campaigns<Walk>;

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('object_enumeration', UPDATES_PER_MILLION);
    this.#scale = new WalkScale(parts.without);
    this.#coldStartNats = parts.without.has('cold_start') ? 0 : COLD_START_NATS;
    this.#rows = new KeyTable({ name: 'walks', maxKeys: room.keys, ttlMs: 24 * HOUR_MS, columns: WALK_COLUMNS });
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
    const from = saved as { rows: unknown; notes: Map<number, WalkNote>; campaigns: unknown };
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
    const { atMs, event } = facts;
    const contact = this.#contact;
    readContact(seen, facts.whoKind !== 'client', contact);
    const isSuspicious = this.#scale.isSuspicious(contact, seen);
    let slot = this.#rows.find(seen.reader, atMs);
    if (slot < 0) {
      if (!isSuspicious) return;
      slot = this.#rows.open(seen.reader, atMs);
      this.#rows.columns.firstMs.set(slot, atMs);
    }
    const note = this.#note(slot);
    noteWalkRequest(note, event);
    const counts = this.#counts;
    readCounts(this.#rows.columns, slot, counts);
    const isNewOwner = contact.foreign && noteOwner(note, seen.ownerTag);
    countContact(counts, contact, seen, isNewOwner);
    if (isSuspicious) {
      noteObject(note, object.id, seen.found, seen.found && (contact.foreign || contact.unlisted));
    }
    if (isNewOwner || contact.unowned) this.#noteTempo(facts, seen, counts);
    else counts.between++;
    const sum = this.#scale.weigh(facts, this.#parts.agenda.nowMs, seen, counts);
    if (sum <= 0) {
      this.#rows.remove(slot);
      return;
    }
    storeCounts(this.#rows.columns, slot, counts);
    this.#rows.suspicion[slot] = sum;
    const threshold = this.#threshold.of(event.service) + (seen.habits.isKnown(atMs) ? 0 : this.#coldStartNats);
    if (sum < threshold || !this.#scale.hasMinimum(counts, atMs, facts.whoKind !== 'client')) return;
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

  #noteTempo(facts: Facts, seen: ObjectFacts, counts: Counts): void {
    const volume = this.#parts.volumes.facts;
    const gapMs = facts.atMs - counts.lastMs;
    const pages = volume.active ? volume.pages : 0;
    if (counts.lastMs > 0) {
      const isKnown =
        pages > counts.lastPages && Math.floor(facts.atMs / HOUR_MS) === Math.floor(counts.lastMs / HOUR_MS);
      const others = isKnown ? Math.max(0, pages - counts.lastPages - 1 - counts.between) : -1;
      counts.tempo = addTempo(counts.tempo, seen, gapMs, others);
    }
    counts.lastMs = facts.atMs;
    counts.lastPages = pages;
    counts.between = 0;
  }

  #continue(campaign: Campaign<Walk>, facts: Facts, object: RequestedObject, seen: ObjectFacts): void {
    if (seen.owner === 'own' || seen.owner === 'shared' || seen.owner === 'circle' || seen.listed) return;
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
      nats: { ...this.#scale.nats },
      shares: { ...this.#scale.shares },
      size: seen.habits.foreign.size,
      fast: this.#scale.isFast(counts, facts.atMs),
      isNew: known && facts.whoKind !== 'client' && seen.ageDays === 0,
      threshold,
      known,
    };
  }

  #note(slot: number): WalkNote {
    let note = this.#notes.get(slot);
    if (note === undefined) {
      note = newWalkNote();
      this.#notes.set(slot, note);
    }
    return note;
  }
}

export const objectEnumeration: DetectorDefinition = {
  type: 'object_enumeration',
  create: (parts, room) => new ObjectEnumeration(parts, room),
};
