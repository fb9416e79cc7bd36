import type { Part } from '../core/part.js';
import type { Without } from '../without.js';
import { KindHabits } from './kind-habits.js';

/** Different (service, place, kind) triples whose habits are learned apart; the rest share one entry. */
const MAX_KINDS = 4_000;

/** A kind of object at one place (route or operation) of one service. */
export interface Kind {
  /** Number of the kind of object within its service, the same at every place. */
  readonly objectKind: number;
  /** Habits of readers known by actor, by session, by address only: only the first are people. */
  readonly habits: Readonly<Record<'actor' | 'session' | 'client', KindHabits>>;
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
            habits: [habits.actor.save(), habits.session.save(), habits.client.save()],
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
      habits.actor.load(one.habits[0]);
      habits.session.load(one.habits[1]);
      habits.client.load(one.habits[2]);
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
    const [actor, session, client] = [1, 2, 3].map(() => new KindHabits(this.#without));
    const habits = { actor: actor!, session: session!, client: client! };
    return { objectKind, habits, id: this.#count };
  }
}
