import type { Evidence, Outcome } from '@vedette/protocol';
import { type Campaign, Campaigns, HOLD_MS, noteRequest, type Statement } from '../core/campaigns.js';
import type { Key } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { binaryNats } from '../core/likelihood.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally, tallySize } from '../core/tally.js';
import { Watch } from '../core/watch.js';
import { counted, duration, grouped, percent } from '../core/words.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import { PROBE_KINDS } from '../parts/path-kinds.js';

const HOUR_MS = 3_600_000;
/** Any request may ask for a path that is not there (reference 3.3). */
const UPDATES_PER_MILLION = 1_000_000;
/** A well-known probe is worth five nats, at most three of them count (reference 5.7). */
const PROBE_NATS = 5;
const PROBE_LIMIT = 15;
/** With well-known probes four paths of two kinds, or six, are a scan. */
const MIN_PATHS = { twoKinds: 4, oneKind: 6 } as const;
/** Without any, a dozen rare paths: an app of last year asks for about ten retired routes at its start. */
const MIN_RARE = 12;
/** What many addresses do together must be more: software is shared by strangers. */
const MIN_RARE_WIDE = 20;
const MIN_SOURCES = 3;
/** More returning users than this make an address shared: only its single clients can be blamed (guard G3). */
const SHARED_USERS = 10;
/** Misses of one source that teach the service's usual share, a day: no scan teaches its own baseline. */
const VOTES = 3;
/** Paths of one key that are told apart, and names of each sort that are remembered. */
const NOTED = 1_024;
const NAMED = 50;

/** Whom the evidence is about. */
const SCOPES = ['source', 'client', 'prefix', 'software'] as const;
type Scope = (typeof SCOPES)[number];

/** Requests since the first miss, and where the key is counted in the watch. */
const COLUMNS = { requests: 'u32', firstMs: 'f64', watch: 'u32' } as const;

/** What is remembered of a key under suspicion. Short lists, for there are many. */
interface Note {
  /** Keys of distinct missed paths, low lanes and high lanes. */
  rare: number[];
  rareHigh: number[];
  /** Distinct well-known probes by low lane, and their kinds. */
  readonly probes: number[];
  readonly kinds: number[];
  /** Well-known probes answered with success, and the sizes of the answers. */
  answered: string[];
  answeredBytes: number[];
  readonly paths: string[];
  readonly sources: string[];
  readonly actors: string[];
  misses: number;
}

interface Scan {
  offender: string;
  scope: Scope;
  note: Note;
  requests: number;
  rare: number;
  nats: { rare: number; probes: number };
  strayShare: number;
  straySize: number;
  threshold: number;
}

/**
 * Path scanning: someone asks for what might be there.
 *
 * Listens to requests for paths outside the service's inventory, and to well-known probes. Keeps, per address, per
 * (address, client software) where the address is shared, per network and per client software, the distinct rare paths
 * among all of its requests since the first (binary test against the service's usual share of stray requests), and the
 * well-known probes. A path that five networks miss is nobody's scan, also afterwards. Scans without probes are held for
 * a minute.
 */
class PathScanning implements Detector {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #rows: KeyTable<typeof COLUMNS>;
  readonly #notes = new Map<number, Note>();
  readonly #watch = new Watch();
  readonly #campaigns: Campaigns<Scan>;

  constructor(parts: Parts, room: Room) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('path_scanning', UPDATES_PER_MILLION);
    this.#rows = new KeyTable({ name: 'scans', maxKeys: room.keys, ttlMs: 24 * HOUR_MS, columns: COLUMNS });
    this.#rows.onRemove = (slot) => {
      this.#watch.remove(this.#rows.columns.watch[slot]!);
      this.#notes.delete(slot);
    };
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'path_scanning',
      idleMs: HOUR_MS / 2,
      describe,
      confirm: (campaign, nowMs) => this.#confirm(campaign, nowMs),
    });
  }

  get tables(): readonly KeyTable<never>[] {
    return [this.#rows] as unknown as readonly KeyTable<never>[];
  }

  observe(facts: Facts): void {
    this.#countRequest(facts.source, facts.atMs);
    this.#countRequest(facts.sourceClient, facts.atMs);
    this.#countRequest(facts.prefix, facts.atMs);
    this.#countRequest(facts.client, facts.atMs);
    if (this.#parts.paths.facts.active && facts.hasSource) this.#observePath(facts);
  }

  /** Of one who is watched: the share of misses counts. */
  #countRequest(key: Readonly<Key>, atMs: number): void {
    if (!this.#watch.mayHave(key)) return;
    const slot = this.#rows.find(key, atMs);
    if (slot >= 0) this.#rows.columns.requests[slot]!++;
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
      notes: this.#notes,
      watch: this.#watch.save(),
      campaigns: this.#campaigns.save(),
    };
  }

  load(saved: unknown): void {
    const from = saved as { rows: unknown; notes: Map<number, Note>; watch: unknown; campaigns: unknown };
    this.#rows.load(from.rows);
    for (const [slot, note] of from.notes) this.#notes.set(slot, note);
    this.#watch.load(from.watch);
    this.#campaigns.load(from.campaigns);
  }

  #observePath(facts: Facts): void {
    const { service } = facts.event;
    const path = this.#parts.paths.facts;
    const shared = this.#parts.population.users(facts) > SHARED_USERS;
    for (const scope of SCOPES) {
      if (scope === (shared ? 'source' : 'client')) continue;
      const wide = scope === 'prefix' || scope === 'software';
      // Every scanner of the world has the public lists: they do not make one campaign of many.
      if (wide && path.kind >= 0) return;
      const campaign = this.#campaigns.size === 0 ? undefined : this.#campaigns.get(service, campaignKey(scope, facts));
      if (campaign !== undefined) {
        this.#continue(campaign, facts);
        return;
      }
      if (!path.rare && path.kind < 0) continue;
      if (scope === 'software' && facts.clientName === '') continue;
      if (this.#weigh(scope, facts)) return;
    }
  }

  /** Adds one path to one key. @returns whether the key is accused now */
  #weigh(scope: Scope, facts: Facts): boolean {
    const { event, atMs } = facts;
    const key = facts[KEY_OF[scope]];
    const slot = this.#rows.open(key, atMs);
    const { columns } = this.#rows;
    if (this.#rows.fresh) {
      columns.firstMs.set(slot, atMs);
      columns.requests[slot] = 1;
      columns.watch[slot] = this.#watch.add(key);
    }
    let note = this.#notes.get(slot);
    if (note === undefined) {
      note = newNote();
      this.#notes.set(slot, note);
    }
    const isNew = this.#addPath(note, facts);
    const service = this.#parts.paths.strayRate(event.service);
    if (isNew && (scope === 'source' || scope === 'client') && note.rare.length <= VOTES) service.miss(atMs);
    if (!isNew) return false;
    const usual = { rate: service.rate, size: service.size, threshold: this.#threshold.of(facts.event.service) };
    const scan = this.#evidence(note, columns.requests[slot]!, usual);
    if (total(scan) <= 0) {
      this.#rows.remove(slot);
      return false;
    }
    this.#rows.suspicion[slot] = total(scan);
    if (!this.#isScan(scan, scope)) return false;
    this.#forgetCommon(note, event.service, atMs);
    const sure = this.#evidence(note, columns.requests[slot]!, usual);
    if (!this.#isScan(sure, scope)) return false;
    this.#accuse({ ...sure, scope, offender: offenderName(scope, facts) }, columns.firstMs.get(slot), facts);
    this.#rows.remove(slot);
    return true;
  }

  /** Taken back: paths that five networks miss by now, and answers that turned out to be the page for everything. */
  #forgetCommon(note: Note, service: string, atMs: number): void {
    note.answered = note.answered.filter((_, i) => !this.#parts.paths.isSoft(service, note.answeredBytes[i]!));
    note.answeredBytes = note.answeredBytes.filter((bytes) => !this.#parts.paths.isSoft(service, bytes));
    const kept = note.rare.map((lo, i) => !this.#parts.paths.isCommon({ hi: note.rareHigh[i]!, lo }, atMs));
    note.rare = note.rare.filter((_, i) => kept[i]);
    note.rareHigh = note.rareHigh.filter((_, i) => kept[i]);
  }

  #addPath(note: Note, facts: Facts): boolean {
    const { event } = facts;
    const { key, kind, answered, rare } = this.#parts.paths.facts;
    note.misses++;
    noteName(note.sources, event.source);
    noteName(note.actors, event.actor);
    if (answered) {
      if (note.answered.length < NAMED && !note.answered.includes(event.path)) {
        note.answered.push(event.path);
        note.answeredBytes.push(event.responseBytes);
      }
      return false;
    }
    if (note.rare.length + note.probes.length >= NOTED) return false;
    if (kind >= 0 ? note.probes.includes(key.lo) : !rare || note.rare.includes(key.lo)) return false;
    noteName(note.paths, event.path);
    if (kind >= 0) {
      note.probes.push(key.lo);
      if (!note.kinds.includes(kind)) note.kinds.push(kind);
    } else {
      note.rare.push(key.lo);
      note.rareHigh.push(key.hi);
    }
    return true;
  }

  #evidence(
    note: Note,
    requests: number,
    usual: { rate: number; size: number; threshold: number },
  ): Omit<Scan, 'scope' | 'offender'> {
    const rare = note.rare.length + note.probes.length;
    return {
      note,
      requests,
      rare,
      nats: {
        rare: Math.max(0, binaryNats(rare, Math.max(rare, requests), usual.rate)),
        probes: Math.min(PROBE_LIMIT, PROBE_NATS * note.probes.length),
      },
      strayShare: usual.rate,
      straySize: usual.size,
      threshold: usual.threshold,
    };
  }

  #isScan(scan: Omit<Scan, 'scope' | 'offender'>, scope: Scope): boolean {
    const { note, rare } = scan;
    if (total(scan) < scan.threshold) return false;
    const wide = scope === 'prefix' || scope === 'software';
    if (wide && note.sources.length < MIN_SOURCES) return false;
    if (wide && scan.nats.rare <= 0) return false;
    if (note.probes.length > 0 && rare >= (note.kinds.length > 1 ? MIN_PATHS.twoKinds : MIN_PATHS.oneKind)) return true;
    return rare >= (wide ? MIN_RARE_WIDE : MIN_RARE);
  }

  #accuse(scan: Scan, firstMs: number, facts: Facts): void {
    const { event, atMs } = facts;
    const { note } = scan;
    const campaign = this.#campaigns.open({
      service: event.service,
      key: campaignKey(scan.scope, facts),
      atMs,
      holdMs: note.probes.length > 0 ? 0 : HOLD_MS,
      data: scan,
    });
    campaign.firstMs = Math.min(firstMs, atMs);
    campaign.requests = note.misses;
    for (const name of note.sources) addToTally(campaign.sources, name);
    for (const name of note.actors) addToTally(campaign.actors, name);
    for (const path of note.paths) addToTally(campaign.targets, `path:${path}`);
    facts.tainted = true;
    this.#campaigns.touch(campaign, atMs, true);
  }

  #continue(campaign: Campaign<Scan>, facts: Facts): void {
    const path = this.#parts.paths.facts;
    if (!path.rare && path.kind < 0) return;
    const { data } = campaign;
    const before = data.note.answered.length;
    facts.tainted = true;
    noteRequest(campaign, facts.event);
    addToTally(campaign.targets, `path:${facts.event.path}`);
    if (this.#addPath(data.note, facts)) {
      data.requests++;
      Object.assign(
        data,
        this.#evidence(data.note, data.requests, {
          rate: data.strayShare,
          size: data.straySize,
          threshold: data.threshold,
        }),
      );
    }
    const urgent = data.note.answered.length > before;
    if (campaign.heldUntilMs > 0 && (urgent || data.note.probes.length > 0)) {
      this.#campaigns.release(campaign, facts.atMs);
      return;
    }
    this.#campaigns.touch(campaign, facts.atMs, urgent);
  }

  #confirm(campaign: Campaign<Scan>, nowMs: number): boolean {
    const { data } = campaign;
    if (data.note.probes.length > 0) return true;
    this.#forgetCommon(data.note, campaign.service, nowMs);
    const left = this.#evidence(data.note, data.requests, {
      rate: data.strayShare,
      size: data.straySize,
      threshold: data.threshold,
    });
    return this.#isScan(left, data.scope);
  }
}

const KEY_OF = {
  source: 'source',
  client: 'sourceClient',
  prefix: 'prefix',
  software: 'client',
} as const satisfies Record<Scope, keyof { [K in keyof Facts as Facts[K] extends Key ? K : never]: true }>;

function newNote(): Note {
  return {
    rare: [],
    rareHigh: [],
    probes: [],
    kinds: [],
    answered: [],
    answeredBytes: [],
    paths: [],
    sources: [],
    actors: [],
    misses: 0,
  };
}

function noteName(names: string[], name: string): void {
  if (name !== '' && names.length < NAMED && !names.includes(name)) names.push(name);
}

function total(scan: { readonly nats: Scan['nats'] }): number {
  return scan.nats.rare + scan.nats.probes;
}

function campaignKey(scope: Scope, facts: Facts): string {
  switch (scope) {
    case 'source':
      return `source:${facts.address.label}`;
    case 'client':
      return `client:${facts.address.label} ${facts.clientName}`;
    case 'prefix':
      return `prefix:${facts.address.prefixLabel}`;
    case 'software':
      return `software:${facts.clientName}`;
  }
}

function offenderName(scope: Scope, facts: Facts): string {
  switch (scope) {
    case 'source':
      return facts.address.label;
    case 'client':
      return `one client at ${facts.address.label}`;
    case 'prefix':
      return facts.address.prefixLabel;
    case 'software':
      return `clients of one kind (${facts.event.userAgent.slice(0, 60) || facts.clientName})`;
  }
}

function describe(campaign: Campaign<Scan>): Statement {
  const { data } = campaign;
  const { note, nats } = data;
  const spanMs = campaign.lastMs - campaign.firstMs;
  const paths = data.rare + note.answered.length;
  const kinds = note.kinds.map((kind) => PROBE_KINDS[kind]!.name);
  const sources = tallySize(campaign.sources);
  const evidence: Evidence[] = [
    {
      name: 'paths_missed',
      text: `${counted(data.rare, 'different path')} asked for that are not there, among ${counted(data.requests, 'request')}; here ${percent(data.strayShare)} of requests usually are such`,
      observed: data.rare,
      expected: data.strayShare * data.requests,
      unit: 'paths',
      baseline: data.straySize > 0 ? { of: 'service', size: data.straySize } : { of: 'prior', size: 0 },
      logLikelihood: nats.rare,
    },
  ];
  if (note.probes.length > 0) {
    evidence.push({
      name: 'known_probes',
      text: `${counted(note.probes.length, 'well-known probe')} among them: ${kinds.join(', ')}`,
      observed: note.probes.length,
      expected: 0,
      unit: 'paths',
      baseline: null,
      logLikelihood: nats.probes,
    });
  }
  if (note.answered.length > 0) {
    evidence.push({
      name: 'probes_answered',
      text: `${counted(note.answered.length, 'well-known probe')} answered with success: ${note.answered.slice(0, 3).join(', ')}`,
      observed: note.answered.length,
      expected: 0,
      unit: 'paths',
      baseline: null,
      logLikelihood: null,
    });
  }
  const probes =
    note.probes.length > 0 ? `, ${grouped(note.probes.length)} of them well-known probes (${kinds.join(', ')})` : '';
  const from = sources > 1 ? ` from ${counted(sources, 'address', 'addresses')}` : '';
  const answered =
    note.answered.length > 0
      ? ` ${counted(note.answered.length, 'probe was', 'probes were')} answered: ${note.answered.slice(0, 3).join(', ')}.`
      : '';
  return {
    title: `Path scanning by ${data.offender}`,
    summary: `${capital(data.offender)} asked for ${counted(paths, 'path')} that are not part of the service in ${duration(spanMs)}${from}${probes}.${answered}`,
    evidence,
    logLikelihood: total(data),
    threshold: data.threshold,
    units: Math.max(1, paths),
    outcome: outcomeOf(campaign),
    discounts: [],
  };
}

/** A scanner with an account is inside already: more than the weather. */
function outcomeOf(campaign: Campaign<Scan>): Outcome {
  const { answered } = campaign.data.note;
  if (answered.some((path) => PROBE_KINDS.some((kind) => kind.isSecret && kind.pattern.test(path.toLowerCase())))) {
    return 'success';
  }
  return answered.length > 0 || tallySize(campaign.actors) > 0 ? 'partial' : 'none';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const pathScanning: DetectorDefinition = {
  type: 'path_scanning',
  create: (parts, room) => new PathScanning(parts, room),
};
