import type { RawRequest } from '../src/raw-request.js';

let made = 0;

/** A plain GET of `target` with the fields given. */
export function raw(target: string, fields: Partial<RawRequest> = {}): RawRequest {
  made++;
  const mark = target.indexOf('?');
  return {
    traceId: made.toString(16).padStart(32, '0'),
    spanId: made.toString(16).padStart(16, '0'),
    service: 'shop',
    instance: '',
    startMs: 1_764_000_000_000,
    durationMs: 1,
    source: '192.0.2.1',
    peer: '192.0.2.1',
    method: 'GET',
    host: '',
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    route: '',
    graphqlOperation: '',
    rpcOperation: '',
    status: 200,
    requestBytes: -1,
    responseBytes: -1,
    userAgent: '',
    fingerprint: '',
    enduserPseudoId: '',
    enduserId: '',
    user: '',
    actorKind: '',
    session: '',
    authEvent: '',
    authIdentifier: '',
    authOutcome: '',
    authAttempts: 1,
    authCode: '',
    requestObjectIds: [],
    responseObjectIds: [],
    sensitive: {},
    ...fields,
  };
}
