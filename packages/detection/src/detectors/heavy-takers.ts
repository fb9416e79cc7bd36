import { KeyTable } from '../core/key-table.js';
import type { Facts } from '../parts/facts.js';

const DAY_MS = 86_400_000;
/** A minute below the limit takes half a full one back. */
const RECOVERY = 4;
/** From this many requests in a minute on a taker is looked at one by one. */
export const CANDIDATE = 30;

const COLUMNS = {
  minute: 'u32',
  count: 'u32',
  busyMs: 'f32',
  writes: 'u32',
  route: 'i32',
  routeCount: 'i32',
  client: 'i32',
  clientCount: 'i32',
  closedNats: 'f32',
  burstMs: 'f64',
  day: 'u32',
  dayCount: 'u32',
  dayBusyMs: 'f32',
  ownCount: 'u32',
  ownBusyMs: 'f32',
} as const;

/** Takers with many requests in a minute: that minute, and the largest one of earlier days. */
export class HeavyTakers extends KeyTable<typeof COLUMNS> {
  constructor(maxKeys: number) {
    super({ name: 'heavy takers', maxKeys, ttlMs: 45 * DAY_MS, columns: COLUMNS });
  }

  /** A new minute of a heavy taker: the one before is added up, a new day closes the one before. */
  openMinute(slot: number, atMs: number, begins: { minute: number; busyMs: number; closedNats: number }): void {
    const { columns } = this;
    const { minute, busyMs, closedNats } = begins;
    const day = Math.floor(atMs / DAY_MS);
    if (columns.day[slot] !== day) {
      columns.ownCount[slot] = Math.max(columns.ownCount[slot]!, columns.dayCount[slot]!);
      columns.ownBusyMs[slot] = Math.max(columns.ownBusyMs[slot]!, columns.dayBusyMs[slot]!);
      columns.dayCount[slot] = columns.dayBusyMs[slot] = 0;
      if (columns.day[slot] !== 0) this.protect(slot);
      columns.day[slot] = day;
    }
    if (minute - columns.minute[slot]! === 1 && columns.count[slot]! > 0) {
      const sum = columns.closedNats[slot]!;
      columns.closedNats[slot] = closedNats > 0 ? sum + closedNats : Math.max(0, sum - RECOVERY);
    } else {
      columns.closedNats[slot] = 0;
    }
    if (columns.closedNats[slot] === 0) columns.burstMs.set(slot, atMs);
    columns.minute[slot] = minute;
    columns.count[slot] = CANDIDATE;
    columns.busyMs[slot] = busyMs;
    columns.writes[slot] = columns.routeCount[slot] = 0;
    columns.client[slot] = columns.clientCount[slot] = 0;
  }

  count(slot: number, facts: Facts, route: number): void {
    const { columns } = this;
    const { event } = facts;
    columns.count[slot]!++;
    columns.busyMs[slot]! += Math.max(0, event.durationMs);
    if (event.method !== 'GET' && event.method !== 'HEAD' && event.operation === '') columns.writes[slot]!++;
    // The majority of a stream in one number (Boyer, Moore 1981), for the route and the client software.
    if (columns.routeCount[slot] === 0) columns.route[slot] = route;
    columns.routeCount[slot]! += columns.route[slot] === route ? 1 : -1;
    if (columns.clientCount[slot] === 0) columns.client[slot] = facts.client.lo;
    columns.clientCount[slot]! += columns.client[slot] === facts.client.lo ? 1 : -1;
    if (facts.tainted) return;
    columns.dayCount[slot] = Math.max(columns.dayCount[slot]!, columns.count[slot]!);
    columns.dayBusyMs[slot] = Math.max(columns.dayBusyMs[slot]!, columns.busyMs[slot]!);
  }
}
