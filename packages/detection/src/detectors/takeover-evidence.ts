import { nats } from '../core/likelihood.js';
import { type Rate, sensitiveKindAt } from '../parts/sensitive-actions.js';
import { type Entrance, SOON_MS } from './entrances.js';

/** Thieves come from a network and with a client that are both new to the account. */
const THIEF_IS_NEW = 0.95;
/** A service's habit is worth so many of an account's own logins. */
const HABIT_LOGINS = 10;
/** Thieves who act do one thing of a kind in four of five cases, and go on to another kind in seven of ten. */
const THIEF_ACTS = 0.8;
const THIEF_GOES_ON = 0.7;
/** A reset from there just before speaks for the owner, who reads the mail: nine in ten of them are. */
const RESET_NATS = nats(0.1, 0.9);

/** Somebody who is known here, in a network and with a client that are both new to them, by their logins and by what they did. */
export function isStrange({ familiar, novelClient, past }: Entrance): boolean {
  if (familiar && !novelClient) return false;
  return past.hasPast ? past.network && past.device : familiar;
}

/**
 * How new the entrance is for an account that has been entered so often before, its habits shrunk towards the service's; or,
 * for people who stay logged in for weeks, how seldom sessions here begin somewhere so new.
 */
export function novelNats(entrance: Entrance): number {
  const byPast = entrance.past.hasPast ? nats(THIEF_IS_NEW, Math.min(THIEF_IS_NEW, entrance.usualBoth)) : 0;
  return entrance.familiar ? Math.max(byPast, byLogins(entrance)) : byPast;
}

function byLogins(entrance: Entrance): number {
  const usual = Math.max(0.003, entrance.usualShare);
  const own = (usual * HABIT_LOGINS + entrance.novelSuccesses) / (HABIT_LOGINS + entrance.successes);
  return nats(THIEF_IS_NEW, Math.min(THIEF_IS_NEW, own));
}

/** How common what followed an entrance is, by kind: the rarest place of each. */
export function ratesOf(entrance: Entrance, rateOf: (place: string) => Rate): Map<string, Rate> {
  const rates = new Map<string, Rate>();
  for (const place of entrance.places) {
    const kind = sensitiveKindAt(place);
    const rate = rateOf(place);
    if (rate.rate < (rates.get(kind)?.rate ?? Number.POSITIVE_INFINITY)) rates.set(kind, rate);
  }
  return rates;
}

/** Evidence of the actions after an entrance: the rarest kind against its rate at the service, each other kind at most by how seldom owners go on. */
export function actionNats(rates: ReadonlyMap<string, { readonly rate: number }>, goesOn: number): number {
  const each = [...rates.values()].map(({ rate }) => nats(THIEF_ACTS, Math.min(THIEF_ACTS, rate)));
  each.sort((left, right) => right - left);
  const further = nats(THIEF_GOES_ON, Math.min(THIEF_GOES_ON, goesOn));
  return each.reduce((sum, one, i) => sum + (i === 0 ? one : Math.min(one, further)), 0);
}

/** Evidence that an entrance followed by sensitive actions was not its owner's. */
export function takeoverNats(
  entrance: Entrance,
  rates: ReadonlyMap<string, { readonly rate: number }>,
  goesOn: number,
): number {
  // Who has just proved to read the account's mail changes the password for a reason.
  const counted = entrance.afterReset ? new Map([...rates].filter(([kind]) => kind !== 'password')) : rates;
  if (counted.size === 0) return 0;
  const reset = entrance.afterReset ? RESET_NATS : 0;
  return novelNats(entrance) + actionNats(counted, goesOn) + Math.max(0, entrance.suspicion) + reset;
}

export interface Together {
  readonly nats: number;
  /** Entrances that were followed by something sensitive. */
  readonly acted: readonly Entrance[];
}

/**
 * Evidence that one client at one address enters accounts that are not its own: what followed each entrance adds up,
 * entrances that nothing followed speak against it, and that the place is new counts once, because one move of an office
 * makes it new for all.
 */
export function togetherNats(
  entrances: readonly Entrance[],
  habits: { readonly rateOf: (place: string) => Rate; readonly goesOn: number },
  nowMs: number,
): Together {
  const acted: Entrance[] = [];
  const accounts = new Set<string>();
  let novel = 0;
  let sum = 0;
  for (const entrance of entrances) {
    const own = takeoverNats(entrance, ratesOf(entrance, habits.rateOf), habits.goesOn);
    if (own > 0 && !accounts.has(entrance.account)) {
      accounts.add(entrance.account);
      const isNew = novelNats(entrance);
      novel = Math.max(novel, isNew);
      sum += Math.max(0, own - isNew);
      acted.push(entrance);
    } else if (entrance.kinds.length === 0 && nowMs - entrance.atMs > SOON_MS) sum += Math.log(1 - THIEF_ACTS);
  }
  return { nats: acted.length < 2 ? 0 : novel + sum, acted };
}
