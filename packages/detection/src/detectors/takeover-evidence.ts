import { nats } from '../core/likelihood.js';
import type { Entrance } from './entrances.js';

/** Thieves come from a network and with a client that are both new to the account. */
const THIEF_IS_NEW = 0.95;
/** A service's habit is worth so many of an account's own logins. */
const HABIT_LOGINS = 10;
/** Thieves who act do one thing of a kind in four of five cases; owners who did one go on to another kind in one of twenty. */
const THIEF_ACTS = 0.8;
const THIEF_GOES_ON = 0.7;
const OWNER_GOES_ON = 0.05;
/** A reset from there just before speaks for the owner, who reads the mail: nine in ten of them are. */
const RESET_NATS = nats(0.1, 0.9);

/** How new the entrance is for an account that has been entered so often before, its habits shrunk towards the service's. */
export function novelNats(entrance: Entrance): number {
  const usual = Math.max(0.003, entrance.usualShare);
  const own = (usual * HABIT_LOGINS + entrance.novelSuccesses) / (HABIT_LOGINS + entrance.successes);
  return nats(THIEF_IS_NEW, Math.min(THIEF_IS_NEW, own));
}

/** Evidence of the actions after an entrance: the rarest kind against its rate at the service, each other kind at most ln 14. */
export function actionNats(rates: ReadonlyMap<string, { readonly rate: number }>): number {
  const each = [...rates.values()].map(({ rate }) => nats(THIEF_ACTS, Math.min(THIEF_ACTS, rate)));
  each.sort((left, right) => right - left);
  const further = nats(THIEF_GOES_ON, OWNER_GOES_ON);
  return each.reduce((sum, one, i) => sum + (i === 0 ? one : Math.min(one, further)), 0);
}

/** Evidence that an entrance followed by sensitive actions was not its owner's. */
export function takeoverNats(entrance: Entrance, rates: ReadonlyMap<string, { readonly rate: number }>): number {
  // Who has just proved to read the account's mail changes the password for a reason.
  const counted = entrance.afterReset ? new Map([...rates].filter(([kind]) => kind !== 'password')) : rates;
  if (counted.size === 0) return 0;
  const reset = entrance.afterReset ? RESET_NATS : 0;
  return novelNats(entrance) + actionNats(counted) + Math.max(0, entrance.suspicion) + reset;
}
