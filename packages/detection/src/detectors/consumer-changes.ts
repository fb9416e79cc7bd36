import { nats } from '../core/likelihood.js';

/** Ways in which a day of a consumer may differ from those before. */
export type Change = 'routes' | 'networks' | 'clients' | 'hours' | 'mix' | 'volume' | 'writes';

/** On how many of so many days something changed. */
export type Novelties = Record<Change, number> & { days: number };

export function newNovelties(): Novelties {
  return { days: 0, routes: 0, networks: 0, clients: 0, hours: 0, mix: 0, volume: 0, writes: 0 };
}

/**
 * P(such a day | the key is in other hands), assumed; what they are weighed against, P(a usual day brings one), is counted.
 */
const ATTACK: Readonly<Record<Change, number>> = {
  routes: 0.8,
  networks: 0.7,
  clients: 0.5,
  hours: 0.3,
  mix: 0.8,
  volume: 0.5,
  writes: 0.3,
};
/** No change is rarer than this, however long none was seen: half a year of days would be needed to know. */
const RAREST = 0.005;
/** Days of all consumers count as so many of one's own (empirical Bayes, reference 3.5). */
const PRIOR_DAYS = 10;
/** Assumed before anything is counted: one day in fifty brings something new. */
const ASSUMED = { novel: 1, days: 50 } as const;
/** A new version reaches those who use it within days: so many, today among them, are "now". */
const NOW_DAYS = 3;

/** What changes at the consumers of one service: in the past, and now. Plain data. */
export interface Changes {
  readonly past: Novelties;
  /** The last days, by day modulo their number. */
  readonly now: { day: number; changes: Novelties }[];
  /** Consumers that are known. */
  consumers: number;
}

export function newChanges(): Changes {
  const now = Array.from({ length: NOW_DAYS }, () => ({ day: -1, changes: newNovelties() }));
  return { past: newNovelties(), now, consumers: 0 };
}

/** A consumer with a past is active on a day. */
export function noteActive(all: Changes, day: number): void {
  dayOf(all, day).days++;
}

/** A consumer with a past changes in this way today. */
export function noteChange(changed: Set<Change>, all: Changes, day: number, change: Change): void {
  if (changed.has(change)) return;
  changed.add(change);
  dayOf(all, day)[change]++;
}

/** Evidence of a change that nobody else ever shows, nats. */
export function rarestNats(change: Change): number {
  return nats(ATTACK[change], RAREST);
}

/** What is lost of {@link rarestNats}: such days are not that rare for this consumer, for all, or for others these days. */
export function commonNats(change: Change, own: Readonly<Novelties>, all: Readonly<Changes>, day: number): number {
  const pooled = (all.past[change] + ASSUMED.novel) / (all.past.days + ASSUMED.days);
  const usual = (own[change] + PRIOR_DAYS * pooled) / (own.days + PRIOR_DAYS);
  return Math.max(0, nats(Math.max(usual, shareNow(change, all, day, pooled)), RAREST));
}

/** The same by what others do these days, and nothing else. */
export function commonNow(change: Change, all: Readonly<Changes>, day: number): number {
  return Math.max(0, nats(Math.max(RAREST, shareNow(change, all, day, 0)), RAREST));
}

/** Share of the other consumers' days, these days, on which the same changed (leave one out). */
function shareNow(change: Change, all: Readonly<Changes>, day: number, pooled: number): number {
  let changed = -1;
  let days = -1;
  for (const one of all.now) {
    if (one.day <= day - NOW_DAYS || one.day > day) continue;
    changed += one.changes[change];
    days += one.changes.days;
  }
  return (Math.max(0, changed) + PRIOR_DAYS * pooled) / (Math.max(0, days) + PRIOR_DAYS);
}

function dayOf(all: Changes, day: number): Novelties {
  const place = all.now[day % NOW_DAYS]!;
  if (place.day < day) {
    place.day = day;
    place.changes = newNovelties();
  }
  return place.changes;
}
