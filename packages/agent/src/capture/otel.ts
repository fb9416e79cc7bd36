import { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { type HrTime, type Span, SpanKind } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
// What sdk-node keeps to itself, so that OTEL_* variables mean here what they mean there. The version is pinned.
import { createSamplerFromEnv } from '@opentelemetry/sdk-node/build/src/create-from-env.js';
import { getSpanProcessorsFromEnv } from '@opentelemetry/sdk-node/build/src/utils.js';
import {
  AlwaysOnSampler,
  createAlwaysRecordSampler,
  ParentBasedSampler,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';
import { watchRequestBody, watchResponses } from './body-watch.js';
import { connectionOf, openConnection, type SocketConnection } from './connection.js';
import { attachExchange, type CaptureContext, Exchange } from './exchange.js';
import { watchHttp2 } from './http2.js';
import { watchRoutes } from './routes.js';

/**
 * Captures with the OpenTelemetry SDK: instrumentation-http makes one server span per request, and a span processor
 * of our own takes it where it ends.
 *
 * Exporters, metrics and logs run only where `OTEL_*` variables ask for them; then outgoing requests are traced too,
 * for these exporters. Sampling decides what they get; we record every request.
 *
 * @returns a function that stops the SDK
 */
export function startOtelCapture(context: CaptureContext, serviceName: string): () => Promise<void> {
  const { guard } = context;
  const exchanges = new WeakMap<Span | ReadableSpan, Exchange>();
  const exporting = wantsExport('TRACES');
  watchResponses(context);
  watchRoutes(context);
  // The instrumentation does not see HTTP/2.
  watchHttp2(context);

  const sdk = new NodeSDK({
    serviceName,
    instrumentations: [
      new HttpInstrumentation({
        disableOutgoingRequestInstrumentation: !exporting,
        responseHook(span, response) {
          // Called before the service sees the request; for outgoing requests with an IncomingMessage.
          if (!(response instanceof ServerResponse)) return;
          guard.run(() => exchanges.set(span, observe(response, context)));
        },
      }),
    ],
    spanProcessors: [new FinishedSpans(exchanges, context), ...(exporting ? getSpanProcessorsFromEnv(undefined) : [])],
    sampler: createAlwaysRecordSampler(
      createSamplerFromEnv() ?? new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    ),
    ...(wantsExport('METRICS') ? {} : { metricReaders: [] }),
    ...(wantsExport('LOGS') ? {} : { logRecordProcessors: [] }),
    autoDetectResources: exporting || wantsExport('METRICS') || wantsExport('LOGS'),
  });
  sdk.start();
  loadOnce('node:http', 'node:https');
  return () => sdk.shutdown();
}

/** Whether the environment asks for an exporter of its own for this kind of telemetry; the SDK's default is not asking. */
function wantsExport(signal: 'TRACES' | 'METRICS' | 'LOGS'): boolean {
  const { env } = process;
  const exporter = env[`OTEL_${signal}_EXPORTER`]?.trim() ?? '';
  if (exporter !== '') return exporter !== 'none';
  return Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]);
}

/**
 * The instrumentation patches a module when it is required. An ESM application imports it past `require`, but gets the
 * same module, so requiring it once here is enough.
 */
function loadOnce(...modules: readonly string[]): void {
  const require = createRequire(import.meta.url);
  for (const module of modules) require(module);
}

/** Starts to watch a request whose body has not been read yet. */
function observe(response: ServerResponse, { policy, guard, forwardedName }: CaptureContext): Exchange {
  const request = response.req;
  const connection = connectionOf(request.socket) ?? openConnection(request.socket, forwardedName);
  const exchange = new Exchange(request, response, request.url ?? '', connection, performance.now());
  exchange.requestBody = watchRequestBody(exchange, policy.requestPrefix(exchange), guard);
  attachExchange(exchange);
  connection.opened(exchange);
  return exchange;
}

/** Hands on server spans as they end. Keeps and exports nothing itself. */
class FinishedSpans implements SpanProcessor {
  constructor(
    private readonly exchanges: WeakMap<Span | ReadableSpan, Exchange>,
    private readonly context: CaptureContext,
  ) {}

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (span.kind !== SpanKind.SERVER) return;
    const exchange = this.exchanges.get(span);
    if (!exchange) return;
    this.context.guard.run(() => {
      (exchange.connection as SocketConnection).closed(exchange);
      const { traceId, spanId } = span.spanContext();
      exchange.trace = { traceId, spanId, parentSpanId: span.parentSpanContext?.spanId ?? '' };
      exchange.endedMs = exchange.startedMs + durationMs(span.duration);
      this.context.onFinished(exchange);
    });
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

function durationMs([seconds, nanoseconds]: HrTime): number {
  return seconds * 1e3 + nanoseconds / 1e6;
}
