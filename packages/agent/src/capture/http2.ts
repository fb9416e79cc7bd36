import { subscribe } from 'node:diagnostics_channel';
import type {
  Http2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  ServerHttp2Session,
  ServerHttp2Stream,
} from 'node:http2';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { RequestHeaders } from '../request-headers.js';
import { watchHttp2Responses, watchRequestBody, watchStream } from './body-watch.js';
import { mayHaveBody, SocketConnection } from './connection.js';
import { attachExchange, type CaptureContext, type CapturedRequest, Exchange, exchangeOf } from './exchange.js';
import { StreamRequest, StreamResponse } from './http2-stream.js';

/** Events with which an HTTP/2 server hands a request to the service. */
const REQUEST_EVENTS: ReadonlySet<unknown> = new Set(['request', 'checkContinue', 'checkExpectation']);

/**
 * Captures requests of HTTP/2 servers (`node:http2`, its request and response objects, and bare streams where the server
 * has no listener for requests, as gRPC), for which Node publishes nothing on the `http.server.*` channels: their `emit` is
 * wrapped once, on the prototype, and a request ends with its stream, also when it is aborted.
 *
 * `node:http2` is not loaded for this, which would cost every service tens of milliseconds and 5 MB: the first
 * connection that such a server accepts shows its prototype. Services that load it in any way, `require` or `import`, are
 * the same here.
 */
export function watchHttp2(context: CaptureContext): void {
  const { guard } = context;
  let lastPrototype: unknown;
  subscribe('net.server.socket', (message) => {
    if (guard.tripped) return;
    try {
      const { server } = (message as { readonly socket: Socket & { readonly server?: object } }).socket;
      if (server === undefined) return;
      const prototype: unknown = Object.getPrototypeOf(server);
      if (prototype === lastPrototype) return;
      lastPrototype = prototype;
      watchServers(server, context);
    } catch (fault) {
      guard.count(fault);
    }
  });
}

const WATCHED = Symbol('vedette.http2');

/** @param server any network server; nothing is done for those that do not speak HTTP/2 */
function watchServers(server: object, context: CaptureContext): void {
  const prototype = ownerOf(server, 'updateSettings') as (Http2Server & { [WATCHED]?: true }) | undefined;
  if (prototype === undefined || prototype[WATCHED]) return;
  prototype[WATCHED] = true;
  const { Http2ServerResponse } = createRequire(import.meta.url)('node:http2') as typeof import('node:http2');
  watchHttp2Responses(Http2ServerResponse.prototype, context);

  const { guard } = context;
  const { emit } = prototype;
  function watchedEmit(this: Http2Server, event: string | symbol, ...args: unknown[]): boolean {
    if (!guard.tripped) {
      try {
        if (REQUEST_EVENTS.has(event)) begin(args[0] as Http2ServerRequest, args[1] as Http2ServerResponse, context);
        else if (event === 'stream' && this.listenerCount('request') === 0) {
          beginStream(args[0] as ServerHttp2Stream, args[3] as readonly string[], context);
        }
      } catch (fault) {
        guard.count(fault);
      }
    }
    return Reflect.apply(emit, this, [event, ...args]);
  }
  Object.defineProperty(watchedEmit, 'name', { value: 'emit' });
  Object.defineProperty(prototype, 'emit', { value: watchedEmit, writable: true, configurable: true });
}

/** The prototype of an object that has a method of this name itself. */
function ownerOf(object: object, method: string): object | undefined {
  let owner: object | null = Object.getPrototypeOf(object);
  while (owner !== null && !Object.hasOwn(owner, method)) owner = Object.getPrototypeOf(owner);
  return owner ?? undefined;
}

const CONNECTION = Symbol('vedette.connection');

type CarrierSession = ServerHttp2Session & { [CONNECTION]?: SessionConnection };

function beginStream(stream: ServerHttp2Stream, rawHeaders: readonly string[], context: CaptureContext): void {
  const request = new StreamRequest(stream, rawHeaders);
  const response = new StreamResponse(stream);
  begin(request, response, context);
  const exchange = exchangeOf(response);
  if (exchange === undefined) return;
  // The service knows the stream alone.
  attachExchange(exchange, stream);
  watchStream(stream, context);
}

function begin(
  request: Http2ServerRequest | StreamRequest,
  response: Http2ServerResponse | StreamResponse,
  context: CaptureContext,
): void {
  // HTTP/1.1 on the same server has its channels; `checkContinue` may be handed on as `request`.
  if (request.httpVersionMajor < 2 || exchangeOf(response) !== undefined) return;
  const { stream } = request;
  const session = stream.session as CarrierSession | undefined;
  if (session === undefined) return;
  session[CONNECTION] ??= new SessionConnection(session.socket.remoteAddress, context.forwardedName);
  const exchange = new Exchange(request, response, request.url, session[CONNECTION], performance.now());
  if (mayHaveBody(request.method)) {
    exchange.requestBody = watchRequestBody(exchange, context.policy.requestPrefix(exchange), context.guard);
  }
  attachExchange(exchange);
  // A session does not say which of its requests are under way.
  attachExchange(exchange, request);
  const { guard, onFinished } = context;
  stream.once('close', () => {
    if (guard.tripped) return;
    try {
      exchange.endedMs = performance.now();
      onFinished(exchange);
    } catch (fault) {
      guard.count(fault);
    }
  });
}

/** An HTTP/2 session: requests differ in their pseudo headers, which say nothing of the client but the host asked for. */
class SessionConnection extends SocketConnection {
  override readHeaders(request: Pick<CapturedRequest, 'rawHeaders' | 'httpVersion'>): RequestHeaders {
    const headers = super.readHeaders({
      rawHeaders: withoutPseudoHeaders(request.rawHeaders),
      httpVersion: request.httpVersion,
    });
    // A body ends with its stream, whether or not its length was declared.
    if (headers.contentLength < 0) headers.isChunked = true;
    return headers;
  }
}

/** Pseudo headers come first (RFC 9113, 8.3); `:authority` stays. */
function withoutPseudoHeaders(raw: readonly string[]): readonly string[] {
  let at = 0;
  let authority = '';
  for (; at < raw.length && raw[at]?.startsWith(':'); at += 2) {
    if (raw[at] === ':authority') authority = raw[at + 1] ?? '';
  }
  return authority === '' ? raw.slice(at) : [':authority', authority, ...raw.slice(at)];
}
