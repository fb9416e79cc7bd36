import { nats } from '../core/likelihood.js';

/** A door that neither actor nor peers use, refused: 2 % of benign actors meet one more, 60 % of probes do (reference 5.9). */
export const DOOR_NATS = nats(0.6, 0.02);
/** No one is accused below five doors; with 401 alone, or before it is known who uses what, below eight. */
const MIN_DOORS = 5;
const MIN_DOORS_WEAK = 8;
/** The same few doors again and again: a client with an expired token, or a screen that polls (guard G4). */
const LOOP = 4;
/** Words of administration stand in seven of ten doors that are probed, and in a quarter of those met by chance. */
export const ADMIN_NATS = 1;
const NAMED = 50;

/** What is remembered of someone who was refused. */
export interface Note {
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

/** A probe as it is told. */
export interface Probe {
  who: string;
  note: Note;
  denials: number;
  members: number;
  known: boolean;
  nats: { doors: number; admin: number };
  threshold: number;
}

export function isProbe(probe: Omit<Probe, 'who'>): boolean {
  const { note } = probe;
  if (total(probe) < probe.threshold) return false;
  const tried = note.doors.length;
  if (probe.denials > LOOP * tried) return false;
  const weak = note.forbidden === 0 || !probe.known;
  return tried >= (weak ? MIN_DOORS_WEAK : MIN_DOORS);
}

export function newNote(): Note {
  return { doors: [], doorsHigh: [], admin: [], opened: [], names: [], sources: [], forbidden: 0 };
}

export function noteName(names: string[], name: string): boolean {
  if (name === '' || names.length >= NAMED || names.includes(name)) return false;
  names.push(name);
  return true;
}

export function total(probe: { readonly nats: Probe['nats'] }): number {
  return probe.nats.doors + probe.nats.admin;
}
