import { deserialize, serialize } from 'node:v8';
import {
  type AlertType,
  checkSettings,
  DEFAULT_SETTINGS,
  type Finding,
  type RequestEvent,
  type Settings,
  type SettingsInput,
  SettingsSchema,
  VedetteError,
} from '@vedette/protocol';
import { z } from 'zod';
import { Agenda } from './core/agenda.js';
import { EventClock } from './core/event-clock.js';
import { closeAccount, type Holder, openAccount, type TableStats } from './core/memory.js';
import type { Part } from './core/part.js';
import { Sensitivity } from './core/sensitivity.js';
import type { Detector, DetectorParts, Parts, Room } from './detector.js';
import { DETECTORS } from './detectors/index.js';
import { ListAttacks } from './detectors/list-attacks.js';
import { planMemory } from './memory-plan.js';
import { FactReader } from './parts/fact-reader.js';
import type { Facts } from './parts/facts.js';
import { Logins } from './parts/logins.js';
import { Objects } from './parts/objects.js';
import { Pasts } from './parts/pasts.js';
import { Paths } from './parts/paths.js';
import { Population } from './parts/population.js';
import { Routes } from './parts/routes.js';
import { SensitiveActions } from './parts/sensitive-actions.js';
import { Suspects } from './parts/suspects.js';
import { Volumes } from './parts/volumes.js';
import { isIn, Policy } from './policy.js';
import { GUARD_NAMES } from './without.js';

/** Raised whenever the saved state changes its meaning: an older snapshot is then refused, and rebuilt from storage. */
const SNAPSHOT_VERSION = 8;
const MAGIC = 'vedette-engine';

export const EngineOptionsSchema = z
  .object({
    /** Memory for all detector state, in MB. */
    stateMemoryMB: z.number().min(16).max(65_536).default(512),
    /** Seed of the keyed hashes. A secret one keeps an attacker from aiming collisions; replay keeps the default. */
    hashSeed: z.number().int().default(0x5eed),
    /** What is looked for where, how sensitively, and whom to trust; {@link Engine.configure} changes it later. */
    settings: SettingsSchema.prefault({}),
    /** Guards and kinds of evidence to leave out (without.ts). For measuring what each of them buys, never in service. */
    without: z.array(z.enum(GUARD_NAMES)).default([]),
  })
  .strict();

export type EngineOptions = z.input<typeof EngineOptionsSchema>;

export interface EngineStats {
  /** Events observed, including those too old to be scored. */
  readonly events: number;
  /** Events more than 24 h behind the engine's time: not scored. */
  readonly tooLate: number;
  /** Events whose clock ran ahead and was not believed. */
  readonly clamped: number;
  /** Event time of the engine, Unix ms; -Infinity before the first event. */
  readonly nowMs: number;
  /** All tables and filters; the sum of their `maxBytes` is what {@link EngineOptions} allows them. */
  readonly tables: readonly TableStats[];
}

/**
 * The streaming engine: request events in, findings out. Pure: no I/O, no wall clock, no randomness; time is the
 * events' own, so that replay, restart and a second node come to the same findings.
 */
export interface Engine {
  /** Scores one event and learns from it. @returns what was found; one shared empty array in the usual case */
  observe(event: RequestEvent): readonly Finding[];
  /** Event time moves on without traffic: held findings are released, quiet campaigns close. */
  advance(nowMs: number): readonly Finding[];
  /** End of input: says what is held, closes all campaigns. */
  flush(): readonly Finding[];
  /**
   * Takes other settings from the next event on; nothing that was learned is lost. A campaign of a type that is switched
   * off is told no further.
   *
   * @throws VedetteError `VDT_SETTINGS_INVALID`
   */
  configure(settings: SettingsInput): void;
  /** The whole state, for {@link restoreEngine}. */
  snapshot(): Uint8Array;
  stats(): EngineStats;
}

const NOTHING: readonly Finding[] = Object.freeze([]);

/** @throws VedetteError `VDT_DETECTION_OPTIONS` when the options do not fit their schema */
export function createEngine(options: EngineOptions = {}): Engine {
  return new StreamEngine(options);
}

/**
 * An engine that goes on where the one that gave the snapshot stopped.
 *
 * @param options as for {@link createEngine}; the seed comes from the snapshot
 * @throws VedetteError `VDT_SNAPSHOT_VERSION` when the snapshot cannot be read: rebuild the state from stored events
 */
export function restoreEngine(snapshot: Uint8Array, options: EngineOptions = {}): Engine {
  let saved: { magic?: unknown; version?: unknown; hashSeed?: unknown; parts?: unknown };
  try {
    saved = deserialize(snapshot) as typeof saved;
  } catch (cause) {
    throw new VedetteError('VDT_SNAPSHOT_VERSION', 'the detector snapshot is not readable', { cause });
  }
  if (saved?.magic !== MAGIC || saved.version !== SNAPSHOT_VERSION) {
    throw new VedetteError(
      'VDT_SNAPSHOT_VERSION',
      `the detector snapshot has version ${String(saved?.version)}, this engine reads ${SNAPSHOT_VERSION}`,
    );
  }
  const engine = new StreamEngine({ ...options, hashSeed: saved.hashSeed as number });
  try {
    engine.load(saved.parts);
  } catch (cause) {
    // Parts trust what they saved; a layout that they do not know fails in one of them, wherever it happens to.
    throw new VedetteError('VDT_SNAPSHOT_VERSION', 'the detector snapshot has a layout of another version', { cause });
  }
  return engine;
}

class StreamEngine implements Engine {
  readonly #agenda: Agenda;
  readonly #clock = new EventClock();
  readonly #facts: FactReader;
  readonly #logins: Logins;
  readonly #objects: Objects;
  readonly #paths: Paths;
  readonly #routes: Routes;
  readonly #population: Population;
  readonly #suspects: Suspects;
  readonly #actions = new SensitiveActions();
  readonly #pasts: Pasts;
  readonly #volumes: Volumes;
  readonly #lists: ListAttacks;
  readonly #detectors = new Map<AlertType, Detector>();
  readonly #inOrder: Detector[] = [];
  /** Their `observe`, bound: finding the method of fifteen classes for every event costs more than many of them do. */
  readonly #observers: ((facts: Facts) => void)[] = [];
  /** All tables and filters. */
  readonly #holders: readonly Holder[];
  /** Detectors that see an event, by the types that it is not looked at for. */
  readonly #without = new Map<number, readonly Detector[]>();
  readonly #sensitivity = new Sensitivity();
  readonly #usesTrust: boolean;
  #policy = new Policy(DEFAULT_SETTINGS);
  readonly #hashSeed: number;
  readonly #taints: boolean;
  #events = 0;

  constructor(input: EngineOptions) {
    const options = parseOptions(input);
    const plan = planMemory(options.stateMemoryMB);
    const without = new Set(options.without);
    openAccount();
    this.#hashSeed = options.hashSeed;
    this.#taints = !without.has('taint');
    this.#usesTrust = !without.has('trusted');
    this.#agenda = new Agenda(!without.has('hold'));
    this.#facts = new FactReader(options.hashSeed);
    this.#population = new Population(plan.sources, without);
    this.#logins = new Logins(plan, this.#population, without);
    this.#suspects = new Suspects(plan.suspects);
    this.#pasts = new Pasts(plan.active);
    this.#paths = new Paths(plan, without);
    this.#routes = new Routes(options.hashSeed);
    this.#objects = new Objects(plan, without, this.#routes);
    this.#volumes = new Volumes(plan, { routes: this.#routes, seed: options.hashSeed, without });
    const shared: Parts = {
      agenda: this.#agenda,
      logins: this.#logins,
      objects: this.#objects,
      pasts: this.#pasts,
      paths: this.#paths,
      routes: this.#routes,
      sensitivity: this.#sensitivity,
      population: this.#population,
      actions: this.#actions,
      suspects: this.#suspects,
      volumes: this.#volumes,
      without,
    };
    const room: Room = {
      keys: plan.suspects,
      active: plan.active,
      callers: plan.callers,
      contacts: plan.detectorContacts,
    };
    this.#lists = new ListAttacks(shared, room);
    const parts: DetectorParts = { ...shared, lists: this.#lists };
    for (const definition of DETECTORS) {
      const detector = definition.create(parts, room);
      this.#detectors.set(definition.type, detector);
      this.#inOrder.push(detector);
      this.#observers.push(detector.observe.bind(detector));
    }
    this.#holders = closeAccount();
    this.#apply(options.settings);
  }

  observe(event: RequestEvent): readonly Finding[] {
    this.#events++;
    const atMs = this.#clock.admit(event.startMs);
    if (Number.isNaN(atMs)) return NOTHING;
    this.#tickUntil(this.#clock.nowMs);
    const facts = this.#facts.read(event, atMs);
    this.#logins.read(facts);
    this.#routes.read(facts);
    this.#volumes.read(facts);
    this.#paths.read(facts);
    const observers = this.#observers;
    if (!this.#policy.isPlain) this.#observeSome(facts);
    else for (let i = 0; i < observers.length; i++) observers[i]!(facts);
    if (!this.#taints) facts.tainted = false;
    this.#logins.learn(facts);
    this.#objects.learn(facts);
    this.#paths.learn(facts);
    this.#routes.learn(facts);
    this.#volumes.learn(facts);
    this.#population.learn(facts);
    return this.#found();
  }

  configure(settings: SettingsInput): void {
    this.#apply(checkSettings(settings, 'settings'));
  }

  advance(nowMs: number): readonly Finding[] {
    this.#clock.advance(nowMs);
    this.#tickUntil(this.#clock.nowMs);
    return this.#found();
  }

  flush(): readonly Finding[] {
    for (const detector of this.#inOrder) detector.flush(this.#clock.nowMs);
    return this.#found();
  }

  /**
   * `node:v8` serialisation: it writes Maps and typed arrays as they are, compactly and at memory speed, needs no
   * schema beside the version, and every later V8 reads what an earlier one wrote. Snapshots are our own files, never
   * input from outside.
   */
  snapshot(): Uint8Array {
    const parts: Record<string, unknown> = {};
    for (const [name, part] of this.#parts()) parts[name] = part.save();
    parts.engine = { events: this.#events, nowMs: this.#agenda.nowMs, dueMs: this.#agenda.dueMs };
    return serialize({ magic: MAGIC, version: SNAPSHOT_VERSION, hashSeed: this.#hashSeed, parts });
  }

  load(saved: unknown): void {
    const from = saved as Record<string, unknown>;
    for (const [name, part] of this.#parts()) if (from[name] !== undefined) part.load(from[name]);
    const engine = from.engine as { events: number; nowMs: number; dueMs: number };
    this.#events = engine.events;
    this.#agenda.nowMs = engine.nowMs;
    this.#agenda.dueMs = engine.dueMs;
  }

  stats(): EngineStats {
    return {
      events: this.#events,
      tooLate: this.#clock.tooLate,
      clamped: this.#clock.clamped,
      nowMs: this.#clock.nowMs,
      tables: this.#holders.map((holder) => holder.stats()),
    };
  }

  *#parts(): Iterable<[string, Part]> {
    yield ['clock', this.#clock];
    yield ['logins', this.#logins];
    yield ['objects', this.#objects];
    yield ['paths', this.#paths];
    yield ['routes', this.#routes];
    yield ['volumes', this.#volumes];
    yield ['population', this.#population];
    yield ['suspects', this.#suspects];
    yield ['actions', this.#actions];
    yield ['lists', this.#lists];
    yield ['pasts', this.#pasts];
    yield* this.#detectors;
  }

  /** Does all that is due, in order of its time, so that the result does not depend on when the engine is asked. */
  #tickUntil(nowMs: number): void {
    while (this.#agenda.dueMs <= nowMs) {
      // What is overdue is done now: time does not go back.
      const dueMs = Math.max(this.#agenda.dueMs, this.#agenda.nowMs);
      this.#agenda.dueMs = Number.POSITIVE_INFINITY;
      this.#agenda.nowMs = dueMs;
      for (const detector of this.#inOrder) detector.tick(dueMs);
    }
    this.#agenda.nowMs = nowMs;
  }

  #apply(settings: Settings): void {
    this.#sensitivity.configure(settings);
    this.#policy = new Policy(settings, this.#usesTrust);
  }

  /** As the settings want it: without some types at this service, or from a source that is trusted. */
  #observeSome(facts: Facts): void {
    const skipped = this.#policy.skipped(facts.event);
    let chosen = this.#without.get(skipped);
    if (chosen === undefined) {
      chosen = [...this.#detectors].filter(([type]) => !isIn(type, skipped)).map(([, detector]) => detector);
      this.#without.set(skipped, chosen);
    }
    for (const detector of chosen) detector.observe(facts);
    if (skipped !== 0 && this.#policy.isDrill(facts.event)) facts.tainted = true;
  }

  #found(): readonly Finding[] {
    if (!this.#agenda.hasFindings) return NOTHING;
    const findings = this.#agenda.take();
    if (this.#policy.isPlain) return findings;
    return findings.filter((finding) => this.#policy.isOn(finding.type, finding.service));
  }
}

function parseOptions(input: EngineOptions): z.output<typeof EngineOptionsSchema> {
  const parsed = EngineOptionsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { error } = parsed;
  throw new VedetteError('VDT_DETECTION_OPTIONS', `detection options: ${z.prettifyError(error)}`, { cause: error });
}
