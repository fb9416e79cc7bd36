import type { Alert, AlertDetail, RequestRow } from '@vedette/protocol';
import { type Api, ApiError } from '../api/client.js';
import { isUnauthorized, messageOf } from './session.svelte.js';

const PAGE_SIZE = 50;
/** Requests shown in the page at most. */
const MAX_REQUESTS = 1000;

export type Part = 'loading' | 'ready' | { readonly message: string };

/** One alert that is open: what the list does not carry (history, the requests behind it). */
export class AlertView {
  readonly id: string;
  readonly #api: Api;
  readonly #onUnauthorized: () => void;
  readonly #known: () => Alert | undefined;
  readonly #abort = new AbortController();

  #fetched = $state.raw<AlertDetail | null>(null);
  #detailState = $state.raw<Part | 'missing'>('loading');
  #requests = $state.raw<readonly RequestRow[]>([]);
  #requestsState = $state.raw<Part>('loading');
  #nextCursor = $state<string | null>(null);
  #countAtLoad = $state(0);

  constructor(options: { id: string; api: Api; known: () => Alert | undefined; onUnauthorized: () => void }) {
    this.id = options.id;
    this.#api = options.api;
    this.#known = options.known;
    this.#onUnauthorized = options.onUnauthorized;
  }

  /** The newest state known: the stream's before the one that was fetched. */
  get alert(): Alert | undefined {
    return this.#known() ?? this.#fetched?.alert;
  }
  get history(): AlertDetail['history'] {
    return this.#fetched?.history ?? [];
  }
  get detailState(): Part | 'missing' {
    return this.#detailState;
  }
  get requests(): readonly RequestRow[] {
    return this.#requests;
  }
  get requestsState(): Part {
    return this.#requestsState;
  }
  get hasMoreRequests(): boolean {
    return this.#nextCursor !== null && this.#requests.length < MAX_REQUESTS;
  }
  /** Requests that came to the alert since its requests were read. */
  get newerRequests(): number {
    return this.#requestsState === 'ready' ? Math.max(0, (this.alert?.requests ?? 0) - this.#countAtLoad) : 0;
  }

  close(): void {
    this.#abort.abort();
  }

  async loadDetail(): Promise<void> {
    try {
      this.#fetched = await this.#api.alert(this.id, this.#abort.signal);
      this.#detailState = 'ready';
    } catch (error) {
      const isMissing = error instanceof ApiError && error.status === 404;
      this.#failed(error, (message) => {
        this.#detailState = isMissing ? 'missing' : { message };
      });
    }
  }

  async loadRequests(): Promise<void> {
    this.#requestsState = 'loading';
    await this.#readRequests(null);
  }

  async loadMoreRequests(): Promise<void> {
    if (this.#nextCursor === null || this.#requestsState === 'loading') return;
    this.#requestsState = 'loading';
    await this.#readRequests(this.#nextCursor);
  }

  async #readRequests(cursor: string | null): Promise<void> {
    const count = this.alert?.requests ?? 0;
    try {
      const page = await this.#api.requests(this.id, { cursor, limit: PAGE_SIZE, signal: this.#abort.signal });
      if (cursor === null) this.#countAtLoad = count;
      this.#requests = cursor === null ? page.requests : [...this.#requests, ...page.requests];
      this.#nextCursor = page.nextCursor;
      this.#requestsState = 'ready';
    } catch (error) {
      this.#failed(error, (message) => {
        this.#requestsState = { message };
      });
    }
  }

  #failed(error: unknown, show: (message: string) => void): void {
    if (this.#abort.signal.aborted) return;
    if (isUnauthorized(error)) this.#onUnauthorized();
    else show(messageOf(error));
  }
}
