import type { Session } from '@vedette/protocol';
import { z } from 'zod';
import { createToken, hashToken } from '../secrets.js';

/** How long a browser stays signed in, ms. */
const SESSION_MS = 7 * 24 * 3600_000;

/** How long a one-time token may wait to be used, ms. */
const ONE_TIME_MS = 24 * 3600_000;

/** Sessions and one-time tokens kept at most; the oldest go first. */
const MAX_SESSIONS = 1000;

export const SESSION_COOKIE = 'vedette_session';

/** Where sessions outlive a restart; only hashes of their tokens are written. */
export interface SessionStore {
  list(prefix: string): Promise<readonly { key: string; value: unknown }[]>;
  set(key: string, value: unknown): Promise<void>;
}

const StoredSession = z.object({
  user: z.string(),
  role: z.enum(['viewer', 'analyst', 'admin']),
  expires: z.iso.datetime(),
});

const PREFIX = 'session:';

/** Sessions of people at the dashboard, and the one-time tokens that open them. */
export class Sessions {
  readonly #store: SessionStore;
  readonly #now: () => number;
  readonly #sessions = new Map<string, Session>();
  readonly #oneTime = new Map<string, number>();

  private constructor(store: SessionStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  static async open(store: SessionStore, now: () => number = Date.now): Promise<Sessions> {
    const sessions = new Sessions(store, now);
    for (const { key, value } of await store.list(PREFIX)) {
      const parsed = StoredSession.safeParse(value);
      if (parsed.success && Date.parse(parsed.data.expires) > now()) {
        sessions.#sessions.set(key.slice(PREFIX.length), parsed.data);
      }
    }
    return sessions;
  }

  /** A token that opens one admin session, for a link printed to the person who started the collector. */
  createOneTimeToken(): string {
    const token = createToken('vdt_once');
    trim(this.#oneTime, MAX_SESSIONS);
    this.#oneTime.set(hashToken(token), this.#now() + ONE_TIME_MS);
    return token;
  }

  /** Uses up a one-time token. @returns whether it was valid */
  redeem(token: string): boolean {
    const key = hashToken(token);
    const expires = this.#oneTime.get(key);
    this.#oneTime.delete(key);
    return expires !== undefined && expires > this.#now();
  }

  /** Opens a session. @returns its token, for the cookie; durable when it resolves */
  async create(user: string, role: Session['role']): Promise<{ token: string; session: Session }> {
    const token = createToken('vdt_session');
    const session: Session = { user, role, expires: new Date(this.#now() + SESSION_MS).toISOString() };
    await this.#store.set(PREFIX + hashToken(token), session);
    trim(this.#sessions, MAX_SESSIONS);
    this.#sessions.set(hashToken(token), session);
    return { token, session };
  }

  find(token: string): Session | null {
    const session = this.#sessions.get(hashToken(token));
    return session !== undefined && Date.parse(session.expires) > this.#now() ? session : null;
  }

  async end(token: string): Promise<void> {
    const key = hashToken(token);
    if (this.#sessions.delete(key)) await this.#store.set(PREFIX + key, null);
  }
}

function trim(map: Map<string, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size < size) return;
    map.delete(key);
  }
}
