import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultGuard } from '../fault-guard.js';
import type { BodyPrefix } from './body-prefix.js';

/** One request under way, as every capture mode hands it to enrichment. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Request target as the client sent it; routers rewrite `request.url`. */
  readonly target: string;
  /** Address of the socket's other end, as Node writes it; `''` for a Unix socket. */
  readonly peerAddress: string;
  /** Body as it arrived; `undefined` where it was not watched because its declared length says enough. */
  readonly requestBody: BodyPrefix | undefined;
  /** Body as the service wrote it. */
  readonly responseBody: BodyPrefix;
  /** Route template, `''` until the framework tells it. */
  route: string;
}

/** Which bodies enrichment wants to see the beginning of. */
export interface PrefixPolicy {
  /** Characters of the request body to keep; 0 for none. */
  requestPrefix(request: IncomingMessage, target: string): number;
  /** Asked when the first bytes of a response are written: characters to keep; 0 for none. */
  responsePrefix(exchange: Exchange): number;
}

/** Identity and time of a finished span. */
export interface SpanTiming {
  readonly traceId: string;
  readonly spanId: string;
  /** `''` for a root span. */
  readonly parentSpanId: string;
  readonly startUnixNs: bigint;
  readonly endUnixNs: bigint;
}

/** Where finished requests go. */
export type OnFinished = (exchange: Exchange, timing: SpanTiming) => void;

/** What every hook of a capture mode works with. */
export interface CaptureContext {
  readonly policy: PrefixPolicy;
  readonly guard: FaultGuard;
}

const EXCHANGE = Symbol('vedette.exchange');

/** A request or response that carries its exchange. */
interface Carrier {
  [EXCHANGE]?: Exchange;
}

/** The exchange that a raw request or response belongs to, or `undefined` if it is not captured. */
export function exchangeOf(carrier: object): Exchange | undefined {
  return (carrier as Carrier)[EXCHANGE];
}

/** Lets hooks that see only the request or the response find the exchange. */
export function attachExchange(exchange: Exchange): void {
  (exchange.request as Carrier)[EXCHANGE] = exchange;
  (exchange.response as Carrier)[EXCHANGE] = exchange;
}
