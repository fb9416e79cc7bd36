import { ATTR } from '@vedette/protocol/attributes';
import type { ApiRules } from '../api-rules.js';
import type { Exchange } from '../capture/exchange.js';
import { unixMs } from '../clock.js';
import { splitTarget } from '../request-target.js';
import { AttributeName, type SpanHead, type SpanSink } from '../span-record.js';
import type { BasicLogins } from './basic-logins.js';
import type { TrustedProxies } from './client-address.js';
import { describeAuth } from './describe-auth.js';
import { type BodyBudgets, describeBodies } from './describe-bodies.js';
import { describeGraphql, graphqlOf, hiddenParameters } from './describe-graphql.js';
import { type GrpcCall, grpcCallOf, isServerFault, isUnauthenticated } from './grpc.js';
import { redactPath, redactQuery } from './redact.js';
import { describeSender } from './sender.js';
import { traceOf } from './trace-parent.js';

/** What enrichment is told, and what it remembers from one request to the next. */
export interface Enrichment {
  readonly trustedProxies: TrustedProxies;
  readonly basicLogins: BasicLogins;
  readonly rules: ApiRules;
  readonly budgets: BodyBudgets;
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
const RPC_SYSTEM = new AttributeName(ATTR.rpcSystem);
const RPC_METHOD = new AttributeName(ATTR.rpcMethod);
const GRPC_STATUS = new AttributeName(ATTR.rpcGrpcStatusCode);
const REQUEST_BYTES = new AttributeName(ATTR.httpRequestBodySize);
const RESPONSE_BYTES = new AttributeName(ATTR.httpResponseBodySize);

const MAX_ROUTE = 512;

/**
 * Writes the span of a finished request. Its attributes are named here one by one: nothing that was not put on this list
 * leaves the process, and what names a person or opens a door leaves only as its keyed hash.
 */
export function describeRequest(exchange: Exchange, spans: SpanDestination, enrichment: Enrichment): void {
  const { request, response } = exchange;
  const method = request.method ?? 'GET';
  const route = exchange.route.length > MAX_ROUTE ? exchange.route.slice(0, MAX_ROUTE) : exchange.route;
  const status = response.headersSent ? response.statusCode : 0;
  const call = grpcCallOf(exchange);
  const trace = exchange.trace ?? traceOf(exchange.headers.traceparent);
  try {
    const sink = spans.begin({
      traceId: trace.traceId,
      spanId: trace.spanId,
      parentSpanId: trace.parentSpanId,
      name: call?.method ?? (route === '' ? method : `${method} ${route}`),
      startMs: unixMs(exchange.startedMs),
      endMs: unixMs(exchange.endedMs),
      failed: status >= 500 || (call !== undefined && isServerFault(call)),
    });
    sink.attribute(METHOD, method);
    const { path, query } = splitTarget(exchange.target);
    sink.attribute(PATH, redactPath(path, route));
    if (query !== '') sink.attribute(QUERY, redactQuery(query, hiddenParameters(exchange.target)));
    if (route !== '') sink.attribute(ROUTE, route);
    if (status !== 0) sink.attribute(STATUS, status);
    if (call !== undefined) describeCall(call, sink);
    describeSizes(exchange, status, sink);
    const graphql = graphqlOf(exchange);
    if (graphql !== undefined) describeGraphql(graphql, sink);
    const { basicLogins, rules, budgets, trustedProxies } = enrichment;
    const { isAttempt, session } = describeAuth(exchange, status, { sink, basicLogins, rules, graphql });
    const isRefused = status === 401 || isUnauthenticated(call);
    describeSender(exchange, trustedProxies, { sink, isRefused, newSession: session });
    budgets.credit(exchange.endedMs);
    describeBodies(exchange, isAttempt, { sink, budgets });
    spans.end();
  } catch (fault) {
    spans.abandon();
    throw fault;
  }
}

function describeCall({ method, status }: GrpcCall, sink: SpanSink): void {
  sink.attribute(RPC_SYSTEM, 'grpc');
  sink.attribute(RPC_METHOD, method);
  if (status !== undefined) sink.attribute(GRPC_STATUS, status);
}

function describeSizes({ request, headers, requestBody, responseBody }: Exchange, status: number, out: SpanSink): void {
  const requestBytes = requestBody?.bytes ?? Math.max(0, headers.contentLength);
  out.attribute(REQUEST_BYTES, requestBytes);
  if (status === 0) return;
  // These have no body, whatever the service wrote.
  const isBodiless = request.method === 'HEAD' || status === 204 || status === 304;
  out.attribute(RESPONSE_BYTES, isBodiless ? 0 : responseBody.bytes);
}
