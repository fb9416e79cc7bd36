import { canonicalAddress, isInternalAddress } from '../ip-address.js';
import { cutText, TEXT_LIMIT } from '../limits.js';
import { NO_COUNTS, NO_IDS, type RawRequest } from '../raw-request.js';
import { hostOnly, splitUrl } from '../url-parts.js';
import { type LineIdentity, lineIdentity } from './line-identity.js';

/** What an access log says of one request. Texts are `''` and sizes -1 where it does not. */
export interface LogFields {
  readonly timeMs: number;
  readonly durationMs: number;
  /** Address that connected, in any writing. */
  readonly remote: string;
  /** Client address that the server worked out itself (Caddy's `client_ip`), believed. */
  readonly client: string;
  /** Content of a forwarding header, believed only behind an internal proxy. */
  readonly forwardedFor: string;
  readonly method: string;
  readonly target: string;
  readonly query: string;
  readonly host: string;
  readonly route: string;
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly userAgent: string;
  readonly user: string;
  readonly service: string;
  readonly instance: string;
}

/** Which line it was. */
export interface LinePlace {
  readonly line: string;
  readonly lineNumber: number;
}

/** Makes the request of a log line. */
export function logRequest(fields: LogFields, place: LinePlace): RawRequest {
  const { path, query, host } = splitUrl(fields.target);
  const peer = canonicalAddress(fields.remote);
  const fullQuery = query || (fields.query.startsWith('?') ? fields.query.slice(1) : fields.query);
  return requestOf(
    {
      service: cutText(fields.service, TEXT_LIMIT.name),
      instance: cutText(fields.instance, TEXT_LIMIT.name),
      startMs: fields.timeMs,
      durationMs: fields.durationMs,
      source: canonicalAddress(fields.client) || clientBehind(peer, fields.forwardedFor),
      peer,
      method: cutText(fields.method, TEXT_LIMIT.method).toUpperCase(),
      host: cutText(hostOnly(fields.host) || host, TEXT_LIMIT.name),
      path: cutText(path, TEXT_LIMIT.path),
      query: cutText(fullQuery, TEXT_LIMIT.query),
      route: cutText(fields.route, TEXT_LIMIT.path),
      status: fields.status,
      requestBytes: fields.requestBytes,
      responseBytes: fields.responseBytes,
      userAgent: cutText(dashIsEmpty(fields.userAgent), TEXT_LIMIT.userAgent),
      user: cutText(dashIsEmpty(fields.user), TEXT_LIMIT.name),
    },
    lineIdentity(place.line, place.lineNumber),
  );
}

/** What a log line can say of a request, ready to be taken over. */
export type LoggedRequest = Pick<
  RawRequest,
  | 'service'
  | 'instance'
  | 'startMs'
  | 'durationMs'
  | 'source'
  | 'peer'
  | 'method'
  | 'host'
  | 'path'
  | 'query'
  | 'route'
  | 'status'
  | 'requestBytes'
  | 'responseBytes'
  | 'userAgent'
  | 'user'
>;

/** The request in full: everything that no log line says is unknown. */
export function requestOf(logged: LoggedRequest, { traceId, spanId }: LineIdentity): RawRequest {
  return {
    traceId,
    spanId,
    service: logged.service,
    instance: logged.instance,
    startMs: logged.startMs,
    durationMs: logged.durationMs,
    source: logged.source,
    peer: logged.peer,
    method: logged.method,
    host: logged.host,
    path: logged.path,
    query: logged.query,
    route: logged.route,
    graphqlOperation: '',
    rpcOperation: '',
    status: logged.status,
    requestBytes: logged.requestBytes,
    responseBytes: logged.responseBytes,
    userAgent: logged.userAgent,
    fingerprint: '',
    enduserPseudoId: '',
    enduserId: '',
    user: logged.user,
    actorKind: '',
    session: '',
    authEvent: '',
    authIdentifier: '',
    authOutcome: '',
    authAttempts: 1,
    authCode: '',
    requestObjectIds: NO_IDS,
    responseObjectIds: NO_IDS,
    sensitive: NO_COUNTS,
  };
}

/**
 * The client behind a proxy. Only an internal address is taken for a proxy of the house; it appends the address that it
 * saw, so the last one that is not internal is the client. What stands before it, and any header that came straight
 * from the Internet, is the client's own invention.
 */
export function clientBehind(peer: string, forwardedFor: string): string {
  if (forwardedFor === '' || forwardedFor === '-') return peer;
  if (peer !== '' && !isInternalAddress(peer)) return peer;
  const hops = forwardedFor.slice(-1024).split(',');
  for (let i = hops.length - 1; i >= 0; i--) {
    const address = canonicalAddress(hops[i]!.trim());
    if (address !== '' && !isInternalAddress(address)) return address;
  }
  return peer || canonicalAddress(hops.at(-1)!.trim());
}

function dashIsEmpty(text: string): string {
  return text === '-' ? '' : text;
}
