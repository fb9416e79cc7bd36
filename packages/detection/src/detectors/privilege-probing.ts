import type { Discount, Evidence, Outcome } from '@vedette/protocol';
import { BloomGenerations } from '../core/bloom.js';
import { type Campaign, Campaigns, HOLD_MS, noteRequest, type Statement } from '../core/campaigns.js';
import { type Key, mixKeys, mixNumber, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { nats } from '../core/likelihood.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally, tallySize } from '../core/tally.js';
import { Watch } from '../core/watch.js';
import { counted, duration, grouped, shortName } from '../core/words.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { shapeKey } from '../parts/paths.js';
import { groupOf } from '../parts/routes.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Any request may try a door (reference 3.3). */
const UPDATES_PER_MILLION = 1_000_000;
/** A door that neither actor nor peers use, refused: 2 % of benign actors meet one more, 60 % of probes do (reference 5.9). */
const DOOR_NATS = nats(0.6, 0.02);
/** Words of administration stand in seven of ten doors that are probed, and in a quarter of those met by chance. */
const ADMIN_NATS = 1;
const ADMIN =
  /(?:^|[/_.-])(?:admin\w*|internal|manage\w*|management|sudo|root|superuser|staff|backoffice|console|debug|config\w*|settings|roles?|permissions?|audit\w*|impersonat\w*|privileges?|secrets?|feature-flags|api-?keys?|tenants?)(?:$|[/_.-])|Admin|Impersonate|Role|Permission|AuditLog/;
/** No one is accused below five doors; with 401 alone, or before it is known who uses what, below eight. */
const MIN_DOORS = 5;
const MIN_DOORS_WEAK = 8;
/** From so many denials on, getting in elsewhere is a success. */
const MIN_DENIALS = 3;
/** So many users of a door in a group are none to speak of. */
const UNUSED = 2;
/** The same few doors again and again: a client with an expired token, or a screen that polls (guard G4). */
const LOOP = 4;
/** What eight actors or five networks also meet is the site's doing (reference 11.7). */
const COMMON_ACTORS = 8;
const COMMON_NETWORKS = 5;
const SHARED_USERS = 10;
const NAMED = 50;
const TAG = { door: 61, own: 62, place: 63 } as const;

const ROW_COLUMNS = { firstMs: 'f64', denials: 'u32', watch: 'u32' } as const;
const DOOR_COLUMNS = { actors: 'u32', networks: 'u32' } as const;

/** What is remembered of someone who was refused. */
interface Note {
  /** Low and high lanes of the doors' keys, and whether each reads like administration. */
  doors: number[];
  doorsHigh: number[];
  admin: boolean[];
  /** Doors that opened although nobody like this actor uses them. */
  readonly opened: string[];
  readonly names: string[];
  readonly sources: string[];
  /** Denials answered otherwise than 401. */
  forbidden: number;
}

interface Probe {
  who: string;
  note: Note;
  denials: number;
  members: number;
  known: boolean;
  nats: { doors: number; admin: number };
  threshold: number;
}

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
  readonly #doors: KeyTable<typeof DOOR_COLUMNS>;
  /** Who got in at doors that are not ordinary, by actor and by network. */
  readonly #own: BloomGenerations;
  readonly #notes = new Map<number, Note>();
  readonly #watch = new Watch();
  readonly #campaigns: Campaigns<Probe>;
  readonly #door = newKey();
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
    this.#doors = new KeyTable({
      name: 'doors',
      maxKeys: room.keys / 2,
      ttlMs: 30 * DAY_MS,
      columns: DOOR_COLUMNS,
    });
    this.#own = new BloomGenerations({
      name: 'doors of one’s own',
      keys: room.contacts / 16,
      generations: 3,
      generationMs: 30 * DAY_MS,
    });
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'privilege_probing',
      idleMs: 30 * MINUTE_MS,
      describe,
      confirm: (campaign, nowMs) => this.#confirm(campaign, nowMs),
    });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#rows, this.#doors] as unknown as readonly KeyTable<never>[];
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
    const campaign = this.#campaigns.find(event.service, whoKey, facts);
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
    this.#findDoor(facts);
    if (route !== null && this.#isOwn(facts, route.key)) return;
    const campaign = this.#campaigns.find(event.service, whoKey, facts);
    if (campaign !== undefined) {
      this.#continue(campaign, facts);
      return;
    }
    if (this.#isCommon(this.#door, atMs)) return;
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
    if (!facts.tainted) this.#meet(facts);
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
      key: whoKey(facts),
      atMs,
      holdMs: note.opened.length > 0 ? 0 : HOLD_MS,
      data: { ...sure, who: whoName(facts) },
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
    if (note.doors.includes(this.#door.lo) || note.doors.length >= 256) return false;
    note.doors.push(this.#door.lo);
    note.doorsHigh.push(this.#door.hi);
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

  /** Key of the door that the event tried: of its route, or of the shape of its path. */
  #findDoor(facts: Facts): void {
    const route = this.#parts.routes.current;
    if (route !== null) {
      mixNumber(TAG.door, route.key, 0, this.#door);
      return;
    }
    shapeKey(facts.event.path, this.#door);
    mixKeys(TAG.place, facts.service, this.#door, this.#door);
    mixNumber(TAG.door, this.#door, facts.event.method.charCodeAt(0), this.#door);
  }

  /** Has the actor got in there before? Someone without a name: has anybody from the same network? */
  #isOwn(facts: Facts, route: Readonly<Key>): boolean {
    mixKeys(TAG.own, facts.whoKind === 'client' ? facts.prefix : facts.who, route, this.#key);
    return this.#own.has(this.#key);
  }

  /** Notes who was refused at a door. */
  #meet(facts: Facts): void {
    const slot = this.#doors.open(this.#door, facts.atMs);
    const { actors, networks } = this.#doors.columns;
    mixKeys(TAG.door, this.#door, facts.who, this.#key);
    actors[slot] = actors[slot]! | (1 << (this.#key.lo & 31));
    mixKeys(TAG.door, this.#door, facts.prefix, this.#key);
    networks[slot] = networks[slot]! | (1 << (this.#key.lo & 31));
  }

  #isCommon(door: Readonly<Key>, atMs: number): boolean {
    const slot = this.#doors.find(door, atMs);
    if (slot < 0) return false;
    const { actors, networks } = this.#doors.columns;
    return ones(actors[slot]!) >= COMMON_ACTORS - 1 && ones(networks[slot]!) >= COMMON_NETWORKS - 1;
  }

  #forgetCommon(note: Note, atMs: number): void {
    const kept = note.doors.map((lo, i) => !this.#isCommon({ hi: note.doorsHigh[i]!, lo }, atMs));
    note.doors = note.doors.filter((_, i) => kept[i]);
    note.doorsHigh = note.doorsHigh.filter((_, i) => kept[i]);
    note.admin = note.admin.filter((_, i) => kept[i]);
  }
}

function isProbe(probe: Omit<Probe, 'who'>): boolean {
  const { note } = probe;
  if (total(probe) < probe.threshold) return false;
  const tried = note.doors.length;
  if (probe.denials > LOOP * tried) return false;
  const weak = note.forbidden === 0 || !probe.known;
  return tried >= (weak ? MIN_DOORS_WEAK : MIN_DOORS);
}

function newNote(): Note {
  return { doors: [], doorsHigh: [], admin: [], opened: [], names: [], sources: [], forbidden: 0 };
}

function noteName(names: string[], name: string): boolean {
  if (name === '' || names.length >= NAMED || names.includes(name)) return false;
  names.push(name);
  return true;
}

function total(probe: { readonly nats: Probe['nats'] }): number {
  return probe.nats.doors + probe.nats.admin;
}

function ones(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function isAdminLike(facts: Facts): boolean {
  const { operation, path } = facts.event;
  return ADMIN.test(operation !== '' ? operation : path);
}

function doorName(facts: Facts): string {
  const { event } = facts;
  return `${event.method} ${event.operation || event.route || event.path}`;
}

function whoKey(facts: Facts): string {
  if (facts.whoKind === 'actor') return `actor:${facts.event.actor}`;
  if (facts.whoKind === 'session') return `session:${facts.event.session}`;
  return `client:${facts.address.label} ${facts.clientName}`;
}

function whoName(facts: Facts): string {
  const { event } = facts;
  if (facts.whoKind === 'actor') {
    return `${event.actorKind === 'api_key' ? 'API key' : 'User'} ${shortName(event.actor)}`;
  }
  if (facts.whoKind === 'session') return `Session ${shortName(event.session)}`;
  return facts.address.label;
}

function describe(campaign: Campaign<Probe>): Statement {
  const { data } = campaign;
  const { note, nats: parts } = data;
  const spanMs = campaign.lastMs - campaign.firstMs;
  const doors = note.doors.length;
  const baseline = { of: 'peers' as const, size: data.members };
  const evidence: Evidence[] = [
    {
      name: 'doors_refused',
      text: `${counted(doors, 'different door')} (method and route) refused, none of them used by ${data.who} before or by two in a hundred of ${grouped(data.members)} peers`,
      observed: doors,
      expected: 0.02,
      unit: 'doors',
      baseline,
      logLikelihood: parts.doors,
    },
  ];
  if (parts.admin > 0) {
    const admin = note.admin.filter((one) => one).length;
    evidence.push({
      name: 'administration',
      text: `${grouped(admin)} of them ${admin === 1 ? 'reads' : 'read'} like administration`,
      observed: admin,
      expected: null,
      unit: 'doors',
      baseline: null,
      logLikelihood: parts.admin,
    });
  }
  if (note.opened.length > 0) {
    evidence.push({
      name: 'doors_opened',
      text: `${counted(note.opened.length, 'such door')} opened: ${note.opened.slice(0, 3).join(', ')}`,
      observed: note.opened.length,
      expected: 0,
      unit: 'doors',
      baseline,
      logLikelihood: null,
    });
  }
  const outcome: Outcome = note.opened.length > 0 ? 'success' : 'none';
  const opened =
    note.opened.length > 0
      ? ` ${counted(note.opened.length, 'door')} opened: ${note.opened.slice(0, 3).join(', ')}.`
      : ' None opened.';
  const discounts: Discount[] = data.known
    ? []
    : [{ reason: 'cold_start', text: 'Still learning who uses what here', points: 10 }];
  return {
    title: `Privilege probing by ${data.who}`,
    summary: `${data.who} was refused at ${counted(doors, 'door')} in ${duration(spanMs)} that neither it nor its peers use (${note.names.slice(0, 3).join(', ')}${tallySize(campaign.targets) > 3 ? ', …' : ''}).${opened}`,
    evidence,
    logLikelihood: total(data),
    threshold: data.threshold,
    units: Math.max(1, doors + note.opened.length),
    outcome,
    discounts,
  };
}

export const privilegeProbing: DetectorDefinition = {
  type: 'privilege_probing',
  create: (parts, room) => new PrivilegeProbing(parts, room),
};
