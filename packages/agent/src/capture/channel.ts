import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { watchRequestBody, watchResponses } from './body-watch.js';
import { connectionOf, mayHaveBody, openConnection, type SocketConnection } from './connection.js';
import { attachExchange, type CaptureContext, Exchange, exchangeOf } from './exchange.js';
import { watchHttp2 } from './http2.js';
import { watchRoutes } from './routes.js';

/** What Node publishes on its `http.server.*` channels. */
interface HttpMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

/**
 * Captures with Node's diagnostics channels: a request begins with `http.server.request.start`, before the service sees
 * it, and ends with `http.server.response.finish`, or with its socket. No context is propagated and nothing is wrapped
 * but `write` and `end` of responses, so that it costs a few microseconds where the OpenTelemetry SDK costs twenty.
 *
 * One listener a connection, not one a request, sees requests that are aborted.
 */
export function startChannelCapture(context: CaptureContext): void {
  const { guard, forwardedName, policy, onFinished, overhead } = context;

  function finish(exchange: Exchange): void {
    exchange.endedMs = performance.now();
    onFinished(exchange);
    if (exchange === overhead.exchange) overhead.end(exchange.endedMs);
  }

  function onSocketClose(this: Socket): void {
    if (guard.tripped) return;
    try {
      for (const exchange of connectionOf(this)?.abandon() ?? []) finish(exchange);
    } catch (fault) {
      guard.count(fault);
    }
  }

  function open(socket: Socket): SocketConnection {
    socket.on('close', onSocketClose);
    return openConnection(socket, forwardedName);
  }

  function onStart(message: unknown): void {
    if (guard.tripped) return;
    try {
      const { request, response, socket } = message as HttpMessage;
      const connection = connectionOf(socket) ?? open(socket);
      const exchange = new Exchange(request, response, request.url ?? '', connection, performance.now());
      if (mayHaveBody(request.method)) {
        exchange.requestBody = watchRequestBody(exchange, policy.requestPrefix(exchange), guard);
      }
      attachExchange(exchange);
      connection.opened(exchange);
      if (overhead.isDue()) overhead.begin(exchange, exchange.startedMs);
    } catch (fault) {
      guard.count(fault);
    }
  }

  function onFinish(message: unknown): void {
    if (guard.tripped) return;
    try {
      const exchange = exchangeOf((message as HttpMessage).response);
      if (exchange === undefined || exchange.endedMs >= 0) return;
      (exchange.connection as SocketConnection).closed(exchange);
      finish(exchange);
    } catch (fault) {
      guard.count(fault);
    }
  }

  watchResponses(context);
  watchRoutes(context);
  watchHttp2(context);
  subscribe('http.server.request.start', onStart);
  subscribe('http.server.response.finish', onFinish);
}
