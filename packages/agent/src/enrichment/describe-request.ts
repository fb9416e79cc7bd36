import type { AuthEvent, AuthOutcome } from '@vedette/protocol';
import { ATTR, VEDETTE_ATTR } from '@vedette/protocol/attributes';
import type { Exchange } from '../capture/exchange.js';
import { unixMs } from '../clock.js';
import { splitTarget } from '../request-target.js';
import { AttributeName, Secret, type SpanHead, type SpanSink } from '../span-record.js';
import { basicUser } from './actor.js';
import { bodyText } from './body-text.js';
import type { TrustedProxies } from './client-address.js';
import { type Credentials, classifyAuth, isJson, NO_CREDENTIALS, readCredentials } from './credentials.js';
import { handedOutIds } from './object-ids.js';
import { authOutcome } from './outcome.js';
import { wasExamined } from './prefix-policy.js';
import { redactPath, redactQuery } from './redact.js';
import { responseHeader, responseHeaders } from './response-headers.js';
import { describeSender } from './sender.js';
import { traceOf } from './trace-parent.js';

export interface EnrichmentOptions {
  readonly trustedProxies: TrustedProxies;
}

/** Where finished spans go. */
export interface SpanDestination {
  /** Starts a span. @returns where its attributes go; {@link end} or {@link abandon} must follow */
  begin(head: SpanHead): SpanSink;
  end(): void;
  abandon(): void;
}

const METHOD = new AttributeName(ATTR.httpRequestMethod);
const PATH = new AttributeName(ATTR.urlPath);
const QUERY = new AttributeName(ATTR.urlQuery);
const ROUTE = new AttributeName(ATTR.httpRoute);
const STATUS = new AttributeName(ATTR.httpResponseStatusCode);
const REQUEST_BYTES = new AttributeName(ATTR.httpRequestBodySize);
const RESPONSE_BYTES = new AttributeName(ATTR.httpResponseBodySize);
const AUTH_EVENT = new AttributeName(VEDETTE_ATTR.authEvent);
const AUTH_IDENTIFIER = new AttributeName(VEDETTE_ATTR.authIdentifier);
const AUTH_CODE = new AttributeName(VEDETTE_ATTR.authCode);
const AUTH_OUTCOME = new AttributeName(VEDETTE_ATTR.authOutcome);
const RESPONSE_IDS = new AttributeName(VEDETTE_ATTR.responseObjectIds);

const MAX_ROUTE = 512;

/**
 * Writes the span of a finished request. Its attributes are named here one by one: nothing that was not put on this list
 * leaves the process, and what names a person or opens a door leaves only as its keyed hash.
 */
export function describeRequest(exchange: Exchange, spans: SpanDestination, options: EnrichmentOptions): void {
  const { request, response } = exchange;
  const method = request.method ?? 'GET';
  const route = exchange.route.length > MAX_ROUTE ? exchange.route.slice(0, MAX_ROUTE) : exchange.route;
  const status = response.headersSent ? response.statusCode : 0;
  const trace = exchange.trace ?? traceOf(exchange.headers.traceparent);
  const sink = spans.begin({
    traceId: trace.traceId,
    spanId: trace.spanId,
    parentSpanId: trace.parentSpanId,
    name: route === '' ? method : `${method} ${route}`,
    startMs: unixMs(exchange.startedMs),
    endMs: unixMs(exchange.endedMs),
    failed: status >= 500,
  });
  try {
    sink.attribute(METHOD, method);
    const { path, query } = splitTarget(exchange.target);
    sink.attribute(PATH, redactPath(path, route));
    if (query !== '') sink.attribute(QUERY, redactQuery(query));
    if (route !== '') sink.attribute(ROUTE, route);
    if (status !== 0) sink.attribute(STATUS, status);
    describeSender(exchange, options.trustedProxies, { sink, isRefused: status === 401 });
    describeSizes(exchange, status, sink);
    describeAuth(exchange, status, sink);
    describeHandedOut(exchange, sink);
  } catch (fault) {
    spans.abandon();
    throw fault;
  }
  spans.end();
}

function describeSizes({ request, headers, requestBody, responseBody }: Exchange, status: number, out: SpanSink): void {
  const requestBytes = requestBody?.bytes ?? Math.max(0, headers.contentLength);
  out.attribute(REQUEST_BYTES, requestBytes);
  if (status === 0) return;
  // These have no body, whatever the service wrote.
  const isBodiless = request.method === 'HEAD' || status === 204 || status === 304;
  out.attribute(RESPONSE_BYTES, isBodiless ? 0 : responseBody.bytes);
}

/** An authentication event with what was tried. */
interface Attempt {
  readonly event: AuthEvent;
  readonly identifier: string;
  readonly code: string;
}

function describeAuth(exchange: Exchange, status: number, out: SpanSink): void {
  const attempt = attemptOf(exchange);
  if (!attempt) return;
  out.attribute(AUTH_EVENT, attempt.event);
  if (attempt.identifier !== '') out.attribute(AUTH_IDENTIFIER, new Secret(attempt.identifier));
  if (attempt.code !== '') out.attribute(AUTH_CODE, new Secret(attempt.code));
  const outcome = outcomeOf(exchange, attempt, status);
  if (outcome !== '') out.attribute(AUTH_OUTCOME, outcome);
}

function attemptOf(exchange: Exchange): Attempt | undefined {
  const { request, target, requestBody, headers } = exchange;
  const isExamined = wasExamined(exchange);
  if (!isExamined && headers.authorization === '') return undefined;
  const credentials: Credentials =
    requestBody && isExamined
      ? readCredentials(bodyText(requestBody, headers.contentEncoding), headers.contentType)
      : NO_CREDENTIALS;
  const event = classifyAuth(request.method ?? '', target, credentials);
  const user = basicUser(headers.authorization);
  if (event === '') return user === '' ? undefined : { event: 'login', identifier: user, code: '' };
  const tried = credentials.identifier === '' ? user : credentials.identifier;
  // A code is what is tried only where no password is; in a login it is the second factor on the way.
  const code = event === 'otp' || event === 'reset' ? credentials.code : '';
  return { event, identifier: tried, code };
}

function outcomeOf(
  { request, target, headers, response, responseBody }: Exchange,
  attempt: Attempt,
  status: number,
): AuthOutcome {
  if (
    attempt.event === 'login' &&
    classifyAuth(request.method ?? '', target, NO_CREDENTIALS) === '' &&
    basicUser(headers.authorization) !== ''
  ) {
    return basicOutcome(status);
  }
  return authOutcome(attempt.event, {
    status,
    setCookies: responseHeaders(response, 'set-cookie'),
    location: responseHeader(response, 'location'),
    contentType: responseHeader(response, 'content-type'),
    bodyPrefix: bodyText(responseBody, responseHeader(response, 'content-encoding')),
  });
}

/** With HTTP Basic every request brings the password: 401 refuses it, any other answer below 500 has taken it. */
function basicOutcome(status: number): AuthOutcome {
  if (status === 401 || status === 429) return 'failure';
  return status >= 200 && status < 400 ? 'success' : '';
}

function describeHandedOut({ request, response, responseBody }: Exchange, out: SpanSink): void {
  if (request.method !== 'GET' || responseBody.isEmpty) return;
  if (!isJson(responseHeader(response, 'content-type'))) return;
  const ids = handedOutIds(responseBody.text);
  if (ids) out.attribute(RESPONSE_IDS, ids);
}
