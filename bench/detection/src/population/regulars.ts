import type { Rng } from '../core/rng.js';
import { DAY } from '../core/time.js';
import type { User } from './users.js';

/** Logins on this many days make a past from which a habit can be told. */
const DAYS = 3;

/** Who has logged in on several days: those whose habits somebody could know. */
export class Regulars {
  readonly #days = new Map<User, { readonly first: number; last: number; count: number }>();

  note(user: User, atMs: number): void {
    const day = Math.floor(atMs / DAY);
    const past = this.#days.get(user);
    if (past === undefined) this.#days.set(user, { first: day, last: day, count: 1 });
    else if (day > past.last) {
      past.last = day;
      past.count++;
    }
  }

  /** One of those with logins on at least three days before today, or whoever comes nearest to that. */
  pick(atMs: number, rng: Rng): User | undefined {
    const today = Math.floor(atMs / DAY);
    const known = [...this.#days].filter(([, past]) => past.first < today);
    for (let days = DAYS; days > 0; days--) {
      const regular = known.filter(([, past]) => past.count >= days);
      if (regular.length > 0) return rng.pick(regular)[0];
    }
    return undefined;
  }
}
