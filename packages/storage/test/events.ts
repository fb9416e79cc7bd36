import type { Alert, AlertEvent, RequestEvent } from '@vedette/protocol';
import fc from 'fast-check';

/** 2026-03-01T00:00:00Z */
export const BASE_MS = 1_772_323_200_000;

let serial = 0;

/** An ordinary request event with an identity of its own. */
export function requestEvent(fields: Partial<RequestEvent> = {}): RequestEvent {
  serial++;
  return {
    traceId: serial.toString(16).padStart(32, '0'),
    spanId: serial.toString(16).padStart(16, '0'),
    service: 'shop',
    instance: 'shop-1',
    startMs: BASE_MS + serial,
    durationMs: 1.25,
    source: '203.0.113.7',
    peer: '10.0.0.1',
    method: 'GET',
    host: 'shop.example',
    path: '/orders/17',
    query: '',
    route: '/orders/{id}',
    routeFrom: 'span',
    operation: '',
    status: 200,
    requestBytes: -1,
    responseBytes: 512,
    userAgent: 'curl/8.5.0',
    fingerprint: '',
    actor: '9b2f0c4a11d3e5f6',
    actorKind: 'user',
    session: '',
    authEvent: '',
    authIdentifier: '',
    authOutcome: '',
    authFrom: '',
    authAttempts: 0,
    authCode: '',
    objects: [{ kind: 'orders', id: '17', hash: 123 }],
    handedOut: [],
    sensitive: {},
    ...fields,
  };
}

/** Text as an attacker would send it: any code units, what formats give a meaning to, and half pairs. */
const hostileText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '\t',
      '\n',
      '\r',
      '\0',
      '\\',
      "'",
      '"',
      '\\N',
      '\\t',
      '\ud800',
      '\udfff',
      '\u{10FFFE}',
      '😀',
      ',',
    ),
  }),
);
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const bytes = fc.oneof(fc.constant(-1), fc.maxSafeNat());

/** Any request event that intake could make, and many that it never would. */
export const anyRequestEvent: fc.Arbitrary<RequestEvent> = fc.record(
  {
    traceId: hex(32),
    spanId: hex(16),
    service: hostileText,
    instance: hostileText,
    // Any fraction, but few days: each is a partition of its own.
    startMs: fc
      .tuple(fc.constantFrom(0, BASE_MS, 4_102_444_799_999), fc.double({ min: 0, max: 86_400_000, noNaN: true }))
      .map(([day, offset]) => Math.min(day + offset, 4_102_444_799_999)),
    durationMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
    source: hostileText,
    peer: hostileText,
    method: hostileText,
    host: hostileText,
    path: hostileText,
    query: hostileText,
    route: hostileText,
    routeFrom: fc.constantFrom('span', 'learned', ''),
    operation: hostileText,
    status: fc.integer({ min: 0, max: 65_535 }),
    requestBytes: bytes,
    responseBytes: bytes,
    userAgent: hostileText,
    fingerprint: hostileText,
    actor: hostileText,
    actorKind: fc.constantFrom('user', 'api_key', 'session', ''),
    session: hostileText,
    authEvent: fc.constantFrom('login', 'signup', 'reset', 'otp', ''),
    authIdentifier: hostileText,
    authOutcome: fc.constantFrom('success', 'failure', ''),
    authFrom: fc.constantFrom('agent', 'inferred', ''),
    authAttempts: uint32,
    authCode: hostileText,
    objects: fc.array(fc.record({ kind: hostileText, id: hostileText, hash: uint32 }, { noNullPrototype: true }), {
      maxLength: 8,
    }),
    handedOut: fc.array(uint32, { maxLength: 20 }),
    sensitive: fc.dictionary(hostileText, uint32, { maxKeys: 5, noNullPrototype: true }),
  },
  { noNullPrototype: true },
) as fc.Arbitrary<RequestEvent>;

export function alertEvent(sequence: number, fields: Partial<AlertEvent> & { alert?: Alert } = {}): AlertEvent {
  return {
    sequence,
    change: 'raised',
    recordedAt: new Date(BASE_MS + sequence).toISOString(),
    by: null,
    comment: null,
    alert: alert(),
    ...fields,
  };
}

export function alert(fields: Partial<Alert> = {}): Alert {
  const at = new Date(BASE_MS).toISOString();
  return {
    id: 'alert-1',
    type: 'credential_stuffing',
    severity: 'high',
    score: 78,
    scoreTerms: [{ name: 'impact', points: 25, text: 'credential stuffing' }],
    title: 'Credential stuffing from 203.0.113.7',
    summary: '214 accounts tried in 48 s, 98.6% failed',
    service: 'shop',
    storyId: 'story-1',
    status: 'new',
    resolution: null,
    recurring: false,
    firstSeen: at,
    lastSeen: at,
    raisedAt: at,
    sources: ['203.0.113.7'],
    sourceCount: 1,
    actors: [],
    actorCount: 0,
    targets: ['account:9b2f0c4a11d3e5f6'],
    targetCount: 1,
    routes: ['POST /login'],
    compromised: [],
    requests: 214,
    evidence: [],
    activity: { start: at, bucketMs: 1000, counts: [3, 4] },
    owaspAutomatedThreats: ['OAT-008'],
    owaspApi: ['API2'],
    attack: ['T1110.004'],
    ...fields,
  };
}
