import { createRequire } from 'node:module';
import type { AgentConfig } from '../config.js';
import type { Log } from '../log.js';
import { startChannelCapture } from './channel.js';
import type { CaptureContext } from './exchange.js';

/** The entry of otel mode, which alone needs the OpenTelemetry SDK and is loaded only there. */
type OtelEntry = Pick<typeof import('./otel.js'), 'startOtelCapture'>;

/** Starts the capture mode that was asked for; channel mode where the OpenTelemetry SDK is not to be had, or is the service's own. */
export function startCapture(config: AgentConfig, context: CaptureContext, log: Log): void {
  const start = config.capture === 'otel' ? loadOtel(log) : undefined;
  if (start) start(context, config.serviceName);
  else startChannelCapture(context);
}

function loadOtel(log: Log): OtelEntry['startOtelCapture'] | undefined {
  if (hasTracerProvider()) {
    log.warnOnce(
      'VDT_AGENT_OTEL_TWICE',
      'the service runs an OpenTelemetry SDK of its own, which VEDETTE_CAPTURE=otel would replace; using channel beside it',
    );
    return undefined;
  }
  try {
    const entry: OtelEntry = createRequire(import.meta.url)('./otel.cjs');
    return entry.startOtelCapture;
  } catch (error) {
    log.warnOnce(
      'VDT_AGENT_OTEL',
      `VEDETTE_CAPTURE=otel needs @opentelemetry/sdk-node and @opentelemetry/instrumentation-http beside the agent; using channel (${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)})`,
    );
    return undefined;
  }
}

/** Whether a tracer provider is registered. All copies of `@opentelemetry/api` 1.x share this registry. */
function hasTracerProvider(): boolean {
  const registry = (globalThis as { [api: symbol]: { readonly trace?: unknown } | undefined })[
    Symbol.for('opentelemetry.js.api.1')
  ];
  return registry?.trace !== undefined;
}
