import type { RequestEvent } from '@vedette/protocol';
import { merged } from './run.js';
import { home, login, random, START_MS } from './traffic.js';

const DAY_MS = 86_400_000;
export const OFFICE = '192.0.2.1';
export const OFFICE_USERS = 60;

/** Ten days of people logging in from home, sixty of them from one office, a few failing first. */
export function history(users = 400, days = 10): RequestEvent[] {
  const next = random(1);
  const events: RequestEvent[] = [];
  for (let day = days; day >= 1; day--) {
    for (let user = 0; user < users; user++) {
      if (next() < 0.3) continue;
      events.push(...person(user, START_MS - day * DAY_MS + next() * 0.9 * DAY_MS, next));
    }
  }
  return merged(events);
}

/** One user logging in from where they always do, with slips. */
export function person(user: number, atMs: number, next: () => number): RequestEvent[] {
  const source = user < OFFICE_USERS ? OFFICE : home(user * 256);
  const events: RequestEvent[] = [];
  let ms = atMs;
  while (next() < 0.13) {
    events.push(login({ atMs: ms, source, account: `user-${user}`, ok: false }));
    ms += 6_000;
  }
  events.push(login({ atMs: ms, source, account: `user-${user}`, ok: true }));
  return events;
}

/** People going on as always while something else happens. */
export function everyday(fromMs: number, minutes: number, seed = 9): RequestEvent[] {
  const next = random(seed);
  const events: RequestEvent[] = [];
  for (let i = 0; i < minutes * 4; i++) {
    events.push(...person(OFFICE_USERS + Math.floor(next() * 340), fromMs + i * 15_000, next));
  }
  return events;
}

/** Login attempts one after the other: strangers from one address, all failing, where nothing else is said. */
interface Attack {
  readonly size: number;
  readonly stepMs: number;
  readonly source?: (i: number) => string;
  readonly account?: (i: number) => string;
  readonly ok?: (i: number) => boolean;
  readonly client?: Partial<RequestEvent>;
}

/** The client software of a script. */
export const BOT = { userAgent: 'python-requests/2.32', fingerprint: 'bot' };

export function attack(one: Attack): RequestEvent[] {
  return Array.from({ length: one.size }, (_, i) =>
    login(
      {
        atMs: START_MS + i * one.stepMs,
        source: one.source?.(i) ?? '203.0.113.7',
        account: one.account?.(i) ?? `stranger-${i}`,
        ok: one.ok?.(i) ?? false,
      },
      one.client ?? BOT,
    ),
  );
}
