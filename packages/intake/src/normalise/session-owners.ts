import type { RequestEvent } from '@vedette/protocol';
import { BoundedCache } from '../bounded-cache.js';
import type { UnfinishedEvent } from './authenticator.js';

/** Sessions remembered (twice that at most): those of a day of a large service. */
const SESSIONS_KEPT = 65_536;
/** Clients that just logged in and whose new session has not been seen. */
const CLIENTS_KEPT = 4096;
/** A browser follows the answer to a login at once, over the slowest line within seconds. */
const NEXT_PAGE_MS = 10_000;

/** A login whose client has not come back yet. */
interface Entered {
  /** `''` where two accounts logged in from the same client: who comes next is not known. */
  readonly account: string;
  readonly atMs: number;
}

/** Serialisable. */
export interface SavedSessions {
  readonly owners: readonly (readonly [session: string, account: string])[];
  readonly entered: readonly (readonly [client: string, Entered])[];
}

/**
 * Whose a session is. Services that keep people by a cookie give them a new one with each login, so that nobody has a
 * past under its name; the login says which account it was. It names the session that was handed out, beside the one that
 * it was made in, which is its actor; where the span only tells the session from before, the owner is looked for in the
 * next request of the same client with a session that nobody has seen.
 */
export class SessionOwners {
  /** The account, or `''` of a session that was seen without one. */
  readonly #owners = new BoundedCache<string, string>(SESSIONS_KEPT);
  readonly #entered = new BoundedCache<string, Entered>(CLIENTS_KEPT);

  /**
   * Names the actor of an event after the account that its session belongs to, where nothing better named one.
   *
   * @param isAttempt it asks to be let in itself: its session is older than that
   */
  name(event: UnfinishedEvent, isAttempt: boolean): void {
    if (event.actorKind !== 'session' || event.session === '') return;
    const known = this.#owners.get(event.session);
    // A login may name the session that it began: it was made in that of its actor.
    const owner = known ?? (isAttempt ? (this.#owners.get(event.actor) ?? '') : this.#claim(event));
    if (known === undefined) this.#owners.set(event.session, isAttempt ? '' : owner);
    if (owner === '') return;
    event.actor = owner;
    event.actorKind = 'user';
  }

  /** Takes note of a login that succeeded. */
  enter(event: RequestEvent): void {
    if (event.authEvent !== 'login' || event.authOutcome !== 'success' || event.authIdentifier === '') return;
    const { session, authIdentifier: account, startMs: atMs } = event;
    if (session !== '') this.#owners.set(session, account);
    if (session !== '' && session !== event.actor && event.actorKind !== 'user') return;
    const client = clientOf(event);
    const other = this.#entered.get(client);
    const isAlone = other === undefined || other.account === account || atMs - other.atMs > NEXT_PAGE_MS;
    this.#entered.set(client, { account: isAlone ? account : '', atMs });
  }

  /** Learns from a stored event, whose actor may have been named here. */
  learn(event: RequestEvent): void {
    const { session, actorKind } = event;
    if (session !== '' && (actorKind === 'user' || actorKind === 'session')) {
      if (event.authFrom !== 'agent' && this.#owners.get(session) === undefined) this.#entered.take(clientOf(event));
      this.#owners.set(session, actorKind === 'user' ? event.actor : '');
    }
    this.enter(event);
  }

  save(): SavedSessions {
    return { owners: [...this.#owners.entries()], entered: [...this.#entered.entries()] };
  }

  load(saved: SavedSessions): void {
    for (const [session, account] of saved.owners) this.#owners.set(session, account);
    for (const [client, entered] of saved.entered) this.#entered.set(client, entered);
  }

  /** The account that just logged in with the client of a session never seen before; `''` for none. */
  #claim(event: RequestEvent): string {
    const entered = this.#entered.take(clientOf(event));
    const isHis = entered !== undefined && Math.abs(event.startMs - entered.atMs) <= NEXT_PAGE_MS;
    return isHis ? entered.account : '';
  }
}

function clientOf({ service, source, fingerprint, userAgent }: RequestEvent): string {
  return `${service}\u0000${source}\u0000${fingerprint || userAgent}`;
}
