import { addToTally, newTally, type Tally } from '../core/tally.js';
import type { Facts } from '../parts/facts.js';
import { noteName } from './guess-scopes.js';
import { answerOf } from './name-tries.js';

/** What is remembered of a key under suspicion, to name names when it is accused. */
export interface NameNote {
  requests: number;
  readonly sources: string[];
  readonly names: string[];
  readonly answers: Tally;
}

/** Notes by row of evidence. */
export type NameNotes = Map<number, NameNote>;

/** Remembers one request about a name. @returns the key's note */
export function noteTry(notes: NameNotes, slot: number, facts: Facts): NameNote {
  const { event } = facts;
  let note = notes.get(slot);
  if (note === undefined) {
    note = { requests: 0, sources: [], names: [], answers: newTally() };
    notes.set(slot, note);
  }
  note.requests++;
  addToTally(note.answers, answerOf(event));
  noteName(note.sources, event.source);
  noteName(note.names, event.authIdentifier);
  return note;
}
