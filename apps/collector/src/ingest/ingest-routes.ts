import type { Readable } from 'node:stream';
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
import { type AgentRegistry, serviceOf } from './agent-registry.js';
import type { IngestTokens, TokenCheck, TokenGrant } from './ingest-tokens.js';
import type { IntakeDesk } from './intake-desk.js';
import { readBody } from './read-body.js';

/** Seconds after which a sender should try again while storage is busy. */
const RETRY_AFTER_S = 2;

export interface IngestOptions {
  readonly desk: IntakeDesk;
  readonly tokens: IngestTokens;
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
  // The handler reads the body itself: limits differ for sent and inflated size, and the reason must reach the sender.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  app.addHook('onResponse', async (_request, reply) => {
    options.metrics.ingestRequests.inc({ status: reply.statusCode });
  });

  app.get('/v1/agent/config', async (request, reply) => {
    const check = checkToken(request, options.tokens);
    if (!check.ok) return refuse(reply, 401, 'json', check.reason);
    return reply.send({ pseudonymKey: options.pseudonymKey });
  });

  app.post('/v1/metrics', async (request, reply) => {
    const received = await receive(request, options.tokens);
    if (!received.ok) return refuse(reply, received.status, received.encoding, received.reason);
    const { body, encoding } = received;
    const decoded = decodeAgentMetrics(body, encoding);
    if (!decoded.ok) return refuse(reply, 400, encoding, decoded.reason);
    const nowMs = Date.now();
    for (const report of decoded.reports) {
      if (mayWriteAs(received.grant, serviceOf(report))) options.agents.take(report, nowMs);
    }
    return reply
      .code(200)
      .type(CONTENT_TYPE[encoding])
      .send(Buffer.from(encodeTraceResponse(encoding, undefined)));
  });

  app.post('/v1/traces', async (request, reply) => {
    const startedMs = performance.now();
    const received = await receive(request, options.tokens);
    if (!received.ok) return refuse(reply, received.status, received.encoding, received.reason);
    const { body, encoding } = received;
    options.metrics.stage('receive', (performance.now() - startedMs) / 1000);
    let decoded: DecodeResult;
    try {
      decoded = await options.desk.read(body, encoding);
    } catch (error) {
      request.log.warn({ code: (error as VedetteError).code }, 'a request was not read');
      reply.header('retry-after', RETRY_AFTER_S);
      return refuse(reply, 503, encoding, (error as VedetteError).message);
    }
    if (!decoded.ok) return refuse(reply, 400, encoding, decoded.reason);

    const { requests, foreign } = withinScope(decoded.requests, received.grant);
    const rejections = foreign === 0 ? decoded.rejected : [...decoded.rejected, { reason: FOREIGN, count: foreign }];
    try {
      const receipt = await options.desk.accept(requests);
      options.metrics.spansStored.inc(receipt.stored);
      options.metrics.spansDuplicate.inc(receipt.duplicates);
    } catch (error) {
      request.log.warn({ code: (error as VedetteError).code, err: error }, 'request events were not stored');
      reply.header('retry-after', RETRY_AFTER_S);
      return refuse(reply, 503, encoding, 'storage cannot take more at the moment; nothing of this request was lost');
    }
    options.metrics.spansReceived.inc(decoded.received);
    options.metrics.spansIgnored.inc(decoded.ignored);
    for (const { reason, count } of rejections) options.metrics.spansRejected.inc({ reason }, count);
    if (foreign > 0 && requests.length === 0) {
      const { name } = received.grant;
      return refuse(reply, 403, encoding, `the ingest token "${name}" is not for the services of these spans`);
    }
    const partial = partialSuccess(rejections);
    return reply
      .code(200)
      .type(CONTENT_TYPE[encoding])
      .send(Buffer.from(encodeTraceResponse(encoding, partial)));
  });
}

const CONTENT_TYPE: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** Reason under which spans of services that a token is not for are rejected. */
const FOREIGN = 'service outside the scope of the token';

type Received =
  | { readonly ok: true; readonly encoding: OtlpEncoding; readonly grant: TokenGrant; readonly body: Buffer }
  | { readonly ok: false; readonly encoding: OtlpEncoding; readonly status: number; readonly reason: string };

/** Reads the body of a sender who may send, within its bounds. */
async function receive(request: FastifyRequest, tokens: IngestTokens): Promise<Received> {
  const encoding = encodingOf(request.headers['content-type']);
  const check = checkToken(request, tokens);
  if (!check.ok) return { ok: false, encoding: encoding ?? 'json', status: 401, reason: check.reason };
  if (encoding === null) {
    const reason = 'content-type must be application/x-protobuf or application/json';
    return { ok: false, encoding: 'json', status: 415, reason };
  }
  const read = await readBody((request.body ?? request.raw) as Readable, request.headers['content-encoding']);
  return read.ok ? { ...read, encoding, grant: check.grant } : { ...read, encoding };
}

/** Requests of the services that a token is for, and how many there are of others. */
function withinScope(requests: RawRequest[], grant: TokenGrant): { requests: RawRequest[]; foreign: number } {
  if (grant.services === null) return { requests, foreign: 0 };
  const own = requests.filter((request) => mayWriteAs(grant, request.service));
  return { requests: own, foreign: requests.length - own.length };
}

function mayWriteAs(grant: TokenGrant, service: string): boolean {
  return grant.services === null || grant.services.has(service);
}

function partialSuccess(rejections: readonly Rejection[]): { spans: number; message: string } | undefined {
  if (rejections.length === 0) return undefined;
  return {
    spans: rejections.reduce((sum, { count }) => sum + count, 0),
    message: rejections.map(({ reason, count }) => `${count}: ${reason}`).join('; '),
  };
}

function encodingOf(contentType: string | undefined): OtlpEncoding | null {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'protobuf';
  return type === 'application/json' ? 'json' : null;
}

function checkToken(request: FastifyRequest, tokens: IngestTokens): TokenCheck {
  const match = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '');
  if (match === null) return { ok: false, reason: 'an ingest token is needed: Authorization: Bearer <token>' };
  return tokens.check(match[1]!);
}

/** Answers as the OTLP specification asks: a google.rpc.Status in the encoding of the request. */
function refuse(reply: FastifyReply, status: number, encoding: OtlpEncoding, message: string): FastifyReply {
  // What is left of the body is not read; the connection cannot be used again.
  if (status === 413) reply.header('connection', 'close');
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(status)
    .type(CONTENT_TYPE[encoding])
    .send(Buffer.from(encodeErrorStatus(encoding, message)));
}
