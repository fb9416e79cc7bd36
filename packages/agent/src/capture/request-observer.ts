import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyPrefix } from './body-prefix.js';
import { watchRequestBody } from './body-watch.js';
import { attachExchange, type CaptureContext, type Exchange } from './exchange.js';

/**
 * Starts to watch a request whose body has not been read yet. Reading is not disturbed: no listener is added, no mode
 * is changed; the body is seen where Node's parser pushes it into the stream.
 */
export function observeRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { policy, guard }: CaptureContext,
): Exchange {
  const target = request.url ?? '';
  const exchange: Exchange = {
    request,
    response,
    target,
    peerAddress: request.socket?.remoteAddress ?? '',
    requestBody: watchRequestBody(request, policy.requestPrefix(request, target), guard),
    responseBody: new BodyPrefix(0),
    route: '',
  };
  attachExchange(exchange);
  return exchange;
}
