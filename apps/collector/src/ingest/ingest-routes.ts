import {
  type DecodeResult,
  decodeAgentMetrics,
  encodeErrorStatus,
  encodeTraceResponse,
  type OtlpEncoding,
  type RawRequest,
  type Rejection,
} from '@vedette/intake';
import type { VedetteError } from '@vedette/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../http/metrics.js';
import { within } from '../within.js';
import { type AgentRegistry, serviceOf } from './agent-registry.js';
import type { TokenGrant } from './ingest-tokens.js';
import type { IntakeDesk, Receipt } from './intake-desk.js';
import { BODY_LIMITS } from './read-body.js';
import { RETRY_AFTER_S, type Reception, type TurnedAway } from './reception.js';

/** How long a sender waits at most for its spans to be durable, ms: it gives up itself after 10 s. */
const MAX_STORING_MS = 8_000;

export interface IngestOptions {
  readonly desk: Pick<IntakeDesk, 'read' | 'accept'>;
  readonly reception: Reception;
  /** Handed to agents, so that all services of one collector give one person one pseudonym. */
  readonly pseudonymKey: string;
  readonly metrics: Metrics;
  readonly agents: AgentRegistry;
}

/**
 * OTLP/HTTP intake (`POST /v1/traces`), what agents tell of themselves (`POST /v1/metrics`; other metrics are taken and
 * left aside, as SDKs send all to one address) and the settings that agents fetch (`GET /v1/agent/config`).
 */
export async function ingestRoutes(app: FastifyInstance, options: IngestOptions): Promise<void> {
  const { desk, reception, metrics } = options;
  // The reception reads the body itself: limits differ for sent and inflated size, and the reason must reach the sender.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  app.addHook('onResponse', async (_request, reply) => {
    metrics.ingestRequests.inc({ status: reply.statusCode });
  });

  app.get('/v1/agent/config', async (request, reply) => {
    const check = reception.check(request.headers.authorization);
    if (!check.ok) return refuse(request, reply, { encoding: 'json', status: 401, reason: check.reason });
    return reply.send({ pseudonymKey: options.pseudonymKey });
  });

  app.post('/v1/metrics', async (request, reply) => {
    const received = await reception.receive(request.raw);
    if (!received.ok) return refuse(request, reply, received);
    const { body, encoding, grant } = received;
    const decoded = decodeAgentMetrics(body, encoding);
    received.leave();
    if (!decoded.ok) return refuse(request, reply, { encoding, status: 400, reason: decoded.reason });
    const nowMs = Date.now();
    for (const report of decoded.reports) {
      if (mayWriteAs(grant, serviceOf(report))) options.agents.take(report, nowMs);
    }
    return answer(reply, 200, encoding, encodeTraceResponse(encoding, undefined));
  });

  app.post('/v1/traces', async (request, reply) => {
    const startedMs = performance.now();
    const received = await reception.receive(request.raw);
    if (!received.ok) return refuse(request, reply, received);
    const { body, encoding, grant } = received;
    metrics.stage('receive', (performance.now() - startedMs) / 1000);
    let decoded: DecodeResult;
    try {
      decoded = await desk.read(body, encoding);
    } catch (error) {
      received.leave();
      request.log.warn({ code: (error as VedetteError).code }, 'a request was not read');
      const reason = (error as VedetteError).message;
      return refuse(request, reply, { encoding, status: 503, reason, retryAfterS: RETRY_AFTER_S });
    }
    received.decoded();
    if (!decoded.ok) {
      received.leave();
      return refuse(request, reply, { encoding, status: 400, reason: decoded.reason });
    }
    received.identify(onlyService(decoded.requests));
    grant.allowance.charge(decoded.received, Date.now());

    const { requests, foreign } = withinScope(decoded.requests, grant);
    const rejections = foreign === 0 ? decoded.rejected : [...decoded.rejected, { reason: FOREIGN, count: foreign }];
    // The body's place is free once it is durable or failed, not already when its sender has been told to try again.
    const accepting = desk.accept(requests).finally(received.leave);
    let receipt: Receipt;
    try {
      // When it takes longer it goes on, and a retry of the sender joins it.
      receipt = await within(MAX_STORING_MS, accepting, () => new Error(`not durable after ${MAX_STORING_MS} ms`));
    } catch (error) {
      request.log.warn({ code: (error as VedetteError).code, err: error }, 'request events were not stored');
      grant.allowance.charge(-decoded.received, Date.now());
      const reason = 'storage cannot take more at the moment; nothing of this request was lost';
      return refuse(request, reply, { encoding, status: 503, reason, retryAfterS: RETRY_AFTER_S });
    }
    metrics.spansStored.inc(receipt.stored);
    metrics.spansDuplicate.inc(receipt.duplicates);
    metrics.spansReceived.inc(decoded.received);
    metrics.spansIgnored.inc(decoded.ignored);
    for (const { reason, count } of rejections) metrics.spansRejected.inc({ reason }, count);
    if (foreign > 0 && requests.length === 0) {
      const reason = `the ingest token "${grant.name}" is not for the services of these spans`;
      return refuse(request, reply, { encoding, status: 403, reason });
    }
    return answer(reply, 200, encoding, encodeTraceResponse(encoding, partialSuccess(rejections)));
  });
}

const CONTENT_TYPE: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** Reason under which spans of services that a token is not for are rejected. */
const FOREIGN = 'service outside the scope of the token';

/** Requests of the services that a token is for, and how many there are of others. */
function withinScope(requests: RawRequest[], grant: TokenGrant): { requests: RawRequest[]; foreign: number } {
  if (grant.services === null) return { requests, foreign: 0 };
  const own = requests.filter((request) => mayWriteAs(grant, request.service));
  return { requests: own, foreign: requests.length - own.length };
}

function mayWriteAs(grant: TokenGrant, service: string): boolean {
  return grant.services === null || grant.services.has(service);
}

/** The service of all requests; `null` where they are of several, as from a gateway, or there are none. */
function onlyService(requests: readonly RawRequest[]): string | null {
  const service = requests[0]?.service;
  return service !== undefined && requests.every((request) => request.service === service) ? service : null;
}

function partialSuccess(rejections: readonly Rejection[]): { spans: number; message: string } | undefined {
  if (rejections.length === 0) return undefined;
  return {
    spans: rejections.reduce((sum, { count }) => sum + count, 0),
    message: rejections.map(({ reason, count }) => `${count}: ${reason}`).join('; '),
  };
}

function answer(reply: FastifyReply, status: number, encoding: OtlpEncoding, body: Uint8Array): FastifyReply {
  return reply.code(status).type(CONTENT_TYPE[encoding]).send(Buffer.from(body));
}

/** Answers as the OTLP specification asks: a google.rpc.Status in the encoding of the request. */
function refuse(request: FastifyRequest, reply: FastifyReply, away: Omit<TurnedAway, 'ok'>): FastifyReply {
  const { status, encoding, reason, retryAfterS, closes } = away;
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
  if (closes || !mayBeReadToItsEnd(request)) reply.header('connection', 'close');
  return answer(reply, status, encoding, encodeErrorStatus(encoding, reason));
}

/** Whether little enough of the body is left that reading it over costs less than a new connection. */
function mayBeReadToItsEnd({ raw, headers }: FastifyRequest): boolean {
  return raw.complete || Number(headers['content-length'] ?? Number.NaN) <= BODY_LIMITS.sentBytes / 8;
}
