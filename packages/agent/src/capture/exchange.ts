import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { ActorKind, AuthEvent, AuthOutcome } from '@vedette/protocol';
import type { FaultGuard } from '../fault-guard.js';
import type { RequestHeaders } from '../request-headers.js';
import { BodyPrefix } from './body-prefix.js';
import type { StreamRequest, StreamResponse } from './http2-stream.js';
import type { Overhead } from './overhead.js';

/** A request as the service gets it, of HTTP/1 or HTTP/2; a bare HTTP/2 stream is dressed as one. */
export type CapturedRequest = IncomingMessage | Http2ServerRequest | StreamRequest;
export type CapturedResponse = ServerResponse | Http2ServerResponse | StreamResponse;

/** One request under way, as every capture mode hands it to enrichment. */
export class Exchange {
  /** Body as it arrived; `undefined` where it was not watched because its declared length says enough. */
  requestBody: BodyPrefix | undefined = undefined;
  /** Body as the service wrote it. */
  readonly responseBody = new BodyPrefix(0);
  /** Whether there was no time to keep the beginning of the response. */
  isUnread = false;
  /** Route template, `''` until the framework tells it. */
  route = '';
  /** When the request ended, ms of the monotonic clock (`performance.now()`); negative while it is under way. */
  endedMs = -1;
  /** Identity given by another tracer; `undefined` where the agent gives it. */
  trace: TraceContext | undefined = undefined;
  /**
   * The framework's own object for this request where it is another than the raw request: Fastify's request, Koa's and
   * Hono's context. The user that the service found stands there.
   */
  context: object | undefined = undefined;
  /** What the service itself said of the request. */
  said: Said | undefined = undefined;
  #headers: RequestHeaders | undefined;

  /**
   * @param target request target as the client sent it; routers rewrite `request.url`
   * @param connection where the request came in
   * @param startedMs ms of the monotonic clock (`performance.now()`)
   */
  constructor(
    readonly request: CapturedRequest,
    readonly response: CapturedResponse,
    readonly target: string,
    readonly connection: Connection,
    readonly startedMs: number,
  ) {}

  /** Read when first asked for. */
  get headers(): RequestHeaders {
    this.#headers ??= this.connection.readHeaders(this.request);
    return this.#headers;
  }
}

/** What a service itself says of a request. Raw values; they leave only as pseudonyms. */
export interface Said {
  readonly actor: { readonly id: string; readonly kind: ActorKind } | undefined;
  readonly attempt: SaidAttempt | undefined;
}

/** `''` for what was not said. */
export interface SaidAttempt {
  /** `code`: a coupon or the like was tried, which is no authentication. */
  readonly event: AuthEvent | 'code';
  readonly identifier: string;
  readonly code: string;
  readonly outcome: AuthOutcome;
  readonly attempts: number;
}

/** What requests over one connection have in common. */
export interface Connection {
  /** Address of the socket's other end, canonical; `''` for a Unix socket. */
  readonly peerAddress: string;
  /** The request's headers, those of the request before where they are the same. */
  readHeaders(request: CapturedRequest): RequestHeaders;
}

/** Identity of a span that belongs to a trace. */
export interface TraceContext {
  /** 32 lower-case hex characters. */
  readonly traceId: string;
  /** 16 lower-case hex characters; `''` where the agent gives it. */
  readonly spanId: string;
  /** 16 lower-case hex characters; `''` for a root span. */
  readonly parentSpanId: string;
}

/** Which bodies enrichment wants to see the beginning of. */
export interface PrefixPolicy {
  /** Asked before the body is read: bytes of the request body to keep; 0 for none. */
  requestPrefix(exchange: Exchange): number;
  /** Asked when the first bytes of a response are written: bytes to keep; 0 for none. */
  responsePrefix(exchange: Exchange): number;
}

/** Where finished requests go. */
export type OnFinished = (exchange: Exchange) => void;

/** What every hook of a capture mode works with. */
export interface CaptureContext {
  readonly policy: PrefixPolicy;
  readonly guard: FaultGuard;
  /** Lower-case name of the header in which trusted proxies give the client's address. */
  readonly forwardedName: string;
  readonly onFinished: OnFinished;
  /** What the hooks cost. */
  readonly overhead: Overhead;
}

const EXCHANGE = Symbol('vedette.exchange');

/** A message that carries its exchange. */
interface Carrier {
  [EXCHANGE]?: Exchange | undefined;
}

/** The exchange that a raw response (with HTTP/2 also a request) belongs to, or `undefined` if it is not captured. */
export function exchangeOf(message: object): Exchange | undefined {
  return (message as Carrier)[EXCHANGE];
}

/** Lets hooks that see only the response, or another message of the exchange, find it. */
export function attachExchange(exchange: Exchange, message: object = exchange.response): void {
  (message as Carrier)[EXCHANGE] = exchange;
}
