import type { Key } from '../core/hash.js';
import { KeyTable } from '../core/key-table.js';
import type { Part } from '../core/part.js';
import { isClerk, type ObjectFacts } from './object-facts.js';

const DAY_MS = 86_400_000;
/** Votes of one reader about a kind: a day about its rates, a minute about the present. */
const VOTES_PER_DAY = 5;
const VOTES_PER_MINUTE = 3;
/** Strangers whose circle a reader may join a day: an attacker who stays below what accuses makes few acquaintances. */
const NEW_CIRCLES_PER_DAY = 3;

/** What every reading looks at stands first. */
const COLUMNS = {
  day: 'u32',
  firstDay: 'u32',
  lastId: 'f64',
  pastOwned: 'u32',
  pastOthers: 'u32',
  own: 'u32',
  met: 'u32',
  metBefore: 'u32',
  owned: 'u32',
  others: 'u32',
  votes: 'u32',
  minute: 'u32',
  minuteVotes: 'u32',
  circlesToday: 'u32',
  clerk: 'u32',
  returned: 'u32',
} as const;

/** Habits of readers, each with one kind of object at one place. */
export class ObjectReaders implements Part {
  readonly table: KeyTable<typeof COLUMNS>;
  readonly #votesPerDay: number;

  constructor(maxReaders: number, capsVotes: boolean) {
    this.#votesPerDay = capsVotes ? VOTES_PER_DAY : 255;
    this.table = new KeyTable({ name: 'readers', maxKeys: maxReaders, ttlMs: 30 * DAY_MS, columns: COLUMNS });
  }

  /** Writes what is known of the reader into `out`. @returns its row, or -1 */
  read(atMs: number, out: ObjectFacts): number {
    const row = this.table.find(out.reader, atMs);
    out.step = Number.NaN;
    out.pastOwned = out.pastOthers = out.pastOwn = out.ageDays = 0;
    if (row < 0) return row;
    const { columns } = this.table;
    const today = Math.floor(atMs / DAY_MS);
    if (columns.lastId.get(row) !== 0) out.step = out.number - columns.lastId.get(row);
    out.pastOwned = columns.pastOwned[row]!;
    out.pastOthers = columns.pastOthers[row]!;
    out.pastOwn = columns.own[row]!;
    out.ageDays = Math.max(0, today - columns.firstDay[row]!);
    if (columns.day[row]! < today) {
      out.pastOwned += columns.owned[row]!;
      out.pastOthers += columns.others[row]!;
    }
    return row;
  }

  /** The row of a reader at a first contact: made when it is new, and turned over to the new day. */
  open(reader: Readonly<Key>, atMs: number): number {
    const row = this.table.open(reader, atMs);
    const { columns } = this.table;
    const today = Math.floor(atMs / DAY_MS);
    if (this.table.fresh) columns.firstDay[row] = today;
    if (columns.day[row]! < today) {
      columns.pastOwned[row]! += columns.owned[row]!;
      columns.pastOthers[row]! += columns.others[row]!;
      columns.owned[row] = columns.others[row] = columns.votes[row] = columns.circlesToday[row] = 0;
      columns.day[row] = today;
      if (today > columns.firstDay[row]!) this.table.protect(row);
    }
    return row;
  }

  noteId(row: number, id: number): void {
    if (!Number.isNaN(id)) this.table.columns.lastId.set(row, id);
  }

  /** Counts a harmless first contact among the reader's habits, and the reader among those who come back, and among the clerks, when it has become one. */
  noteContact(row: number, seen: ObjectFacts): void {
    const { columns } = this.table;
    if (seen.owner === 'own' || seen.owner === 'other') columns.owned[row]!++;
    if (seen.owner === 'other') columns.others[row]!++;
    if (seen.sole && columns.own[row]! < 65_535) columns.own[row]!++;
    if (seen.owner === 'own' && columns.returned[row] === 0) {
      columns.returned[row] = 1;
      seen.habits.returners++;
    }
    if (columns.clerk[row] === 0 && isClerk(seen)) {
      columns.clerk[row] = 1;
      seen.habits.clerks++;
    }
  }

  /** The reader's last two acquaintances, 0 where there are none. */
  met(row: number): number {
    return this.table.columns.met[row]!;
  }

  metBefore(row: number): number {
    return this.table.columns.metBefore[row]!;
  }

  /** The reader met the owner of what it read. @returns false for a stranger too many on one day */
  meet(row: number, owner: number, isStranger: boolean): boolean {
    const { columns } = this.table;
    if (isStranger) {
      if (columns.circlesToday[row]! >= NEW_CIRCLES_PER_DAY) return false;
      columns.circlesToday[row]!++;
    }
    if (columns.met[row] !== owner) {
      columns.metBefore[row] = columns.met[row]!;
      columns.met[row] = owner;
    }
    return true;
  }

  /** Takes a vote about what happens to everyone at present. @returns whether the reader had one left */
  takeMinuteVote(row: number, atMs: number): boolean {
    const { columns } = this.table;
    const minute = Math.floor(atMs / 60_000);
    if (columns.minute[row] !== minute) {
      columns.minute[row] = minute;
      columns.minuteVotes[row] = 0;
    }
    if (columns.minuteVotes[row]! >= VOTES_PER_MINUTE) return false;
    columns.minuteVotes[row]!++;
    return true;
  }

  /** Takes a vote about the rates of a kind. @returns whether the reader had one left, and whether it is its first ever */
  takeVote(row: number): 'none' | 'first' | 'further' {
    const { columns } = this.table;
    if (columns.votes[row]! >= this.#votesPerDay) return 'none';
    return columns.votes[row]!++ === 0 && columns.firstDay[row] === columns.day[row] ? 'first' : 'further';
  }

  save(): unknown {
    return this.table.save();
  }

  load(saved: unknown): void {
    this.table.load(saved);
  }
}
