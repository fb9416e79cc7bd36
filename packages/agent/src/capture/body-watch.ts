import { ServerResponse } from 'node:http';
import type { Http2ServerResponse, ServerHttp2Stream } from 'node:http2';
import type { FaultGuard } from '../fault-guard.js';
import { BodyPrefix } from './body-prefix.js';
import { type CaptureContext, type Exchange, exchangeOf } from './exchange.js';

/**
 * Sees a request's body where Node's parser pushes it into the stream, so that reading is not disturbed: no listener is
 * added, no mode is changed.
 *
 * @param limitBytes bytes to keep
 * @returns `undefined` for a body of declared length of which nothing is kept: its length is known
 */
export function watchRequestBody(
  { request, headers }: Exchange,
  limitBytes: number,
  guard: FaultGuard,
): BodyPrefix | undefined {
  if (!headers.isChunked && (limitBytes === 0 || headers.contentLength <= 0)) return undefined;
  const body = new BodyPrefix(limitBytes);
  const push = request.push;
  request.push = function watchedPush(chunk: unknown, encoding?: BufferEncoding): boolean {
    guard.run(() => body.add(chunk, encoding));
    return push.call(this, chunk, encoding);
  };
  return body;
}

let responsesWatched = false;

/**
 * Lets every response with an exchange count its body: wraps `write` and `end` once, on the prototype. A compression
 * middleware wraps the instance, so what passes here is what goes on the wire.
 */
export function watchResponses(context: Pick<CaptureContext, 'policy' | 'guard'>): void {
  if (responsesWatched) return;
  responsesWatched = true;
  const prototype = ServerResponse.prototype;
  const { end } = prototype;
  watchWrite(prototype, context);
  prototype.end = keepShape(function (
    this: ServerResponse,
    chunk?: unknown,
    encoding?: unknown,
    callback?: unknown,
  ): ServerResponse {
    if (chunk !== undefined) note(this, chunk, encoding, context);
    return (end as End).call(this, chunk, encoding, callback);
  }, end);
}

/** The same for HTTP/2, whose `end` hands the last chunk to `write`. */
export function watchHttp2Responses(
  prototype: Http2ServerResponse,
  context: Pick<CaptureContext, 'policy' | 'guard'>,
): void {
  watchWrite(prototype, context);
}

/** The same for one bare HTTP/2 stream; its exchange is attached to it. */
export function watchStream(stream: ServerHttp2Stream, context: Pick<CaptureContext, 'policy' | 'guard'>): void {
  const { end } = stream;
  watchWrite(stream, context);
  stream.end = keepShape(function (
    this: ServerHttp2Stream,
    chunk?: unknown,
    encoding?: unknown,
    callback?: unknown,
  ): ServerHttp2Stream {
    if (chunk !== undefined) note(this, chunk, encoding, context);
    return (end as StreamEnd).call(this, chunk, encoding, callback);
  }, end);
}

/** What is left out arrives at Node's own as `undefined`, which is the same to it. */
function watchWrite(prototype: Writer, context: Pick<CaptureContext, 'policy' | 'guard'>): void {
  const { write } = prototype;
  prototype.write = keepShape(function (this: Writer, chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    note(this, chunk, encoding, context);
    return (write as Write).call(this, chunk, encoding, callback);
  }, write);
}

function note(
  response: object,
  chunk: unknown,
  encoding: unknown,
  { policy, guard }: Pick<CaptureContext, 'policy' | 'guard'>,
): void {
  if (guard.tripped) return;
  try {
    const exchange = exchangeOf(response);
    if (exchange === undefined) return;
    const body = exchange.responseBody;
    if (body.bytes === 0) body.limit(policy.responsePrefix(exchange));
    body.add(chunk, encoding);
  } catch (fault) {
    guard.count(fault);
  }
}

/** Named and counted as Node's own. */
function keepShape<Wrapper extends (...given: never[]) => unknown, Original extends (...given: never[]) => unknown>(
  wrapper: Wrapper,
  original: Original,
): Original {
  Object.defineProperty(wrapper, 'name', { value: original.name });
  Object.defineProperty(wrapper, 'length', { value: original.length });
  return wrapper as unknown as Original;
}

type Writer = ServerResponse | Http2ServerResponse | ServerHttp2Stream;
type Write = (this: Writer, chunk: unknown, encoding: unknown, callback: unknown) => boolean;
type StreamEnd = (this: ServerHttp2Stream, chunk: unknown, encoding: unknown, callback: unknown) => ServerHttp2Stream;
type End = (this: ServerResponse, chunk: unknown, encoding: unknown, callback: unknown) => ServerResponse;
