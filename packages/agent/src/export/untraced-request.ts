import { AsyncResource } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import http from 'node:http';

/** Methods of Node's class that its types leave out. */
interface Internals {
  _finish(): void;
  _storeHeader(firstLine: string, headers: unknown): void;
}

const requestInternals = http.ClientRequest.prototype as unknown as Internals;
const messageInternals = http.OutgoingMessage.prototype as unknown as Internals;

/** Where tracers hear of outgoing requests: as they are made, and as they are sent. */
const CLIENT_CHANNELS = ['http.client.request.created', 'http.client.request.start'].map((name) => channel(name));

/**
 * A request that no tracer hears of as long as it is made and ended within {@link untraced}. Tracers patch `request` and
 * `get` of the modules, which are not used here; `ClientRequest.prototype._storeHeader` (Sentry before Node 22.12), passed
 * by here; or listen to channels, of which one speaks when the request is handed to its socket, here unheard.
 */
export class UntracedRequest extends http.ClientRequest implements Internals {
  _storeHeader(firstLine: string, headers: unknown): void {
    messageInternals._storeHeader.call(this, firstLine, headers);
  }

  _finish(): void {
    unheard(() => requestInternals._finish.call(this));
  }
}

/** The part of OpenTelemetry's API that is used here; all copies of version 1.x share one registry. */
interface OtelRegistry {
  readonly context?: OtelContextManager;
}

interface OtelContextManager {
  active(): { setValue(key: symbol, value: unknown): unknown };
  with<T>(context: unknown, run: () => T): T;
}

const OTEL_REGISTRY = Symbol.for('opentelemetry.js.api.1');
/** What `suppressTracing` of `@opentelemetry/core` sets; its exporters hide their own requests by it. */
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/**
 * Where the agent was loaded. Exporting begins within some request of the service, whose `AsyncLocalStorage` would live as
 * long as the kept-alive socket that is opened there.
 */
const outside = new AsyncResource('vedette.agent');

/** Runs `run` outside of any request, with the client channels deaf, and where OpenTelemetry traces no sockets and names either. */
export function untraced<T>(run: () => T): T {
  const manager = (globalThis as { [OTEL_REGISTRY]?: OtelRegistry })[OTEL_REGISTRY]?.context;
  return unheard(() =>
    outside.runInAsyncScope(() =>
      manager ? manager.with(manager.active().setValue(SUPPRESS_TRACING, true), run) : run(),
    ),
  );
}

/** Runs `run` with the client channels deaf; it is over before any other code of the service has its turn. */
function unheard<T>(run: () => T): T {
  for (const heard of CLIENT_CHANNELS) {
    Object.defineProperty(heard, 'hasSubscribers', { value: false, configurable: true });
  }
  try {
    return run();
  } finally {
    for (const heard of CLIENT_CHANNELS) Reflect.deleteProperty(heard, 'hasSubscribers');
  }
}
