import type { Session } from '@vedette/protocol';
import { type Api, ApiError } from '../api/client.js';

export type SessionState =
  | { readonly kind: 'checking' }
  | { readonly kind: 'unreachable'; readonly message: string }
  /** `note` says why, where it is not simply the first visit. */
  | { readonly kind: 'signed-out'; readonly note: string | null }
  | { readonly kind: 'signed-in'; readonly session: Session };

/** Who is signed in. */
export class SessionStore {
  readonly #api: Api;
  #state = $state.raw<SessionState>({ kind: 'checking' });

  constructor(api: Api) {
    this.#api = api;
  }

  get state(): SessionState {
    return this.#state;
  }

  get mayTriage(): boolean {
    return this.#state.kind === 'signed-in' && this.#state.session.role !== 'viewer';
  }

  /** Signs in with the token that the start line put into the address, or takes up the session that there is. */
  async resume(): Promise<void> {
    const token = takeTokenFromAddress();
    if (token === null) return this.check();
    await this.signIn(token);
    // A link that was used before may still meet a session that it opened then.
    if (this.#state.kind === 'signed-out') await this.check(this.#state.note);
  }

  /** Asks the collector who is signed in. */
  async check(note: string | null = null): Promise<void> {
    try {
      this.#state = { kind: 'signed-in', session: await this.#api.session() };
    } catch (error) {
      this.#state = isUnauthorized(error)
        ? { kind: 'signed-out', note }
        : { kind: 'unreachable', message: messageOf(error) };
    }
  }

  async signIn(token: string): Promise<void> {
    try {
      this.#state = { kind: 'signed-in', session: await this.#api.signIn(token) };
    } catch (error) {
      this.#state = { kind: 'signed-out', note: messageOf(error) };
    }
  }

  async signOut(): Promise<void> {
    await this.#api.signOut().catch(() => undefined);
    this.#state = { kind: 'signed-out', note: 'You are signed out.' };
  }

  /** The collector refused a call: the session has ended. */
  expire(): void {
    if (this.#state.kind === 'signed-in') this.#state = { kind: 'signed-out', note: 'Your session has ended.' };
  }
}

export function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

/** What to tell a person about a failure. */
export function messageOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something in this page failed.';
  return error.message.charAt(0).toUpperCase() + error.message.slice(1) + (error.message.endsWith('.') ? '' : '.');
}

/** Takes the one-time token out of the fragment, so that it stays neither in the address bar nor in the history. */
function takeTokenFromAddress(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return token === '' ? null : token;
}
