import { BloomGenerations } from '../core/bloom.js';
import { type Campaign, Campaigns, HOLD_MS, noteRequest } from '../core/campaigns.js';
import { type Key, mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import { Watch } from '../core/watch.js';
import { capitalised } from '../core/words.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { groupOf } from '../parts/routes.js';
import { ProbeDoors } from './probe-doors.js';
import { ADMIN_NATS, DOOR_NATS, isProbe, type Note, newNote, noteName, type Probe, total } from './probe-evidence.js';
import { doorName, isAdminLike } from './probe-names.js';
import { describeProbe } from './probe-statement.js';
import { whoClientKey, whoName } from './who.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Any request may try a door (reference 3.3). */
const UPDATES_PER_MILLION = 1_000_000;
/** From so many denials on, getting in elsewhere is a success. */
const MIN_DENIALS = 3;
/** So many users of a door in a group are none to speak of. */
const UNUSED = 2;
const SHARED_USERS = 10;
const TAG = { own: 62 } as const;

const ROW_COLUMNS = { firstMs: 'f64', denials: 'u32', watch: 'u32' } as const;

/**
 * Privilege probing: someone tries doors that are not theirs.
 *
 * Listens to requests answered 401, 403, 405, or 404 on a route that others use. Keeps, per actor, session or client, the
 * distinct doors (method and route template or operation) that refused it for a week. A door counts when neither the
 * actor nor two in a hundred of its peers get in there, and when fewer than eight actors and five networks are refused as
 * well. Fires from five doors on. A door that opens after three denials makes it a success.
 */
class PrivilegeProbing implements Detector {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #rows: KeyTable<typeof ROW_COLUMNS>;
  readonly #doors: ProbeDoors;
  /** Who got in at doors that are not ordinary, by actor and by network. */
  readonly #own: BloomGenerations;
  readonly #notes = new Map<number, Note>();
  readonly #watch = new Watch();
  readonly #campaigns: Campaigns<Probe>;
  readonly #key = newKey();

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('privilege_probing', UPDATES_PER_MILLION);
    this.#rows = new KeyTable({
      name: 'refused',
      maxKeys: room.keys,
      ttlMs: 7 * DAY_MS,
      columns: ROW_COLUMNS,
    });
    this.#rows.onRemove = (slot) => {
      this.#watch.remove(this.#rows.columns.watch[slot]!);
      this.#notes.delete(slot);
    };
    this.#doors = new ProbeDoors(room.keys / 2);
    this.#own = new BloomGenerations({
      name: 'doors of one’s own',
      keys: room.contacts / 16,
      generations: 3,
      generationMs: 30 * DAY_MS,
    });
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'privilege_probing',
      idleMs: 30 * MINUTE_MS,
      describe: describeProbe,
      confirm: (campaign, nowMs) => this.#confirm(campaign, nowMs),
    });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#rows, this.#doors.table] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    const { status } = facts.event;
    if (status < 400) {
      if (status < 300) this.#observeOpen(facts);
      return;
    }
    if (status === 403 || status === 401 || status === 405 || status === 404) this.#observeDenial(facts);
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return {
      rows: this.#rows.save(),
      doors: this.#doors.save(),
      own: this.#own.save(),
      notes: this.#notes,
      watch: this.#watch.save(),
      campaigns: this.#campaigns.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as Record<'rows' | 'doors' | 'own' | 'watch' | 'campaigns', unknown> & {
      notes: Map<number, Note>;
    };
    this.#rows.load(from.rows);
    this.#doors.load(from.doors);
    this.#own.load(from.own);
    for (const [slot, note] of from.notes) this.#notes.set(slot, note);
    this.#watch.load(from.watch);
    this.#campaigns.load(from.campaigns);
  }

  /** A door that let someone in: remembered where it is not everyone's, and a success for who was refused elsewhere. */
  #observeOpen(facts: Facts): void {
    const route = this.#parts.routes.current;
    if (route === null || route.isOrdinary(groupOf(facts))) return;
    const isOwn = this.#isOwn(facts, route.key);
    const opened = !isOwn && this.#opened(facts);
    if (opened || facts.tainted || isOwn) return;
    mixKeys(TAG.own, facts.who, route.key, this.#key);
    this.#own.put(this.#key, facts.atMs);
    mixKeys(TAG.own, facts.prefix, route.key, this.#key);
    this.#own.put(this.#key, facts.atMs);
  }

  /** @returns whether it belongs to a campaign or a suspicion */
  #opened(facts: Facts): boolean {
    const { event, atMs } = facts;
    const campaign = this.#campaigns.find(event.service, whoClientKey, facts);
    const mayHave = campaign === undefined && this.#watch.mayHave(facts.who);
    const slot = mayHave ? this.#rows.find(facts.who, atMs) : -1;
    const note = campaign?.data.note ?? this.#notes.get(slot);
    if (note === undefined || note.doors.length < MIN_DENIALS) return false;
    // Seldom used is not forbidden: the door must read like administration, or be next to unused.
    const route = this.#parts.routes.current!;
    if (!isAdminLike(facts) && route.users(groupOf(facts)) > UNUSED) return false;
    const isNew = noteName(note.opened, doorName(facts));
    if (campaign === undefined) return true;
    facts.tainted = true;
    noteRequest(campaign, event);
    addToTally(campaign.targets, `route:${doorName(facts)}`);
    Object.assign(campaign.data, this.#evidence(note, facts, campaign.data.denials));
    if (campaign.heldUntilMs > 0) this.#campaigns.release(campaign, atMs);
    else this.#campaigns.touch(campaign, atMs, isNew);
    return true;
  }

  #observeDenial(facts: Facts): void {
    const { event, atMs } = facts;
    if (event.method === 'OPTIONS' || event.method === 'HEAD' || event.authEvent !== '') return;
    const route = this.#parts.routes.current;
    // Without a name and without a route it is a path that is tried, see path scanning.
    if (route === null && (facts.whoKind === 'client' || event.status === 404 || event.status === 405)) return;
    if (event.status === 404 && (!route!.isUsed || event.objects.length > 0 || event.route.includes('{'))) return;
    const group = groupOf(facts);
    if (route?.isOrdinary(group)) return;
    if (facts.whoKind === 'client') {
      if (!facts.hasSource || this.#parts.population.users(facts) > SHARED_USERS) return;
    }
    this.#doors.find(facts, route);
    if (route !== null && this.#isOwn(facts, route.key)) return;
    const campaign = this.#campaigns.find(event.service, whoClientKey, facts);
    if (campaign !== undefined) {
      this.#continue(campaign, facts);
      return;
    }
    if (this.#doors.isCommon(this.#doors.door, atMs)) return;
    const slot = this.#rows.open(facts.who, atMs);
    const { columns } = this.#rows;
    if (this.#rows.fresh) {
      columns.firstMs.set(slot, atMs);
      columns.watch[slot] = this.#watch.add(facts.who);
    }
    columns.denials[slot]!++;
    const note = this.#notes.get(slot) ?? newNote();
    this.#notes.set(slot, note);
    if (!this.#addDoor(note, facts)) return;
    this.#judge(slot, note, facts);
    if (!facts.tainted) this.#doors.meet(facts);
  }

  #judge(slot: number, note: Note, facts: Facts): void {
    const { atMs } = facts;
    const { columns } = this.#rows;
    const denials = columns.denials[slot]!;
    const probe = this.#evidence(note, facts, denials);
    this.#rows.suspicion[slot] = total(probe);
    if (!isProbe(probe)) return;
    this.#forgetCommon(note, atMs);
    const sure = this.#evidence(note, facts, denials);
    if (!isProbe(sure)) return;
    const campaign = this.#campaigns.open({
      service: facts.event.service,
      key: whoClientKey(facts),
      atMs,
      holdMs: note.opened.length > 0 ? 0 : HOLD_MS,
      data: { ...sure, who: capitalised(whoName(facts)) },
    });
    campaign.firstMs = Math.min(columns.firstMs.get(slot), atMs);
    campaign.requests = denials + note.opened.length;
    for (const name of note.sources) addToTally(campaign.sources, name);
    if (facts.event.actor !== '') addToTally(campaign.actors, facts.event.actor, campaign.requests);
    for (const name of note.names) {
      addToTally(campaign.targets, `route:${name}`);
      addToTally(campaign.routes, name);
    }
    for (const name of note.opened) addToTally(campaign.targets, `route:${name}`);
    this.#rows.remove(slot);
    facts.tainted = true;
    this.#campaigns.touch(campaign, atMs, true);
  }

  #continue(campaign: Campaign<Probe>, facts: Facts): void {
    const { data } = campaign;
    facts.tainted = true;
    noteRequest(campaign, facts.event);
    data.denials++;
    addToTally(campaign.targets, `route:${doorName(facts)}`);
    if (this.#addDoor(data.note, facts)) Object.assign(data, this.#evidence(data.note, facts, data.denials));
    this.#campaigns.touch(campaign, facts.atMs);
  }

  #addDoor(note: Note, facts: Facts): boolean {
    const { event } = facts;
    noteName(note.sources, event.source);
    if (note.doors.includes(this.#doors.door.lo) || note.doors.length >= 256) return false;
    note.doors.push(this.#doors.door.lo);
    note.doorsHigh.push(this.#doors.door.hi);
    note.admin.push(isAdminLike(facts));
    noteName(note.names, doorName(facts));
    if (event.status !== 401) note.forbidden++;
    return true;
  }

  #evidence(note: Note, facts: Facts, denials: number): Omit<Probe, 'who'> {
    const admin = note.admin.filter((one) => one).length;
    return {
      note,
      denials,
      members: this.#parts.routes.members(groupOf(facts)),
      known: this.#parts.routes.isKnown(facts.atMs),
      nats: {
        doors: DOOR_NATS * note.doors.length,
        admin: ADMIN_NATS * admin,
      },
      threshold: this.#threshold.of(facts.event.service),
    };
  }

  #confirm(campaign: Campaign<Probe>, nowMs: number): boolean {
    const { data } = campaign;
    if (data.note.opened.length > 0) return true;
    this.#forgetCommon(data.note, nowMs);
    data.nats.doors = DOOR_NATS * data.note.doors.length;
    data.nats.admin = ADMIN_NATS * data.note.admin.filter((one) => one).length;
    return isProbe(data);
  }

  /** Has the actor got in there before? Someone without a name: has anybody from the same network? */
  #isOwn(facts: Facts, route: Readonly<Key>): boolean {
    mixKeys(TAG.own, facts.whoKind === 'client' ? facts.prefix : facts.who, route, this.#key);
    return this.#own.has(this.#key);
  }

  #forgetCommon(note: Note, atMs: number): void {
    const kept = note.doors.map((lo, i) => !this.#doors.isCommon({ hi: note.doorsHigh[i]!, lo }, atMs));
    note.doors = note.doors.filter((_, i) => kept[i]);
    note.doorsHigh = note.doorsHigh.filter((_, i) => kept[i]);
    note.admin = note.admin.filter((_, i) => kept[i]);
  }
}

export const privilegeProbing: DetectorDefinition = {
  type: 'privilege_probing',
  create: (parts, room) => new PrivilegeProbing(parts, room),
};
