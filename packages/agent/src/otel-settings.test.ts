import { expect, test } from 'vitest';
import { Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331';

async function visit(env: Record<string, string>, headers: Record<string, string> = {}) {
  await using vedette = await Receiver.start();
  await using other = await Receiver.start();
  await using service = await Service.start({
    app: 'raw-app.mjs',
    env: {
      VEDETTE_URL: vedette.url,
      VEDETTE_CAPTURE: 'otel',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      ...env,
      ...fill(env, other.url),
    },
  });
  await (await fetch(`${service.url}/list?token=abc`, { headers })).text();
  await until(() => vedette.spans.length > 0);
  await service.stop();
  return { ours: vedette.spans, theirs: other.spans, received: vedette.received, errors: service.errors };
}

const fill = (env: Record<string, string>, url: string) =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace('{other}', url)]));

test('without exporters of its own nothing goes anywhere but to the collector', async () => {
  const { ours, theirs, received } = await visit({});
  expect(ours).toHaveLength(1);
  expect(theirs).toEqual([]);
  expect(new Set(received.map(({ path }) => path))).toEqual(new Set(['/v1/agent/config', '/v1/traces', '/v1/metrics']));
});

test('an OTLP exporter set by OTEL_* gets its spans as well, each once', async () => {
  const { ours, theirs } = await visit({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '{other}/v1/traces',
    OTEL_SERVICE_NAME: 'shop',
  });
  expect(ours).toHaveLength(1);
  expect(theirs.map(({ spanId }) => spanId)).toEqual(ours.map(({ spanId }) => spanId));
  expect(theirs[0]?.resource['service.name']).toBe('shop');
});

test('OTEL_TRACES_SAMPLER decides what other exporters get, not what Vedette sees', async () => {
  const { ours, theirs } = await visit({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '{other}/v1/traces',
    OTEL_TRACES_SAMPLER: 'always_off',
  });
  expect(ours).toHaveLength(1);
  expect(theirs).toEqual([]);
});

test.each(['otel', 'channel'])(
  'in %s mode a client cannot hide by saying that its trace is not sampled; its trace id is kept',
  async (mode) => {
    const { ours } = await visit({ VEDETTE_CAPTURE: mode }, { traceparent: `${TRACEPARENT}-00` });
    expect(ours[0]).toMatchObject({ traceId: TRACEPARENT.split('-')[1], parentSpanId: TRACEPARENT.split('-')[2] });
  },
);

test('OTEL_SDK_DISABLED turns the agent off', async () => {
  await using vedette = await Receiver.start();
  await using service = await Service.start({
    app: 'raw-app.mjs',
    env: { VEDETTE_URL: vedette.url, OTEL_SDK_DISABLED: 'true' },
  });
  await (await fetch(service.url)).text();
  await service.stop();
  expect(vedette.received).toEqual([]);
});
