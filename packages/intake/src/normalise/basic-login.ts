import type { RequestEvent } from '@vedette/protocol';
import { BoundedCache } from '../bounded-cache.js';

/** Pairs of address and user that are remembered (twice that at most). */
const PAIRS_KEPT = 16_384;
/** A pair is new again after a day: detection weighs first contacts of a day. */
const KEPT_MS = 24 * 3_600_000;
/** Services of which it is known that they refuse. */
const SERVICES_KEPT = 1024;

/**
 * HTTP authentication in an access log, where every request carries the credentials: a 401 beside a user name is a
 * failed login; the first request of a user from an address that is not refused, within a day or since a refusal, is
 * the login that succeeded. Some servers log the name that a client sends wherever it sends it, so nothing is a success
 * before the service has refused anybody.
 */
export class BasicLogins {
  readonly #since = new BoundedCache<string, number>(PAIRS_KEPT);
  readonly #refuses = new BoundedCache<string, true>(SERVICES_KEPT);

  /**
   * @param user pseudonym of the name logged, or `''`
   * @returns how the attempt ended, `''` where the request is none
   */
  observe(request: BasicRequest, user: string): 'success' | 'failure' | '' {
    const { service, source, status, startMs } = request;
    if (status === 401) {
      if (this.#refuses.get(service) === undefined) this.#refuses.set(service, true);
      if (user === '') return '';
      this.#since.take(`${service}\u0000${source}\u0000${user}`);
      return 'failure';
    }
    if (user === '' || status === 0 || status >= 500 || this.#refuses.get(service) === undefined) return '';
    const pair = `${service}\u0000${source}\u0000${user}`;
    const since = this.#since.get(pair);
    if (since !== undefined && startMs - since < KEPT_MS) return '';
    this.#since.set(pair, startMs);
    return 'success';
  }

  /** Learns from a stored event what {@link observe} learned when it came. */
  learn(event: RequestEvent): void {
    const { service, source, authIdentifier: user } = event;
    if (event.status === 401) this.observe(event, user);
    else if (event.authFrom === 'inferred' && user !== '' && user === event.actor) {
      this.#since.set(`${service}\u0000${source}\u0000${user}`, event.startMs);
    }
  }

  save(): SavedBasicLogins {
    return { since: [...this.#since.entries()], refuses: [...this.#refuses.entries()].map(([service]) => service) };
  }

  load(saved: SavedBasicLogins): void {
    for (const [pair, since] of saved.since) this.#since.set(pair, since);
    for (const service of saved.refuses) this.#refuses.set(service, true);
  }
}

/** The parts of a request that are looked at. */
export interface BasicRequest {
  readonly service: string;
  readonly source: string;
  readonly status: number;
  readonly startMs: number;
}

/** Serialisable. */
export interface SavedBasicLogins {
  readonly since: readonly (readonly [string, number])[];
  readonly refuses: readonly string[];
}
