import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { getStats, INGEST_TOKEN, metric, startCollector } from './support/collector.js';
import { postTraces } from './support/otlp.js';
import { startNode } from './support/process.js';

test.each(['http/protobuf', 'http/json'])('a plain OpenTelemetry set-up sends by %s', async (protocol) => {
  const collector = await startCollector();
  const service = startNode([fileURLToPath(new URL('./fixtures/plain-opentelemetry.cjs', import.meta.url))], {
    OTEL_SERVICE_NAME: 'plain',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${INGEST_TOKEN}`,
  });
  const [url] = await service.says(/http:\/\/\S+/);
  for (let i = 0; i < 10; i++) await (await fetch(`${url}/orders/${i}`)).text();
  expect(await service.end('SIGTERM')).toBe(0);
  expect((await getStats(collector)).requestEvents).toBe(10);
});

test('a body as another language’s SDK writes it is understood', async () => {
  const collector = await startCollector();
  // The shape of opentelemetry-python's OTLP/JSON, with the semantic conventions of before 2023.
  const body = {
    resource_spans: undefined,
    resourceSpans: [
      {
        resource: {
          attributes: [
            { key: 'telemetry.sdk.language', value: { stringValue: 'python' } },
            { key: 'service.name', value: { stringValue: 'billing' } },
          ],
        },
        scopeSpans: [
          {
            scope: { name: 'opentelemetry.instrumentation.flask', version: '0.44b0' },
            spans: [
              {
                traceId: '5b8efff798038103d269b633813fc60c',
                spanId: 'eee19b7ec3c1b174',
                parentSpanId: '',
                name: '/invoices/<int:id>',
                kind: 'SPAN_KIND_SERVER',
                startTimeUnixNano: `${Date.now()}000000`,
                endTimeUnixNano: `${Date.now() + 3}000000`,
                attributes: [
                  { key: 'http.method', value: { stringValue: 'GET' } },
                  { key: 'http.target', value: { stringValue: '/invoices/17?full=1' } },
                  { key: 'http.route', value: { stringValue: '/invoices/<int:id>' } },
                  { key: 'http.status_code', value: { intValue: 200 } },
                  { key: 'net.peer.ip', value: { stringValue: '::ffff:198.51.100.4' } },
                  { key: 'http.user_agent', value: { stringValue: 'curl/8' } },
                ],
                status: {},
              },
              { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b175', name: 'SELECT', kind: 3 },
            ],
          },
        ],
      },
    ],
  };
  const answer = await postTraces(collector, JSON.stringify(body));
  expect(answer.status).toBe(200);
  expect((await getStats(collector)).requestEvents).toBe(1);
  expect(await metric(collector, 'vedette_spans_ignored_total')).toBe(1);
});
