import type { AuthOutcome } from '@vedette/protocol';
import { VEDETTE_ATTR } from '@vedette/protocol/attributes';
import type { Exchange, SaidAttempt } from '../capture/exchange.js';
import { AttributeName, Secret, type SpanSink } from '../span-record.js';
import { basicUser } from './actor.js';
import type { BasicLogins } from './basic-logins.js';
import { bodyText } from './body-text.js';
import { type Credentials, classifyAuth, NO_CREDENTIALS, readCredentials } from './credentials.js';
import { authOutcome } from './outcome.js';
import { wasExamined } from './prefix-policy.js';
import { responseHeader, responseHeaders } from './response-headers.js';

const AUTH_EVENT = new AttributeName(VEDETTE_ATTR.authEvent);
const AUTH_IDENTIFIER = new AttributeName(VEDETTE_ATTR.authIdentifier);
const AUTH_CODE = new AttributeName(VEDETTE_ATTR.authCode);
const AUTH_OUTCOME = new AttributeName(VEDETTE_ATTR.authOutcome);
const AUTH_ATTEMPTS = new AttributeName(VEDETTE_ATTR.authAttempts);

/** Of a forwarding header, characters that tell senders apart. */
const MAX_SENDER = 256;

/**
 * Writes which authentication event a request was and how it ended: as the service says, else by path, body and
 * response, else by HTTP Basic.
 */
export function describeAuth(exchange: Exchange, status: number, to: AuthSink): void {
  const said = exchange.said?.attempt;
  if (said !== undefined) {
    write(said, said.outcome || responseOutcome(exchange, said.event, status), to.sink);
    return;
  }
  const isExamined = wasExamined(exchange);
  const { authorization } = exchange.headers;
  if (!isExamined && authorization === '') return;
  const attempt = isExamined ? attemptOf(exchange) : undefined;
  if (attempt !== undefined) write(attempt, responseOutcome(exchange, attempt.event, status), to.sink);
  else if (authorization !== '') describeBasic(exchange, status, to);
}

/** Where an authentication event goes, and what it takes to tell one. */
export interface AuthSink {
  readonly sink: SpanSink;
  readonly basicLogins: BasicLogins;
}

function write(attempt: SaidAttempt, outcome: AuthOutcome, sink: SpanSink): void {
  if (attempt.event !== 'code') sink.attribute(AUTH_EVENT, attempt.event);
  if (attempt.identifier !== '') sink.attribute(AUTH_IDENTIFIER, new Secret(attempt.identifier));
  if (attempt.code !== '') sink.attribute(AUTH_CODE, new Secret(attempt.code));
  if (outcome !== '') sink.attribute(AUTH_OUTCOME, outcome);
  if (attempt.attempts > 1) sink.attribute(AUTH_ATTEMPTS, attempt.attempts);
}

function attemptOf({ request, target, requestBody, headers }: Exchange): SaidAttempt | undefined {
  const credentials: Credentials = requestBody
    ? readCredentials(bodyText(requestBody, headers.contentEncoding), headers.contentType)
    : NO_CREDENTIALS;
  const event = classifyAuth(request.method ?? '', target, credentials);
  if (event === '') return undefined;
  const identifier = credentials.identifier === '' ? basicUser(headers.authorization) : credentials.identifier;
  // A code is what is tried only where no password is; in a login it is the second factor on the way.
  const code = event === 'otp' || event === 'reset' ? credentials.code : '';
  return { event, identifier, code, outcome: '', attempts: 1 };
}

function describeBasic({ headers, connection, endedMs }: Exchange, status: number, to: AuthSink): void {
  const user = basicUser(headers.authorization);
  if (user === '') return;
  const pair = `${user}\0${connection.peerAddress}\0${headers.forwarded.slice(-MAX_SENDER)}`;
  const outcome = to.basicLogins.attempt(pair, status, endedMs);
  if (outcome === undefined) return;
  write({ event: 'login', identifier: user, code: '', outcome, attempts: 1 }, outcome, to.sink);
}

/** Of a coupon only the status says how it ended, which the collector sees itself. */
function responseOutcome(
  { response, responseBody }: Exchange,
  event: SaidAttempt['event'],
  status: number,
): AuthOutcome {
  if (event === 'code') return '';
  return authOutcome(event, {
    status,
    setCookies: responseHeaders(response, 'set-cookie'),
    location: responseHeader(response, 'location'),
    contentType: responseHeader(response, 'content-type'),
    bodyPrefix: bodyText(responseBody, responseHeader(response, 'content-encoding')),
  });
}
