import { ServerResponse } from 'node:http';
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
export function watchResponses({ policy, guard }: Pick<CaptureContext, 'policy' | 'guard'>): void {
  if (responsesWatched) return;
  responsesWatched = true;

  function note(response: ServerResponse, chunk: unknown, encoding: unknown): void {
    const exchange = exchangeOf(response);
    if (exchange === undefined || guard.tripped) return;
    try {
      const body = exchange.responseBody;
      if (body.bytes === 0) body.limit(policy.responsePrefix(exchange));
      body.add(chunk, encoding);
    } catch (fault) {
      guard.count(fault);
    }
  }

  const prototype = ServerResponse.prototype;
  const { write, end } = prototype;
  // Named and counted as Node's own; what is left out arrives there as `undefined`, which is the same to it.
  prototype.write = function (this: ServerResponse, chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    note(this, chunk, encoding);
    return (write as Write).call(this, chunk, encoding, callback);
  } as typeof write;
  prototype.end = function (
    this: ServerResponse,
    chunk?: unknown,
    encoding?: unknown,
    callback?: unknown,
  ): ServerResponse {
    if (chunk !== undefined) note(this, chunk, encoding);
    return (end as End).call(this, chunk, encoding, callback);
  } as typeof end;
  for (const [wrapper, original] of [
    [prototype.write, write],
    [prototype.end, end],
  ] as const) {
    Object.defineProperty(wrapper, 'name', { value: original.name });
    Object.defineProperty(wrapper, 'length', { value: original.length });
  }
}

type Write = (this: ServerResponse, chunk: unknown, encoding: unknown, callback: unknown) => boolean;
type End = (this: ServerResponse, chunk: unknown, encoding: unknown, callback: unknown) => ServerResponse;
