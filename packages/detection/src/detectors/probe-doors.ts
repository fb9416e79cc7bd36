import { type Key, mixKeys, mixNumber, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Facts } from '../parts/facts.js';
import { shapeKey } from '../parts/paths.js';
import type { RouteHabits } from '../parts/routes.js';

const DAY_MS = 86_400_000;
/** What eight actors or five networks also meet is the site's doing (reference 11.7). */
const COMMON_ACTORS = 8;
const COMMON_NETWORKS = 5;
const TAG = { door: 61, place: 63 } as const;
const DOOR_COLUMNS = { actors: 'u32', networks: 'u32' } as const;

/** The doors of all services, and who was refused there. */
export class ProbeDoors implements Part {
  /** Key of the door that was looked for last. */
  readonly door = newKey();
  readonly #table: KeyTable<typeof DOOR_COLUMNS>;
  readonly #key = newKey();

  constructor(maxKeys: number) {
    this.#table = new KeyTable({ name: 'doors', maxKeys, ttlMs: 30 * DAY_MS, columns: DOOR_COLUMNS });
  }

  get table(): KeyTable<never> {
    return this.#table as unknown as KeyTable<never>;
  }

  /** Key of the door that the event tried: of its route, or of the shape of its path. */
  find(facts: Facts, route: RouteHabits | null): void {
    if (route !== null) {
      mixNumber(TAG.door, route.key, 0, this.door);
      return;
    }
    shapeKey(facts.event.path, this.door);
    mixKeys(TAG.place, facts.service, this.door, this.door);
    mixNumber(TAG.door, this.door, facts.event.method.charCodeAt(0), this.door);
  }

  /** Notes who was refused at a door. */
  meet(facts: Facts): void {
    const slot = this.#table.open(this.door, facts.atMs);
    const { actors, networks } = this.#table.columns;
    mixKeys(TAG.door, this.door, facts.who, this.#key);
    actors[slot] = actors[slot]! | (1 << (this.#key.lo & 31));
    mixKeys(TAG.door, this.door, facts.prefix, this.#key);
    networks[slot] = networks[slot]! | (1 << (this.#key.lo & 31));
  }

  /** Whether so many others were refused there that it is the site's doing. */
  isCommon(door: Readonly<Key>, atMs: number): boolean {
    const slot = this.#table.find(door, atMs);
    if (slot < 0) return false;
    const { actors, networks } = this.#table.columns;
    return ones(actors[slot]!) >= COMMON_ACTORS - 1 && ones(networks[slot]!) >= COMMON_NETWORKS - 1;
  }

  save(): unknown {
    return this.#table.save();
  }

  load(saved: unknown): void {
    this.#table.load(saved);
  }
}

function ones(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}
