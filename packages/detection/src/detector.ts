import type { AlertType } from '@vedette/protocol';
import type { z } from 'zod';
import type { Agenda } from './core/agenda.js';
import type { KeyTable } from './core/key-table.js';
import type { Part } from './core/part.js';
import type { Facts } from './parts/facts.js';
import type { Logins } from './parts/logins.js';
import type { Objects } from './parts/objects.js';
import type { Paths } from './parts/paths.js';
import type { Population } from './parts/population.js';
import type { Routes } from './parts/routes.js';
import type { Suspects } from './parts/suspects.js';
import type { Volumes } from './parts/volumes.js';
import type { Without } from './without.js';

/** The shared parts that a detector may ask. All speak about the time *before* the event that is being observed. */
export interface Parts {
  readonly agenda: Agenda;
  readonly logins: Logins;
  readonly objects: Objects;
  readonly paths: Paths;
  readonly population: Population;
  readonly routes: Routes;
  readonly suspects: Suspects;
  readonly volumes: Volumes;
  /** Guards and kinds of evidence that this run leaves out, for measuring; read once, at construction. */
  readonly without: Without;
}

/** Rows that a detector may keep, from the engine's memory plan. */
export interface Room {
  /** Sources, actors or clients. */
  readonly keys: number;
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

/** How a detector is made, with its settings as data. */
export interface DetectorDefinition<S> {
  readonly type: AlertType;
  /** Every setting has a default: an empty object is valid. */
  readonly settings: z.ZodType<S>;
  create(parts: Parts, settings: S, room: Room): Detector;
}

/** Forgets the settings' type, so that definitions of different detectors fit in one list. */
export function defineDetector<S>(definition: DetectorDefinition<S>): DetectorDefinition<unknown> {
  return {
    type: definition.type,
    settings: definition.settings,
    create: (parts, settings, room) => definition.create(parts, definition.settings.parse(settings), room),
  };
}
