import type { AuthEvent, AuthOutcome } from '@vedette/protocol';
import { ATTR, VEDETTE_ATTR } from '@vedette/protocol/attributes';
import type { Exchange, SpanTiming } from '../capture/exchange.js';
import { Secret, type SpanAttribute, type SpanRecord } from '../span-record.js';
import { type Actor, basicUser, readActor } from './actor.js';
import { bodyText } from './body-text.js';
import { canonicalAddress, clientAddress, type TrustedProxies } from './client-address.js';
import { type Credentials, classifyAuth, isJson, NO_CREDENTIALS, readCredentials } from './credentials.js';
import { clientFingerprint } from './fingerprint.js';
import { handedOutIds } from './object-ids.js';
import { authOutcome } from './outcome.js';
import { wasExamined } from './prefix-policy.js';
import { redactUrl } from './redact.js';
import { responseHeader, responseHeaders } from './response-headers.js';

export interface EnrichmentOptions {
  readonly trustedProxies: TrustedProxies;
  /** Lower-case name of the header in which trusted proxies give the client's address. */
  readonly clientAddressHeader: string;
}

/** Longest user agent and host name that are sent, characters. */
const MAX_USER_AGENT = 512;
const MAX_HOST = 255;
const MAX_ROUTE = 512;

/** Statuses that have no body, whatever the service wrote. */
const BODILESS = new Set([204, 304]);

/**
 * The span of a finished request. Its attributes are built here one by one: nothing that was not put on this list
 * leaves the process, and what names a person or opens a door leaves only as its keyed hash.
 */
export function describeRequest(exchange: Exchange, timing: SpanTiming, options: EnrichmentOptions): SpanRecord {
  const { request, response, route } = exchange;
  const method = request.method ?? 'GET';
  const status = response.headersSent ? response.statusCode : 0;
  const attributes: SpanAttribute[] = [[ATTR.httpRequestMethod, method]];

  const url = redactUrl(exchange.target, route);
  attributes.push([ATTR.urlPath, url.path]);
  if (url.query.length > 0) attributes.push([ATTR.urlQuery, url.query]);
  if (route !== '') attributes.push([ATTR.httpRoute, route.slice(0, MAX_ROUTE)]);
  if (status !== 0) attributes.push([ATTR.httpResponseStatusCode, status]);

  describeClient(exchange, options, attributes);
  describeSizes(exchange, status, attributes);
  if (status !== 401) describeActor(readActor(request.headers), attributes);
  describeAuth(exchange, status, attributes);
  describeHandedOut(exchange, attributes);

  return {
    ...timing,
    name: route === '' ? method : `${method} ${route.slice(0, MAX_ROUTE)}`,
    failed: status >= 500,
    attributes,
  };
}

function describeClient({ request, peerAddress }: Exchange, options: EnrichmentOptions, out: SpanAttribute[]): void {
  const peer = canonicalAddress(peerAddress);
  const forwarded = request.headers[options.clientAddressHeader];
  const client = clientAddress(
    peer,
    Array.isArray(forwarded) ? forwarded.join(',') : forwarded,
    options.trustedProxies,
  );
  if (client !== '') out.push([ATTR.clientAddress, client]);
  if (peer !== '') out.push([ATTR.networkPeerAddress, peer]);
  const userAgent = request.headers['user-agent'];
  if (userAgent) out.push([ATTR.userAgentOriginal, userAgent.slice(0, MAX_USER_AGENT)]);
  const host = hostName(request.headers.host);
  if (host !== '') out.push([ATTR.serverAddress, host]);
  out.push([VEDETTE_ATTR.clientFingerprint, clientFingerprint(request.rawHeaders, request.httpVersion)]);
}

/** The host a client asked for, without port; `''` for what cannot be a host name. */
function hostName(header: string | undefined): string {
  const host =
    header
      ?.slice(0, MAX_HOST + 8)
      .replace(/:\d{0,5}$/, '')
      .replace(/^\[|\]$/g, '') ?? '';
  return host.length <= MAX_HOST && /^[A-Za-z0-9._:-]+$/.test(host) ? host.toLowerCase() : '';
}

function describeSizes({ request, requestBody, responseBody }: Exchange, status: number, out: SpanAttribute[]): void {
  const requestBytes = requestBody?.bytes ?? Number(request.headers['content-length'] ?? 0);
  if (Number.isSafeInteger(requestBytes) && requestBytes >= 0) out.push([ATTR.httpRequestBodySize, requestBytes]);
  if (status === 0) return;
  const hasBody = request.method !== 'HEAD' && !BODILESS.has(status);
  out.push([ATTR.httpResponseBodySize, hasBody ? responseBody.bytes : 0]);
}

/** Not called where the status is 401: whoever is refused may have forged the token that names the actor. */
function describeActor({ id, kind, session }: Actor, out: SpanAttribute[]): void {
  if (id !== '' && kind !== '') {
    out.push([ATTR.enduserPseudoId, new Secret(id)], [VEDETTE_ATTR.actorKind, kind]);
  }
  if (session !== '') out.push([ATTR.sessionId, new Secret(session)]);
}

/** An authentication event with what was tried. */
interface Attempt {
  readonly event: AuthEvent;
  readonly identifier: string;
  readonly code: string;
}

function describeAuth(exchange: Exchange, status: number, out: SpanAttribute[]): void {
  const attempt = attemptOf(exchange);
  if (!attempt) return;
  out.push([VEDETTE_ATTR.authEvent, attempt.event]);
  if (attempt.identifier !== '') out.push([VEDETTE_ATTR.authIdentifier, new Secret(attempt.identifier)]);
  if (attempt.code !== '') out.push([VEDETTE_ATTR.authCode, new Secret(attempt.code)]);
  const outcome = outcomeOf(exchange, attempt, status);
  if (outcome !== '') out.push([VEDETTE_ATTR.authOutcome, outcome]);
}

function attemptOf(exchange: Exchange): Attempt | undefined {
  const { request, target, requestBody } = exchange;
  const credentials: Credentials =
    requestBody && wasExamined(exchange)
      ? readCredentials(
          bodyText(requestBody.prefix, request.headers['content-encoding'] ?? ''),
          request.headers['content-type'] ?? '',
        )
      : NO_CREDENTIALS;
  const event = classifyAuth(request.method ?? '', target, credentials);
  const user = basicUser(request.headers.authorization);
  if (event === '') return user === '' ? undefined : { event: 'login', identifier: user, code: '' };
  const tried = credentials.identifier === '' ? user : credentials.identifier;
  // A code is what is tried only where no password is; in a login it is the second factor on the way.
  const code = event === 'otp' || event === 'reset' ? credentials.code : '';
  return { event, identifier: tried, code };
}

function outcomeOf(
  { request, target, response, responseBody }: Exchange,
  attempt: Attempt,
  status: number,
): AuthOutcome {
  if (
    attempt.event === 'login' &&
    classifyAuth(request.method ?? '', target, NO_CREDENTIALS) === '' &&
    isBasic(request.headers.authorization)
  ) {
    return basicOutcome(status);
  }
  return authOutcome(attempt.event, {
    status,
    setCookies: responseHeaders(response, 'set-cookie'),
    location: responseHeader(response, 'location'),
    contentType: responseHeader(response, 'content-type'),
    bodyPrefix: bodyText(responseBody.prefix, responseHeader(response, 'content-encoding')),
  });
}

function isBasic(authorization: string | undefined): boolean {
  return basicUser(authorization) !== '';
}

/** With HTTP Basic every request brings the password: 401 refuses it, any other answer below 500 has taken it. */
function basicOutcome(status: number): AuthOutcome {
  if (status === 401 || status === 429) return 'failure';
  return status >= 200 && status < 400 ? 'success' : '';
}

function describeHandedOut({ request, response, responseBody }: Exchange, out: SpanAttribute[]): void {
  if (request.method !== 'GET' || responseBody.prefix.length === 0) return;
  if (!isJson(responseHeader(response, 'content-type'))) return;
  const ids = handedOutIds(responseBody.prefix.toString('utf8'));
  if (ids) out.push([VEDETTE_ATTR.responseObjectIds, ids]);
}
