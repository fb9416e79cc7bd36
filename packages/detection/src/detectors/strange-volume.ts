const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 8;
/** Hours over which the mean is taken: two days. */
const MEAN_HOURS = 48;
/** An outage brings no more logins than the busiest hour had; so many times as many are no outage. */
const SURGE = 2;
/** Failures whose times tell how fast they come now. */
const RECENT = 20;

/** How many strange contacts (see parts/logins.ts) come in an hour: an outage makes them fail, not more. Plain data. */
export interface StrangeVolume {
  hour: number;
  contacts: number;
  failed: number;
  /** Failing ones in an hour, on average. */
  meanFailed: number;
  hours: number;
  /** The busiest hour of each of the last days. */
  readonly busiest: Map<number, number>;
  /** Times of the last failures. */
  recent: number[];
}

export function newVolume(): StrangeVolume {
  return { hour: -1, contacts: 0, failed: 0, meanFailed: 0, hours: 0, busiest: new Map(), recent: [] };
}

/** Counts a contact; `isQuiet` is false while a campaign is open, which teaches nothing. */
export function countVolume(volume: StrangeVolume, atMs: number, failed: boolean, isQuiet: boolean): void {
  if (failed) {
    volume.recent.push(atMs);
    if (volume.recent.length > RECENT) volume.recent.shift();
  }
  const hour = Math.floor(atMs / HOUR_MS);
  if (hour > volume.hour) {
    if (volume.hour >= 0) closeHours(volume, hour);
    volume.hour = hour;
    volume.contacts = volume.failed = 0;
  }
  if (!isQuiet) return;
  volume.contacts++;
  if (failed) volume.failed++;
}

/** Strange contacts of the busiest hour within a week, or Infinity where less than a day is known. */
function busiestHour(volume: StrangeVolume, atMs: number): number {
  const today = Math.floor(atMs / DAY_MS);
  let most = 0;
  for (const [day, contacts] of volume.busiest) if (day > today - DAYS) most = Math.max(most, contacts);
  return volume.hours < 24 ? Number.POSITIVE_INFINITY : most;
}

/** Share of the failures of the last moments that are more than usual. */
export function surplusShare(volume: StrangeVolume, atMs: number): number {
  const first = volume.recent[0];
  if (first === undefined) return 0;
  const perHour = (volume.recent.length * HOUR_MS) / Math.max(1_000, atMs - first);
  return Math.max(0, 1 - volume.meanFailed / perHour);
}

/** Share of the failures that are more than usual, where `failing` of all contacts fail: a mixture of attack and people. */
export function surplusOf(failing: number, usual: number): number {
  return Math.max(0, (failing - usual) / Math.max(0.01, failing * (1 - usual)));
}

/** More strange contacts an hour than in the busiest hour of the week: an outage makes logins fail, not more of them. */
export function isSurge(
  volume: StrangeVolume,
  atMs: number,
  burst: { readonly firstMs: number; readonly contacts: number },
): boolean {
  const spanMs = Math.max(HOUR_MS / 6, atMs - burst.firstMs);
  return (burst.contacts * HOUR_MS) / spanMs > SURGE * Math.max(1, busiestHour(volume, atMs));
}

function closeHours(volume: StrangeVolume, hour: number): void {
  const day = Math.floor((volume.hour * HOUR_MS) / DAY_MS);
  volume.busiest.set(day, Math.max(volume.contacts, volume.busiest.get(day) ?? 0));
  for (const old of volume.busiest.keys()) if (old <= day - DAYS) volume.busiest.delete(old);
  // Hours without any contact count as well.
  for (let passed = Math.min(MEAN_HOURS, hour - volume.hour); passed > 0; passed--) {
    volume.hours++;
    const failed = passed === Math.min(MEAN_HOURS, hour - volume.hour) ? volume.failed : 0;
    volume.meanFailed += (failed - volume.meanFailed) / Math.min(MEAN_HOURS, volume.hours);
  }
}
