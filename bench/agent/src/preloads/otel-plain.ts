/** OpenTelemetry as its documentation starts it: SDK, HTTP instrumentation, OTLP exporter, default batches. */
import { createRequire } from 'node:module';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK({ traceExporter: new OTLPTraceExporter(), instrumentations: [new HttpInstrumentation()] });
sdk.start();
// An ESM service imports node:http past the instrumentation, unless it was required once.
createRequire(import.meta.url)('node:http');
process.once('SIGTERM', () => void sdk.shutdown().finally(() => process.exit(0)));
