import type { AuthOutcome } from '@vedette/protocol';
import { VEDETTE_ATTR } from '@vedette/protocol/attributes';
import type { ApiRules, AuthRule } from '../api-rules.js';
import type { Exchange, SaidAttempt } from '../capture/exchange.js';
import { AttributeName, Secret, type SpanSink } from '../span-record.js';
import { basicUser } from './actor.js';
import type { BasicLogins } from './basic-logins.js';
import { bodyText } from './body-text.js';
import { sessionCookieAfter } from './cookies.js';
import { classifyAuth, readCredentials } from './credentials.js';
import { graphqlAttempt } from './describe-graphql.js';
import type { GraphqlRequest } from './graphql.js';
import { graphqlOutcome } from './graphql-outcome.js';
import { type AuthResponse, authOutcome } from './outcome.js';
import { authRuleOf, wasExamined } from './prefix-policy.js';
import { responseHeader, responseHeaders } from './response-headers.js';
import { ruledAttempt, ruledOutcome } from './ruled-attempt.js';

const AUTH_EVENT = new AttributeName(VEDETTE_ATTR.authEvent);
const AUTH_IDENTIFIER = new AttributeName(VEDETTE_ATTR.authIdentifier);
const AUTH_CODE = new AttributeName(VEDETTE_ATTR.authCode);
const AUTH_OUTCOME = new AttributeName(VEDETTE_ATTR.authOutcome);
const AUTH_ATTEMPTS = new AttributeName(VEDETTE_ATTR.authAttempts);

/** Of a forwarding header, characters that tell senders apart. */
const MAX_SENDER = 256;

/** What the rest of enrichment is told of an authentication event. */
export interface DescribedAuth {
  /** Whether the request's body named an account or a code. */
  readonly isAttempt: boolean;
  /** The session cookie that a successful login handed out, which the following requests of the session bring; or `''`. */
  readonly session: string;
}

const NONE: DescribedAuth = { isAttempt: false, session: '' };

/**
 * Writes which authentication event a request was and how it ended: as the service says, else as its owner has described
 * the route, else by path, body and response, else by HTTP Basic.
 */
export function describeAuth(exchange: Exchange, status: number, to: AuthSink): DescribedAuth {
  const said = exchange.said?.attempt;
  if (said !== undefined) {
    const outcome = said.outcome || outcomeOf(said.event, responseOf(exchange, status));
    write(said, outcome, to.sink);
    return { isAttempt: true, session: handedOut(exchange, said.event, outcome) };
  }
  const { authorization } = exchange.headers;
  if (wasExamined(exchange, to.rules)) {
    const rule = authRuleOf(exchange, to.rules);
    const attempt =
      rule === undefined && to.graphql !== undefined ? graphqlAttempt(to.graphql) : attemptOf(exchange, rule);
    if (attempt !== undefined) {
      const response = responseOf(exchange, status);
      const ruled = rule === undefined ? '' : ruledOutcome(rule, response);
      const outcome = ruled || outcomeOf(attempt.event, response, to.graphql !== undefined);
      write(attempt, outcome, to.sink);
      return { isAttempt: true, session: handedOut(exchange, attempt.event, outcome) };
    }
  }
  return authorization === '' ? NONE : describeBasic(exchange, status, to);
}

/** Where an authentication event goes, and what it takes to tell one. */
export interface AuthSink {
  readonly sink: SpanSink;
  readonly basicLogins: BasicLogins;
  readonly rules: ApiRules;
  /** What the request does where it is GraphQL. */
  readonly graphql: GraphqlRequest | undefined;
}

function write(attempt: SaidAttempt, outcome: AuthOutcome, sink: SpanSink): void {
  if (attempt.event !== 'code') sink.attribute(AUTH_EVENT, attempt.event);
  if (attempt.identifier !== '') sink.attribute(AUTH_IDENTIFIER, new Secret(attempt.identifier));
  if (attempt.code !== '') sink.attribute(AUTH_CODE, new Secret(attempt.code));
  if (outcome !== '') sink.attribute(AUTH_OUTCOME, outcome);
  if (attempt.attempts > 1) sink.attribute(AUTH_ATTEMPTS, attempt.attempts);
}

function attemptOf(
  { request, target, requestBody, headers }: Exchange,
  rule: AuthRule | undefined,
): SaidAttempt | undefined {
  const body = requestBody ? bodyText(requestBody, headers.contentEncoding) : '';
  const credentials = readCredentials(body, headers.contentType);
  if (rule !== undefined) return ruledAttempt(rule, { target, contentType: headers.contentType, body }, credentials);
  const event = classifyAuth(request.method ?? '', target, credentials);
  if (event === '') return undefined;
  const identifier = credentials.identifier === '' ? basicUser(headers.authorization) : credentials.identifier;
  // A code is what is tried only where no password is; in a login it is the second factor on the way.
  const code = event === 'otp' || event === 'reset' ? credentials.code : '';
  return { event, identifier, code, outcome: '', attempts: 1 };
}

function describeBasic(exchange: Exchange, status: number, to: AuthSink): DescribedAuth {
  const { headers, connection, endedMs } = exchange;
  const user = basicUser(headers.authorization);
  if (user === '') return NONE;
  const pair = `${user}\0${connection.peerAddress}\0${headers.forwarded.slice(-MAX_SENDER)}`;
  const outcome = to.basicLogins.attempt(pair, status, endedMs);
  if (outcome === undefined) return NONE;
  write({ event: 'login', identifier: user, code: '', outcome, attempts: 1 }, outcome, to.sink);
  return { isAttempt: false, session: handedOut(exchange, 'login', outcome) };
}

/** Only what a login hands out is its session: one that fails may be given a guest's with every try. */
function handedOut({ headers, response }: Exchange, event: SaidAttempt['event'], outcome: AuthOutcome): string {
  if (event !== 'login' || outcome !== 'success') return '';
  return sessionCookieAfter(headers.cookie, responseHeaders(response, 'set-cookie'));
}

/** Of a coupon only the status says how it ended, which the collector sees itself. */
function outcomeOf(event: SaidAttempt['event'], response: AuthResponse, isGraphql = false): AuthOutcome {
  if (event === 'code') return '';
  return isGraphql ? graphqlOutcome(event, response) : authOutcome(event, response);
}

function responseOf({ response, responseBody }: Exchange, status: number): AuthResponse {
  return {
    status,
    setCookies: responseHeaders(response, 'set-cookie'),
    location: responseHeader(response, 'location'),
    contentType: responseHeader(response, 'content-type'),
    bodyPrefix: bodyText(responseBody, responseHeader(response, 'content-encoding')),
  };
}
