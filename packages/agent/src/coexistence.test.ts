import { expect, test } from 'vitest';
import { OK, Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

const OURS = '--require @vedette/agent/register';
const THEIRS = '--require ./test/apps/own-opentelemetry.cjs';

test.each([
  ['before ours', `${THEIRS} ${OURS}`],
  ['after ours', `${OURS} ${THEIRS}`],
])('a service that traces itself, its SDK started %s: both see each request once', async (_order, nodeOptions) => {
  await using vedette = await Receiver.start();
  await using other = await Receiver.start();
  await using service = await Service.start({
    app: 'calling-app.cjs',
    preload: 'none',
    env: {
      NODE_OPTIONS: nodeOptions,
      VEDETTE_URL: vedette.url,
      OTEL_SERVICE_NAME: 'shop',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_ENDPOINT: other.url,
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
  });
  const traceparent = await (await fetch(`${service.url}/outer`)).text();
  await until(() => vedette.spans.length === 2 && other.spans.length === 3);
  expect(await service.stop()).toMatchObject({ code: 0 });

  const SERVER = 2;
  const CLIENT = 3;
  expect(other.spans.map(({ kind }) => kind).sort()).toEqual([SERVER, SERVER, CLIENT]);
  const paths = vedette.spans.map(({ attributes }) => attributes['url.path']).sort();
  expect(paths).toEqual(['/inner', '/outer']);
  // The context that their client span sent on is what the inner request's span in ours belongs to.
  const inner = vedette.spans.find(({ attributes }) => attributes['url.path'] === '/inner');
  expect(traceparent).toContain(`${inner?.traceId}-${inner?.parentSpanId}`);
  expect(other.spans.map(({ spanId }) => spanId)).toContain(inner?.parentSpanId);
  expect(service.errors).toBe('');
});

test('otel mode leaves an SDK that runs already alone and captures by channel, with one line', async () => {
  await using vedette = await Receiver.start();
  await using other = await Receiver.start();
  await using service = await Service.start({
    app: 'raw-app.cjs',
    preload: 'none',
    env: {
      NODE_OPTIONS: `${THEIRS} ${OURS}`,
      VEDETTE_URL: vedette.url,
      VEDETTE_CAPTURE: 'otel',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_ENDPOINT: other.url,
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
  });
  await (await fetch(`${service.url}/list`)).text();
  await until(() => vedette.spans.length === 1 && other.spans.length === 1);
  await service.stop();
  expect(vedette.spans).toHaveLength(1);
  expect(other.spans).toHaveLength(1);
  expect(service.warnings).toEqual([expect.stringContaining('VDT_AGENT_OTEL_TWICE')]);
});

test('who listens to Node’s client channels hears the service’s requests and none of ours', async () => {
  await using vedette = await Receiver.start();
  await using service = await Service.start({
    app: 'calling-app.cjs',
    preload: 'none',
    env: { NODE_OPTIONS: `${OURS} --require ./test/apps/channel-listener.cjs`, VEDETTE_URL: vedette.url },
  });
  await (await fetch(`${service.url}/outer`)).text();
  await until(() => vedette.spans.length === 2);
  expect(service.errors.trim().split('\n')).toEqual(['heard /inner']);
});

test('connections to the collector belong to no request of the service', async () => {
  await using vedette = await Receiver.start();
  // So that spans need a connection of their own.
  vedette.answer = ({ path }) => (path === '/v1/metrics' ? 'hang' : OK);
  await using service = await Service.start({
    app: 'context-app.cjs',
    env: { VEDETTE_URL: vedette.url, VEDETTE_PSEUDONYM_KEY: 'given' },
  });
  await (await fetch(`${service.url}/orders`)).text();
  await until(() => vedette.spans.length === 1);
  expect(new Set(service.errors.trim().split('\n'))).toEqual(new Set(['connects for undefined']));
});
