import { KeyTable } from '../core/key-table.js';
import type { Without } from '../without.js';
import type { Facts } from './facts.js';
import { addDay, dayDeviation, learnMoment, MIN_DEVIATION, OWN_MEMORY } from './volume-moments.js';
import type { Peers } from './volume-peers.js';
import { RISE } from './volume-rises.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Windows of one taker that its peers learn from, a day. */
const VOTES_PER_DAY = 4;
/** Hours from which on the own past alone tells how far they lie apart: as many as the peers count for. */
const MIN_WINDOWS = 10;
/** Active days that make a past to break the record of. */
export const PAST_DAYS = 5;
/** Days of own past before the slow tests run (reference 8.5). */
const MIN_DAYS = 7;
/** A slow test above this is a suspicion: the past is frozen (a third of the threshold, as for all tests). */
const FREEZE = 4;

/** In the order of use: what every response looks at stands in the first cache lines of a row. */
const COLUMNS = {
  hour: 'u32',
  pages: 'u32',
  items: 'u32',
  largest: 'u32',
  bytes: 'f64',
  /** What files held beyond what counts of them. */
  rest: 'f64',
  /** 1 once the hour is beyond twice the own largest one. */
  risen: 'u32',
  hours: 'u32',
  networks: 'u32',
  routesLo: 'u32',
  routesHi: 'u32',
  tainted: 'u32',
  windows: 'u32',
  byteMean: 'f32',
  byteVar: 'f32',
  itemMean: 'f32',
  itemVar: 'f32',
  firstMs: 'f64',
  maxBytes: 'f64',
  maxItems: 'u32',
  routePages: 'f32',
  routeBytes: 'f32',
  networkPages: 'f32',
  networkBytes: 'f32',
  largePages: 'u32',
  largestToday: 'u32',
  hoursToday: 'u32',
  networksToday: 'u32',
  routesLoToday: 'u32',
  routesHiToday: 'u32',
  maxItemsToday: 'u32',
  maxBytesToday: 'f64',
  /** The largest hour with files in full. */
  maxAll: 'f64',
  maxAllToday: 'f64',
  firstDay: 'u32',
  days: 'u32',
  voteDay: 'u32',
  votes: 'u32',
  day: 'u32',
  dayItems: 'u32',
  dayBytes: 'f64',
  dayWindows: 'u32',
  dayByteMean: 'f32',
  dayByteVar: 'f32',
  dayItemMean: 'f32',
  dayItemVar: 'f32',
  byteCusum: 'f32',
  itemCusum: 'f32',
  waitingDay: 'u32',
  waitingBytes: 'f32',
  waitingItems: 'f32',
} as const;

/** The hours and days of all takers, row by row: the current ones, and what is remembered of those before. */
export class TakerWindows extends KeyTable<typeof COLUMNS> {
  readonly #capsVotes: boolean;

  constructor(maxKeys: number, without: Without) {
    super({ name: 'volumes', maxKeys, ttlMs: 60 * DAY_MS, columns: COLUMNS });
    this.#capsVotes = !without.has('votes_cap');
  }

  /** Begins a new hour of a taker, closing the one before, and the day before where it is over. */
  openHour(slot: number, atMs: number, peers: Peers, everyone: Peers): void {
    const { columns } = this;
    if (columns.hour[slot] !== 0) this.#closeHour(slot, peers, everyone);
    columns.hour[slot] = Math.floor(atMs / HOUR_MS);
    columns.firstMs.set(slot, atMs);
    columns.bytes.set(slot, 0);
    columns.rest.set(slot, 0);
    columns.pages[slot] = columns.items[slot] = 0;
    columns.routePages[slot] = columns.routeBytes[slot] = columns.largePages[slot] = 0;
    columns.networkPages[slot] = columns.networkBytes[slot] = columns.risen[slot] = 0;
    if (columns.days[slot]! >= PAST_DAYS) peers.rises.notePresent(columns.hour[slot]!);
    const day = Math.floor(atMs / DAY_MS);
    if (day <= columns.day[slot]!) return;
    if (columns.dayItems[slot] !== 0) this.#closeDay(slot, peers);
    columns.day[slot] = day;
    columns.dayBytes.set(slot, 0);
    columns.dayItems[slot] = 0;
    columns.tainted[slot] = 0;
    this.#rememberToday(slot);
  }

  /** Whether the hour has just passed twice the largest one of the own past. */
  rises(slot: number): boolean {
    const { columns } = this;
    if (columns.risen[slot] === 1 || columns.days[slot]! < PAST_DAYS) return false;
    const isMany = columns.items[slot]! >= RISE * columns.maxItems[slot]!;
    if (!isMany && columns.bytes.get(slot) < RISE * columns.maxBytes.get(slot)) return false;
    columns.risen[slot] = 1;
    return true;
  }

  /** How many times its record an hour is that has passed twice as much; 0 for any other. */
  timesRisen(slot: number): number {
    const { columns } = this;
    if (columns.risen[slot] === 0) return 0;
    return Math.max(
      columns.bytes.get(slot) / Math.max(1, columns.maxBytes.get(slot)),
      columns.items[slot]! / Math.max(1, columns.maxItems[slot]!),
    );
  }

  /**
   * How far an hour of so many bytes lies from the own hours alone, in predictive deviations of ln(1+x); 0 while they are
   * fewer than ten.
   */
  deviationOf(slot: number, bytes: number): number {
    const { columns } = this;
    const known = Math.min(columns.windows[slot]!, OWN_MEMORY);
    if (known < MIN_WINDOWS) return 0;
    const spread = Math.max(MIN_DEVIATION, Math.sqrt(columns.byteVar[slot]!));
    return (Math.log1p(bytes) - columns.byteMean[slot]!) / (spread * Math.sqrt(1 + 1 / known));
  }

  usualDay(slot: number): number {
    const { columns } = this;
    return columns.dayWindows[slot]! < MIN_DAYS ? 0 : Math.expm1(columns.dayByteMean[slot]!);
  }

  #closeHour(slot: number, peers: Peers, everyone: Peers): void {
    const { columns } = this;
    const bytes = columns.bytes.get(slot);
    const items = columns.items[slot]!;
    columns.dayBytes.set(slot, columns.dayBytes.get(slot) + bytes);
    columns.dayItems[slot]! += items;
    // An hour of nothing but repeats is not a small hour.
    if (columns.tainted[slot] === 1 || columns.pages[slot] === 0) return;
    const windows = columns.windows[slot]!;
    learnMoment(columns.byteMean, columns.byteVar, slot, windows, Math.log1p(bytes));
    learnMoment(columns.itemMean, columns.itemVar, slot, windows, Math.log1p(items));
    columns.windows[slot] = Math.min(65_535, windows + 1);
    columns.maxBytesToday.set(slot, Math.max(columns.maxBytesToday.get(slot), bytes));
    columns.maxItemsToday[slot] = Math.max(columns.maxItemsToday[slot]!, items);
    const all = bytes + columns.rest.get(slot);
    columns.maxAllToday.set(slot, Math.max(columns.maxAllToday.get(slot), all));
    const day = Math.floor(columns.hour[slot]! / 24);
    if (columns.voteDay[slot] !== day) {
      columns.voteDay[slot] = day;
      columns.votes[slot] = 0;
      columns.days[slot] = Math.min(65_535, columns.days[slot]! + 1);
      if (columns.days[slot] === 2) {
        this.protect(slot);
        peers.members++;
        everyone.members++;
      }
    }
    // Only who comes back is a peer: a thief of one day must not show others, and himself an hour later, what is usual.
    if (columns.days[slot]! < 2 || (this.#capsVotes && columns.votes[slot]! >= VOTES_PER_DAY)) return;
    columns.votes[slot] = Math.min(255, columns.votes[slot]! + 1);
    for (const group of [peers, everyone]) {
      group.bytes.add(bytes);
      group.all.add(all);
      group.items.add(items);
      group.pages.add(bytes / columns.pages[slot]!);
    }
  }

  /** What is new today is new all day, and a record holds from tomorrow on: a haul of an evening is one. */
  #rememberToday(slot: number): void {
    const { columns } = this;
    columns.hours[slot] = columns.hours[slot]! | columns.hoursToday[slot]!;
    columns.networks[slot] = columns.networks[slot]! | columns.networksToday[slot]!;
    columns.routesLo[slot] = columns.routesLo[slot]! | columns.routesLoToday[slot]!;
    columns.routesHi[slot] = columns.routesHi[slot]! | columns.routesHiToday[slot]!;
    columns.largest[slot] = Math.max(columns.largest[slot]!, columns.largestToday[slot]!);
    columns.maxBytes.set(slot, Math.max(columns.maxBytes.get(slot), columns.maxBytesToday.get(slot)));
    columns.maxItems[slot] = Math.max(columns.maxItems[slot]!, columns.maxItemsToday[slot]!);
    columns.maxAll.set(slot, Math.max(columns.maxAll.get(slot), columns.maxAllToday.get(slot)));
    columns.maxBytesToday.set(slot, 0);
    columns.maxAllToday.set(slot, 0);
    columns.maxItemsToday[slot] = 0;
    columns.hoursToday[slot] = columns.networksToday[slot] = columns.largestToday[slot] = 0;
    columns.routesLoToday[slot] = columns.routesHiToday[slot] = 0;
  }

  /**
   * Ends a day of the slow tests. Its deviations wait until the next day ends: by then it is known how much all peers rose.
   */
  #closeDay(slot: number, peers: Peers): void {
    const { columns } = this;
    this.#addWaiting(slot, peers);
    const days = columns.dayWindows[slot]!;
    const bytes = Math.log1p(columns.dayBytes.get(slot));
    const items = Math.log1p(columns.dayItems[slot]!);
    if (days >= MIN_DAYS) {
      columns.waitingDay[slot] = columns.day[slot]!;
      columns.waitingBytes[slot] = dayDeviation(bytes, columns.dayByteMean[slot]!, columns.dayByteVar[slot]!, days);
      columns.waitingItems[slot] = dayDeviation(items, columns.dayItemMean[slot]!, columns.dayItemVar[slot]!, days);
      peers.addShift(columns.day[slot]!, columns.waitingBytes[slot]!);
    }
    // A rise in progress must not teach that it is normal.
    if (columns.tainted[slot] === 1 || this.suspicion[slot]! > FREEZE) return;
    learnMoment(columns.dayByteMean, columns.dayByteVar, slot, days, bytes);
    learnMoment(columns.dayItemMean, columns.dayItemVar, slot, days, items);
    columns.dayWindows[slot] = Math.min(65_535, days + 1);
  }

  #addWaiting(slot: number, peers: Peers): void {
    const { columns } = this;
    if (columns.waitingDay[slot] === 0) return;
    const shift = peers.shiftOf(columns.waitingDay[slot]!);
    columns.byteCusum[slot] = addDay(columns.byteCusum[slot]!, columns.waitingBytes[slot]! - shift);
    columns.itemCusum[slot] = addDay(columns.itemCusum[slot]!, columns.waitingItems[slot]! - shift);
    columns.waitingDay[slot] = 0;
    this.suspicion[slot] = Math.min(columns.byteCusum[slot]!, columns.itemCusum[slot]!);
  }
}

export function hourBit(atMs: number): number {
  return 1 << (Math.floor(atMs / HOUR_MS) % 24);
}

export function networkBit(facts: Facts): number {
  return 1 << (facts.prefix.lo & 31);
}

export function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
