import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import { PerService } from '../core/per-service.js';
import type { Facts } from './facts.js';
import type { ObjectFacts } from './object-facts.js';
import { groupOf, type Routes } from './routes.js';

const DAY_MS = 86_400_000;
/**
 * What is read within ten minutes of the back office belongs to the case that was opened there: published average
 * handling times of contact centres lie between four and eight minutes.
 */
const CASE_MS = 600_000;
/** From so many people on it is known what the back office is. */
const MIN_STAFF = 2;
/** Members of staff at once, over all services. */
const MAX_STAFF = 20_000;

class StaffCount implements Part {
  people = 0;

  save(): unknown {
    return this.people;
  }

  load(saved: unknown): void {
    this.people = saved as number;
  }
}

const COLUMNS = { workMs: 'f64' } as const;

/**
 * Who works in a back office, and when: people who get in on routes that hardly anyone else uses (support looks customers
 * up there, customers cannot). It is known from the first case on, without days of habit, and it cannot be pretended by
 * somebody whose account opens no such door.
 */
export class StaffWork implements Part {
  readonly table: KeyTable<typeof COLUMNS>;
  readonly #counts = new PerService(() => new StaffCount());
  readonly #routes: Routes;

  /** @param room people that there is memory for */
  constructor(routes: Routes, room: number) {
    const maxKeys = Math.min(MAX_STAFF, room);
    this.table = new KeyTable({ name: 'staff', maxKeys, ttlMs: 30 * DAY_MS, columns: COLUMNS });
    this.#routes = routes;
  }

  /** Writes into `out` whether the event's actor works here, and whether a case is open. */
  read(facts: Facts, out: ObjectFacts): void {
    out.isStaff = out.atWork = out.hasStaff = false;
    if (this.table.size === 0 || groupOf(facts) !== 0) return;
    out.hasStaff = this.#counts.of(facts.event.service).people >= MIN_STAFF;
    const row = this.table.find(facts.who, facts.atMs);
    if (row < 0) return;
    out.isStaff = true;
    out.atWork = facts.atMs - this.table.columns.workMs.get(row) < CASE_MS;
  }

  learn(facts: Facts): void {
    const { current } = this.#routes;
    if (current === null || !current.isNarrow || facts.tainted || facts.whoKind === 'client') return;
    const { status, service } = facts.event;
    if (status < 200 || status >= 300 || groupOf(facts) !== 0) return;
    const row = this.table.open(facts.who, facts.atMs);
    if (this.table.fresh) this.#counts.of(service).people++;
    this.table.columns.workMs.set(row, facts.atMs);
  }

  save(): unknown {
    return { table: this.table.save(), counts: this.#counts.save() };
  }

  load(saved: unknown): void {
    const from = saved as { table: unknown; counts: unknown };
    this.table.load(from.table);
    this.#counts.load(from.counts);
  }
}
