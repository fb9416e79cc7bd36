// A preload as services have it that trace themselves: the OpenTelemetry SDK, configured by its own variables.
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { NodeSDK } = require('@opentelemetry/sdk-node');

const sdk = new NodeSDK({ instrumentations: [new HttpInstrumentation()] });
sdk.start();
process.once('SIGTERM', () => sdk.shutdown().then(() => process.exit(0)));
