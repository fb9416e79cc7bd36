import { type Campaign, Campaigns, HOLD_MS, noteRequest } from '../core/campaigns.js';
import type { Key } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import { Watch } from '../core/watch.js';
import type { Detector, DetectorDefinition, Parts, Room } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import {
  evidenceOf,
  isScan,
  NAMED,
  NOTED,
  type Note,
  newNote,
  noteName,
  SCOPES,
  type Scan,
  type Scope,
  total,
} from './scan-evidence.js';
import { describeScan } from './scan-statement.js';

const HOUR_MS = 3_600_000;
/** Any request may ask for a path that is not there (reference 3.3). */
const UPDATES_PER_MILLION = 1_000_000;
/** More returning users than this make an address shared: only its single clients can be blamed (guard G3). */
const SHARED_USERS = 10;
/** Misses of one source that teach the service's usual share, a day: no scan teaches its own baseline. */
const VOTES = 3;
/** Requests since the first miss, and where the key is counted in the watch. */
const COLUMNS = { requests: 'u32', firstMs: 'f64', watch: 'u32' } as const;

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
      describe: describeScan,
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
    const scan = evidenceOf(note, columns.requests[slot]!, usual);
    if (total(scan) <= 0) {
      this.#rows.remove(slot);
      return false;
    }
    this.#rows.suspicion[slot] = total(scan);
    if (!isScan(scan, scope)) return false;
    this.#forgetCommon(note, event.service, atMs);
    const sure = evidenceOf(note, columns.requests[slot]!, usual);
    if (!isScan(sure, scope)) return false;
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
        evidenceOf(data.note, data.requests, {
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
    const left = evidenceOf(data.note, data.requests, {
      rate: data.strayShare,
      size: data.straySize,
      threshold: data.threshold,
    });
    return isScan(left, data.scope);
  }
}

const KEY_OF = {
  source: 'source',
  client: 'sourceClient',
  prefix: 'prefix',
  software: 'client',
} as const satisfies Record<Scope, keyof { [K in keyof Facts as Facts[K] extends Key ? K : never]: true }>;

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

export const pathScanning: DetectorDefinition = {
  type: 'path_scanning',
  create: (parts, room) => new PathScanning(parts, room),
};
