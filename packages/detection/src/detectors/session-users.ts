import { BloomGenerations } from '../core/bloom.js';
import { mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import type { Facts } from '../parts/facts.js';

const DAY_MS = 86_400_000;
/** Somebody seen for three days has shown where and with what they usually work. */
const PAST_MS = 3 * DAY_MS;
const TAG = { network: 42, device: 43 } as const;
const COLUMNS = { firstMs: 'f64' } as const;

/** What a request shows that its user never showed before; all false for users without a past. */
export interface Novelty {
  hasPast: boolean;
  network: boolean;
  device: boolean;
}

/** Networks and devices that the holders of sessions used within the last one to two months. */
export class SessionUsers implements Part {
  readonly table: KeyTable<typeof COLUMNS>;
  readonly #known: BloomGenerations;
  readonly #key = newKey();
  readonly #novelty: Novelty = { hasPast: false, network: false, device: false };

  constructor(maxKeys: number) {
    this.table = new KeyTable({ name: 'session users', maxKeys, ttlMs: 30 * DAY_MS, columns: COLUMNS });
    this.#known = new BloomGenerations({
      name: 'clients of session users',
      keys: maxKeys * 4,
      generations: 2,
      generationMs: 30 * DAY_MS,
    });
  }

  /** Overwritten by the next call. */
  novelty(facts: Facts): Novelty {
    const out = this.#novelty;
    const row = this.table.find(facts.who, facts.atMs);
    out.hasPast = row >= 0 && facts.atMs - this.table.columns.firstMs[row]! >= PAST_MS;
    mixKeys(TAG.network, facts.who, facts.prefix, this.#key);
    out.network = out.hasPast && !this.#known.has(this.#key);
    mixKeys(TAG.device, facts.who, facts.client, this.#key);
    out.device = out.hasPast && !this.#known.has(this.#key);
    return out;
  }

  learn(facts: Facts): void {
    const { atMs } = facts;
    const row = this.table.open(facts.who, atMs);
    if (this.table.fresh) this.table.columns.firstMs[row] = atMs;
    mixKeys(TAG.network, facts.who, facts.prefix, this.#key);
    this.#known.put(this.#key, atMs);
    mixKeys(TAG.device, facts.who, facts.client, this.#key);
    this.#known.put(this.#key, atMs);
  }

  save(): unknown {
    return { table: this.table.save(), known: this.#known.save() };
  }

  load(saved: unknown): void {
    const from = saved as { table: unknown; known: unknown };
    this.table.load(from.table);
    this.#known.load(from.known);
  }
}
