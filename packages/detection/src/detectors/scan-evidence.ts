import { binaryNats } from '../core/likelihood.js';

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
/** Paths of one key that are told apart, and names of each sort that are remembered. */
export const NOTED = 1_024;
export const NAMED = 50;

/** Whom the evidence is about. */
export const SCOPES = ['source', 'client', 'prefix', 'software'] as const;
export type Scope = (typeof SCOPES)[number];

/** What is remembered of a key under suspicion. Short lists, for there are many. */
export interface Note {
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

/** A scan as it is told. */
export interface Scan {
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

export function newNote(): Note {
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

export function noteName(names: string[], name: string): void {
  if (name !== '' && names.length < NAMED && !names.includes(name)) names.push(name);
}

export function total(scan: { readonly nats: Scan['nats'] }): number {
  return scan.nats.rare + scan.nats.probes;
}

/** What the paths say so far, against the service's usual share of stray requests. */
export function evidenceOf(
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

export function isScan(scan: Omit<Scan, 'scope' | 'offender'>, scope: Scope): boolean {
  const { note, rare } = scan;
  if (total(scan) < scan.threshold) return false;
  const wide = scope === 'prefix' || scope === 'software';
  if (wide && note.sources.length < MIN_SOURCES) return false;
  if (wide && scan.nats.rare <= 0) return false;
  if (note.probes.length > 0 && rare >= (note.kinds.length > 1 ? MIN_PATHS.twoKinds : MIN_PATHS.oneKind)) return true;
  return rare >= (wide ? MIN_RARE_WIDE : MIN_RARE);
}
