import type { Facts } from '../parts/facts.js';

/** Names remembered of an account under suspicion. */
const NOTED = 128;

/** Who guessed at an account, with what, where. */
export interface GuessNote {
  readonly sources: string[];
  readonly clients: string[];
  readonly routes: string[];
}

/** Notes by row of the account. */
export type GuessNotes = Map<number, GuessNote>;

/** Remembers one guess. @returns the account's note */
export function noteGuess(notes: GuessNotes, slot: number, facts: Facts): GuessNote {
  const { event } = facts;
  let note = notes.get(slot);
  if (note === undefined) {
    note = { sources: [], clients: [], routes: [] };
    notes.set(slot, note);
  }
  noteName(note.sources, event.source);
  noteName(note.clients, facts.clientName);
  if (event.route !== '') noteName(note.routes, `${event.method} ${event.route}`);
  return note;
}

export function noteName(names: string[], name: string): void {
  if (names.length < NOTED && !names.includes(name)) names.push(name);
}
