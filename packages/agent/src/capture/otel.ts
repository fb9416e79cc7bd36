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
import type { FaultGuard } from '../fault-guard.js';
import { watchResponses } from './body-watch.js';
import type { CaptureContext, Exchange, OnFinished } from './exchange.js';
import { expressRoute } from './express-route.js';
import { watchFastify } from './fastify-route.js';
import { observeRequest } from './request-observer.js';

/**
 * Captures with the OpenTelemetry SDK: instrumentation-http makes one server span per request, and a span processor
 * of our own takes it where it ends.
 *
 * Exporters, metrics and logs run only where `OTEL_*` variables ask for them; then outgoing requests are traced too,
 * for these exporters. Sampling decides what they get; we record every request.
 *
 * @returns a function that stops the SDK
 */
export function startOtelCapture(
  context: CaptureContext,
  serviceName: string,
  onFinished: OnFinished,
): () => Promise<void> {
  const { guard } = context;
  const exchanges = new WeakMap<Span | ReadableSpan, Exchange>();
  const exporting = wantsExport('TRACES');
  watchResponses(context);
  watchFastify(guard);

  const sdk = new NodeSDK({
    serviceName,
    instrumentations: [
      new HttpInstrumentation({
        disableOutgoingRequestInstrumentation: !exporting,
        responseHook(span, response) {
          // Called before the service sees the request; for outgoing requests with an IncomingMessage.
          if (!(response instanceof ServerResponse)) return;
          guard.run(() => exchanges.set(span, observeRequest(response.req, response, context)));
        },
      }),
    ],
    spanProcessors: [
      new FinishedSpans(exchanges, guard, onFinished),
      ...(exporting ? getSpanProcessorsFromEnv(undefined) : []),
    ],
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

/** Hands on server spans as they end. Keeps and exports nothing itself. */
class FinishedSpans implements SpanProcessor {
  constructor(
    private readonly exchanges: WeakMap<Span | ReadableSpan, Exchange>,
    private readonly guard: FaultGuard,
    private readonly onFinished: OnFinished,
  ) {}

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (span.kind !== SpanKind.SERVER) return;
    const exchange = this.exchanges.get(span);
    if (!exchange) return;
    this.guard.run(() => {
      exchange.route ||= this.guard.run(() => expressRoute(exchange)) ?? '';
      const { traceId, spanId } = span.spanContext();
      this.onFinished(exchange, {
        traceId,
        spanId,
        parentSpanId: span.parentSpanContext?.spanId ?? '',
        startUnixNs: unixNs(span.startTime),
        endUnixNs: unixNs(span.endTime),
      });
    });
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

function unixNs([seconds, nanoseconds]: HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}
