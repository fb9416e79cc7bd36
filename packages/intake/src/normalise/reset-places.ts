import { BoundedCache } from '../bounded-cache.js';
import { wordsOf } from './parameter-name.js';

/** Services of which it is remembered; as many as anybody runs side by side, and one look-up each. */
const MAX_SERVICES = 4096;
/** Where a person says that a password is lost, and is sent a code. */
const ASKS = new Set('forgot forgotten lost lostpassword forgotpassword request recover recovery'.split(' '));
/** Where that code is given back with the new password. */
const GIVES = new Set('reset resetpassword passwordreset resetpass'.split(' '));
/** Behind a reset, the step that ends it. */
const ENDS = new Set(['confirm', 'confirmation', 'verify', 'complete', 'validate']);

/** Serialisable. */
export type SavedResetPlaces = readonly string[];

/**
 * Tells the two steps of a lost password apart where only addresses are known. `POST /password/reset` may be either;
 * where a service has another place to ask for the mail (`/password/forgot`), it is the one where codes are tried, and so
 * is what ends a reset (`/password/reset/confirm`).
 */
export class ResetPlaces {
  readonly #asking = new BoundedCache<string, true>(MAX_SERVICES);

  /** Whether a reset that was read out of a route is the giving of a code; takes note of places that ask. */
  takesCode(service: string, route: string, status: number): boolean {
    const words = wordsOf(route);
    if (ENDS.has(words.at(-1) ?? '')) return true;
    if (words.some((word) => ASKS.has(word))) {
      if (status >= 200 && status < 400) this.#asking.set(service, true);
      return false;
    }
    return words.some((word) => GIVES.has(word)) && this.#asking.get(service) === true;
  }

  save(): SavedResetPlaces {
    return [...this.#asking.entries()].map(([service]) => service);
  }

  load(saved: SavedResetPlaces): void {
    for (const service of saved) this.#asking.set(service, true);
  }
}
