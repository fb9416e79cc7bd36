import {
  type AgentList,
  type Alert,
  type AlertDetail,
  type AlertList,
  type AlertStatus,
  type RequestList,
  type Session,
  type Stats,
  type Traffic,
  type TriageRequest,
  VedetteError,
} from '@vedette/protocol';
import type { Guard } from './guard.js';
import {
  isAgentList,
  isAlertDetail,
  isAlertList,
  isErrorBody,
  isRequestList,
  isSession,
  isStats,
  isTraffic,
  isTriaged,
} from './shapes.js';

/** How long an answer may take, ms. The collector limits its own queries to less. */
const TIMEOUT_MS = 20_000;

export interface PageOptions {
  readonly cursor?: string | null;
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** The answer was an error, came in a shape that this dashboard does not know, or did not come. */
export class ApiError extends VedetteError {
  override readonly name = 'ApiError';

  constructor(
    /** HTTP status, or 0 where there was no answer. */
    readonly status: number,
    code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(code, message, options);
  }
}

/** The collector's REST API. Every method throws {@link ApiError}. */
export class Api {
  readonly #fetch: typeof fetch;

  constructor(fetcher: typeof fetch = (input, init) => fetch(input, init)) {
    this.#fetch = fetcher;
  }

  session(): Promise<Session> {
    return this.#read('/api/session', isSession);
  }

  /** Opens a session with a one-time token or an API token. */
  signIn(token: string): Promise<Session> {
    return this.#write('POST', '/api/session', { token }, isSession);
  }

  async signOut(): Promise<void> {
    await this.#answer('/api/session', { method: 'DELETE', headers: { 'x-vedette-csrf': '1' } });
  }

  alerts({ status, ...page }: PageOptions & { status?: AlertStatus } = {}): Promise<AlertList> {
    return this.#read(withQuery('/api/alerts', { status, ...queryOf(page) }), isAlertList, page.signal);
  }

  alert(id: string, signal?: AbortSignal): Promise<AlertDetail> {
    return this.#read(`/api/alerts/${encodeURIComponent(id)}`, isAlertDetail, signal);
  }

  requests(id: string, page: PageOptions = {}): Promise<RequestList> {
    const path = `/api/alerts/${encodeURIComponent(id)}/requests`;
    return this.#read(withQuery(path, queryOf(page)), isRequestList, page.signal);
  }

  async triage(id: string, request: TriageRequest): Promise<Alert> {
    const path = `/api/alerts/${encodeURIComponent(id)}/triage`;
    return (await this.#write('POST', path, request, isTriaged)).alert;
  }

  traffic(minutes: number): Promise<Traffic> {
    return this.#read(withQuery('/api/traffic', { minutes: String(minutes) }), isTraffic);
  }

  stats(): Promise<Stats> {
    return this.#read('/api/stats', isStats);
  }

  agents(): Promise<AgentList> {
    return this.#read('/api/agents', isAgentList);
  }

  async #read<T>(path: string, guard: Guard<T>, signal?: AbortSignal): Promise<T> {
    return checked(await this.#answer(path, signal ? { signal } : {}), guard, path);
  }

  async #write<T>(method: string, path: string, body: unknown, guard: Guard<T>): Promise<T> {
    const headers = { 'content-type': 'application/json', 'x-vedette-csrf': '1' };
    return checked(await this.#answer(path, { method, headers, body: JSON.stringify(body) }), guard, path);
  }

  async #answer(path: string, init: RequestInit): Promise<unknown> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    let response: Response;
    try {
      response = await this.#fetch(path, { ...init, signal, credentials: 'same-origin', cache: 'no-store' });
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      const what = timeout.aborted ? 'the collector did not answer in time' : 'the collector cannot be reached';
      throw new ApiError(0, 'VDT_DASHBOARD_UNREACHABLE', what, { cause });
    }
    if (response.status === 204) return null;
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) return body;
    const error = isErrorBody(body) ? body : { code: 'VDT_DASHBOARD_HTTP', error: `the answer was ${response.status}` };
    throw new ApiError(response.status, error.code, error.error);
  }
}

function checked<T>(body: unknown, guard: Guard<T>, path: string): T {
  if (guard(body)) return body;
  throw new ApiError(0, 'VDT_DASHBOARD_SHAPE', `the answer to ${path} has a shape that this page does not know`);
}

function queryOf({ cursor, limit }: PageOptions): Record<string, string | undefined> {
  return { cursor: cursor ?? undefined, limit: limit === undefined ? undefined : String(limit) };
}

function withQuery(path: string, query: Record<string, string | undefined>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, value);
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}
