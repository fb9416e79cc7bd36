/** The same with a queue and batches that lose nothing at full load. */
import { createRequire } from 'node:module';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';

const processor = new BatchSpanProcessor({
  exporter: new OTLPTraceExporter({ concurrencyLimit: 30 }),
  maxQueueSize: 100_000,
  maxExportBatchSize: 2_048,
  scheduledDelayMillis: 200,
});
const sdk = new NodeSDK({
  spanProcessors: [processor],
  instrumentations: [new HttpInstrumentation({ disableOutgoingRequestInstrumentation: true })],
});
sdk.start();
createRequire(import.meta.url)('node:http');
process.once('SIGTERM', () => void sdk.shutdown().finally(() => process.exit(0)));
