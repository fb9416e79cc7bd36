import type { AlertType } from '@vedette/protocol';
import type { Agenda } from './core/agenda.js';
import type { KeyTable } from './core/key-table.js';
import type { Part } from './core/part.js';
import type { Sensitivity } from './core/sensitivity.js';
import type { ListAttacks } from './detectors/list-attacks.js';
import type { Facts } from './parts/facts.js';
import type { Logins } from './parts/logins.js';
import type { Objects } from './parts/objects.js';
import type { Pasts } from './parts/pasts.js';
import type { Paths } from './parts/paths.js';
import type { Population } from './parts/population.js';
import type { Routes } from './parts/routes.js';
import type { SensitiveActions } from './parts/sensitive-actions.js';
import type { Suspects } from './parts/suspects.js';
import type { Volumes } from './parts/volumes.js';
import type { Without } from './without.js';

/** The shared parts that a detector may ask. All speak about the time *before* the event that is being observed. */
export interface Parts {
  readonly agenda: Agenda;
  readonly logins: Logins;
  readonly objects: Objects;
  readonly pasts: Pasts;
  readonly paths: Paths;
  readonly population: Population;
  readonly routes: Routes;
  /** How much evidence each detector asks for. */
  readonly sensitivity: Sensitivity;
  readonly actions: SensitiveActions;
  readonly suspects: Suspects;
  readonly volumes: Volumes;
  /** Guards and kinds of evidence that this run leaves out, for measuring; read once, at construction. */
  readonly without: Without;
}

/** What the detectors are made of: the parts, and the machinery that two of them share. */
export interface DetectorParts extends Parts {
  readonly lists: ListAttacks;
}

/** Rows that a detector may keep, from the engine's memory plan. */
export interface Room {
  /** Sources, actors or clients under suspicion. */
  readonly keys: number;
  /** All who are active: sessions, users, readers of a catalogue. */
  readonly active: number;
  /** All who do something seldom, like trying a code. */
  readonly callers: number;
  /** Members of a "seen within a day" filter. */
  readonly contacts: number;
}

/** One behaviour looked for. */
export interface Detector extends Part {
  /** Called for every event, in order of arrival. Emits through its campaigns. */
  observe(facts: Facts): void;
  /** Something it asked the agenda for is due. */
  tick(nowMs: number): void;
  /** End of input. */
  flush(nowMs: number): void;
  /** Its tables, for the engine's statistics. */
  readonly tables: readonly KeyTable<never>[];
}

/** How a detector is made. */
export interface DetectorDefinition {
  readonly type: AlertType;
  create(parts: DetectorParts, room: Room): Detector;
}
