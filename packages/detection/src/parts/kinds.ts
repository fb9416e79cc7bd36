import type { Part } from '../core/part.js';
import type { Without } from '../without.js';
import { KindHabits } from './kind-habits.js';

/** Different (service, place, kind) triples whose habits are learned apart; the rest share one entry. */
const MAX_KINDS = 4_000;

/** What a reader is: an actor that is a person or a key, or known by session or by address only. */
const READER_KINDS = ['actor', 'api_key', 'session', 'client'] as const;
export type ReaderKind = (typeof READER_KINDS)[number];

/** A kind of object at one place (route or operation) of one service. */
export interface Kind {
  /** Number of the kind of object within its service, the same at every place. */
  readonly objectKind: number;
  /** Habits apart by what the reader is: a partner's key reads what a customer may not. */
  readonly habits: Readonly<Record<ReaderKind, KindHabits>>;
  /** Number of this entry. */
  readonly id: number;
}

/** Finds kinds by three look-ups, without making a string per event. */
export class Kinds implements Part {
  readonly #tree = new Map<string, Map<string, Map<string, Kind>>>();
  readonly #objectKinds = new Map<string, number>();
  readonly #without: Without;
  #count = 0;

  constructor(without: Without) {
    this.#without = without;
  }

  of(service: string, place: string, name: string): Kind {
    let places = this.#tree.get(service);
    if (places === undefined) {
      places = new Map();
      this.#tree.set(service, places);
    }
    let names = places.get(place);
    if (names === undefined) {
      if (this.#count >= MAX_KINDS && place !== '') return this.of(service, '', name);
      names = new Map();
      places.set(place, names);
    }
    let kind = names.get(name);
    if (kind === undefined) {
      if (this.#count >= MAX_KINDS * 2 && name !== '') return this.of(service, place, '');
      kind = this.#make(service, name);
      names.set(name, kind);
    }
    return kind;
  }

  save(): unknown {
    const saved: unknown[] = [];
    for (const [service, places] of this.#tree) {
      for (const [place, names] of places) {
        for (const [name, { id, habits }] of names) {
          saved.push({
            service,
            place,
            name,
            id,
            habits: READER_KINDS.map((reader) => habits[reader].save()),
          });
        }
      }
    }
    return saved;
  }

  load(saved: unknown): void {
    const entries = saved as { service: string; place: string; name: string; id: number; habits: unknown[] }[];
    // Numbers follow the order in which kinds were first seen.
    for (const one of entries.toSorted((left, right) => left.id - right.id)) {
      const { habits } = this.of(one.service, one.place, one.name);
      for (const [i, reader] of READER_KINDS.entries()) habits[reader].load(one.habits[i]);
    }
  }

  #make(service: string, name: string): Kind {
    const key = `${service}\n${name}`;
    let objectKind = this.#objectKinds.get(key);
    if (objectKind === undefined) {
      objectKind = this.#objectKinds.size + 1;
      this.#objectKinds.set(key, objectKind);
    }
    this.#count++;
    const habits = () => new KindHabits(this.#without);
    return {
      objectKind,
      habits: { actor: habits(), api_key: habits(), session: habits(), client: habits() },
      id: this.#count,
    };
  }
}

/** Compared one by one: a look-up by a name that varies is the slowest that objects have. */
export function habitsOf({ habits }: Kind, reader: ReaderKind): KindHabits {
  if (reader === 'actor') return habits.actor;
  if (reader === 'client') return habits.client;
  return reader === 'session' ? habits.session : habits.api_key;
}
