import { hashObjectId, type RequestEvent } from '@vedette/protocol';

/** A Monday, 09:00 UTC. */
export const START_MS = Date.UTC(2026, 2, 2, 9);

let serial = 0;

/** A finished request with sensible values for all that a test does not care about. */
export function request(over: Partial<RequestEvent> = {}): RequestEvent {
  serial++;
  return {
    traceId: serial.toString(16).padStart(32, '0'),
    spanId: serial.toString(16).padStart(16, '0'),
    service: 'shop',
    instance: 'shop-1',
    startMs: START_MS,
    durationMs: 12,
    source: '198.51.100.1',
    peer: '10.0.0.1',
    method: 'GET',
    host: 'shop.example',
    path: '/',
    query: '',
    route: '/',
    routeFrom: 'span',
    operation: '',
    status: 200,
    requestBytes: 0,
    responseBytes: 900,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
    fingerprint: 'f1ref0x140',
    actor: '',
    actorKind: '',
    session: '',
    authEvent: '',
    authIdentifier: '',
    authOutcome: '',
    authFrom: '',
    authAttempts: 0,
    authCode: '',
    objects: [],
    handedOut: [],
    sensitive: {},
    ...over,
  };
}

export interface LoginAttempt {
  readonly atMs: number;
  readonly source: string;
  readonly account: string;
  readonly ok: boolean;
}

export function login(attempt: LoginAttempt, over: Partial<RequestEvent> = {}): RequestEvent {
  return request({
    startMs: attempt.atMs,
    source: attempt.source,
    method: 'POST',
    path: '/login',
    route: '/login',
    status: attempt.ok ? 200 : 401,
    requestBytes: 60 + (attempt.account.length % 17),
    authEvent: 'login',
    authIdentifier: attempt.account,
    authOutcome: attempt.ok ? 'success' : 'failure',
    authFrom: 'agent',
    authAttempts: 1,
    ...over,
  });
}

export interface ObjectRead {
  readonly atMs: number;
  readonly actor: string;
  /** `orders/17` */
  readonly object: string;
  readonly source?: string;
  readonly status?: number;
}

export function read(one: ObjectRead, over: Partial<RequestEvent> = {}): RequestEvent {
  const [kind = '', id = ''] = one.object.split('/');
  return request({
    startMs: one.atMs,
    actor: one.actor,
    actorKind: one.actor === '' ? '' : 'user',
    source: one.source ?? '198.51.100.1',
    path: `/${kind}/${id}`,
    route: `/${kind}/{id}`,
    status: one.status ?? 200,
    objects: [{ kind, id, hash: hashObjectId(id) }],
    ...over,
  });
}

/** The nth address of a benign population: one home network each. */
export function home(n: number): string {
  return `100.${64 + ((n >> 16) & 63)}.${(n >> 8) & 255}.${n & 255}`;
}

/** Numbers between 0 and 1 from a seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}
