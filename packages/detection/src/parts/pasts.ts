import { BloomGenerations } from '../core/bloom.js';
import { mixKeys, newKey } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import { clamp } from '../core/likelihood.js';
import type { Part } from '../core/part.js';
import { PerService } from '../core/per-service.js';
import type { Facts } from './facts.js';

const DAY_MS = 86_400_000;
/** Somebody seen for three days has shown where and with what they usually work. */
const PAST_MS = 3 * DAY_MS;
/** Past this many sessions all counts are halved. */
const FORGET_AT = 100_000;
const TAG = { network: 42, device: 43 } as const;
const COLUMNS = { firstMs: 'f64' } as const;
/** Shares of new sessions of people with a past that begin somewhere new to them: priors, votes they are worth, least share believed. */
const NOVEL = { network: 0.1, device: 0.05, both: 0.02, votes: 50, least: 0.003 } as const;

/** What a request shows that its holder never showed before; all false for people without a past. */
export interface Novelty {
  hasPast: boolean;
  network: boolean;
  device: boolean;
}

/**
 * How often people here begin sessions in a network, with a device, or with both, that are new to them. Plain counts: of
 * all who begin a session few are thieves, and rare events would be lost in the noise of stretches.
 */
class NovelHabits implements Part {
  #sessions = 0;
  #networks = 0;
  #devices = 0;
  #both = 0;

  vote(novelty: Readonly<Novelty>): void {
    this.#sessions++;
    if (novelty.network) this.#networks++;
    if (novelty.device) this.#devices++;
    if (novelty.network && novelty.device) this.#both++;
    if (this.#sessions < FORGET_AT) return;
    this.#sessions /= 2;
    this.#networks /= 2;
    this.#devices /= 2;
    this.#both /= 2;
  }

  get network(): number {
    return this.#share(this.#networks, NOVEL.network);
  }

  get device(): number {
    return this.#share(this.#devices, NOVEL.device);
  }

  get both(): number {
    return this.#share(this.#both, NOVEL.both);
  }

  #share(count: number, prior: number): number {
    return clamp((count + prior * NOVEL.votes) / (this.#sessions + NOVEL.votes), NOVEL.least, 0.9);
  }

  save(): unknown {
    return { sessions: this.#sessions, networks: this.#networks, devices: this.#devices, both: this.#both };
  }

  load(saved: unknown): void {
    const from = saved as { sessions: number; networks: number; devices: number; both: number };
    this.#sessions = from.sessions;
    this.#networks = from.networks;
    this.#devices = from.devices;
    this.#both = from.both;
  }
}

/**
 * Networks and devices that the holders of sessions used within the last one to two months. People stay logged in for weeks:
 * what they do tells where they are at home, their logins alone do not.
 */
export class Pasts implements Part {
  readonly table: KeyTable<typeof COLUMNS>;
  readonly habits = new PerService(() => new NovelHabits());
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
  novelty(facts: Facts): Readonly<Novelty> {
    const out = this.#novelty;
    const row = this.table.find(facts.who, facts.atMs);
    out.hasPast = row >= 0 && facts.atMs - this.table.columns.firstMs.get(row) >= PAST_MS;
    mixKeys(TAG.network, facts.who, facts.prefix, this.#key);
    out.network = out.hasPast && !this.#known.has(this.#key);
    mixKeys(TAG.device, facts.who, facts.client, this.#key);
    out.device = out.hasPast && !this.#known.has(this.#key);
    return out;
  }

  /** A session began: it says how often people are somewhere new. */
  began(facts: Facts): void {
    const novelty = this.novelty(facts);
    if (novelty.hasPast) this.habits.of(facts.event.service).vote(novelty);
    this.learn(facts);
  }

  /** The holder is here, with this device. */
  learn(facts: Facts): void {
    const { atMs } = facts;
    const row = this.table.open(facts.who, atMs);
    if (this.table.fresh) this.table.columns.firstMs.set(row, atMs);
    mixKeys(TAG.network, facts.who, facts.prefix, this.#key);
    this.#known.put(this.#key, atMs);
    mixKeys(TAG.device, facts.who, facts.client, this.#key);
    this.#known.put(this.#key, atMs);
  }

  save(): unknown {
    return { table: this.table.save(), habits: this.habits.save(), known: this.#known.save() };
  }

  load(saved: unknown): void {
    const from = saved as { table: unknown; habits: unknown; known: unknown };
    this.table.load(from.table);
    this.habits.load(from.habits);
    this.#known.load(from.known);
  }
}
