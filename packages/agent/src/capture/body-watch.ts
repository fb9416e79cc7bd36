import { type IncomingMessage, ServerResponse } from 'node:http';
import type { FaultGuard } from '../fault-guard.js';
import { BodyPrefix } from './body-prefix.js';
import { type CaptureContext, exchangeOf } from './exchange.js';

/**
 * Sees a request's body where Node's parser pushes it into the stream, so that reading is not disturbed: no listener is
 * added, no mode is changed.
 *
 * @param limitBytes bytes to keep
 * @returns `undefined` for a body of declared length of which nothing is kept: its length is known
 */
export function watchRequestBody(
  request: IncomingMessage,
  limitBytes: number,
  guard: FaultGuard,
): BodyPrefix | undefined {
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  if (!isChunked && (limitBytes === 0 || request.headers['content-length'] === undefined)) return undefined;
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
export function watchResponses(context: CaptureContext): void {
  if (responsesWatched) return;
  responsesWatched = true;
  const prototype = ServerResponse.prototype;
  prototype.write = watched(prototype.write, context);
  prototype.end = watched(prototype.end, context);
}

function watched<F extends ServerResponse['write'] | ServerResponse['end']>(
  original: F,
  { policy, guard }: CaptureContext,
): F {
  const wrapper = function (this: ServerResponse, ...args: unknown[]): unknown {
    const exchange = exchangeOf(this);
    if (exchange !== undefined && args.length > 0) {
      guard.run(() => {
        const body = exchange.responseBody;
        if (body.bytes === 0) body.limit(policy.responsePrefix(exchange));
        body.add(args[0], args[1]);
      });
    }
    return Reflect.apply(original, this, args);
  };
  Object.defineProperty(wrapper, 'name', { value: original.name });
  Object.defineProperty(wrapper, 'length', { value: original.length });
  return wrapper as F;
}
