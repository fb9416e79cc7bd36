import { expect, test } from 'vitest';
import { type Answer, OK, Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

async function requests(service: Service, count: number): Promise<void> {
  for (let i = 0; i < count; i++) expect(await (await fetch(`${service.url}/things/${i}`)).text()).toBe('GET 0');
}

const distinct = (receiver: Receiver) => new Set(receiver.spans.map(({ traceId, spanId }) => traceId + spanId)).size;

test('collector absent at first: the service works, one warning, every span arrives once it is there', async () => {
  await using receiver = await Receiver.start();
  await receiver.close();
  await using service = await Service.start({ app: 'raw-app.mjs', env: { VEDETTE_URL: receiver.url } });
  await requests(service, 40);
  await until(() => service.warnings.length > 0);
  await requests(service, 40);
  await receiver.listen();
  await until(() => receiver.spans.length >= 80);
  expect(receiver.spans).toHaveLength(80);
  expect(distinct(receiver)).toBe(80);
  expect(service.warnings).toEqual([expect.stringContaining('VEDETTE_URL')]);
});

test('collector restarts amid traffic: spans received equal requests made', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({ app: 'raw-app.mjs', env: { VEDETTE_URL: receiver.url } });
  await requests(service, 100);
  await until(() => receiver.spans.length > 0);
  await receiver.close();
  await requests(service, 100);
  await receiver.listen();
  await requests(service, 100);
  await until(() => distinct(receiver) === 300);
  expect(service.warnings.length).toBeLessThanOrEqual(1);
});

const nonsense: Record<string, Answer> = {
  'a web page with status 200': { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>hello</html>' },
  'status 500': { status: 500, body: 'oops' },
  'status 404': { status: 404, headers: { 'content-type': 'text/plain' }, body: 'not found' },
  'a redirect': { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
  'a body without end': {
    status: 200,
    headers: { 'content-type': 'application/x-protobuf', 'content-length': '99' },
    body: 'x',
  },
  silence: 'hang',
};

test.each(Object.entries(nonsense))(
  'collector answers %s: one warning at most, and all arrives later',
  async (_name, answer) => {
    await using receiver = await Receiver.start();
    await using service = await Service.start({
      app: 'raw-app.mjs',
      env: { VEDETTE_URL: receiver.url, VEDETTE_PSEUDONYM_KEY: 'given' },
    });
    receiver.answer = () => answer;
    await requests(service, 30);
    await until(() => receiver.received.length > 0);
    if (answer !== 'hang') await until(() => service.warnings.length > 0);
    await requests(service, 30);
    receiver.spans.length = 0;
    receiver.answer = () => OK;
    if (answer === 'hang') {
      // A new socket is what a restart gives to requests that hang.
      await receiver.close();
      await receiver.listen();
    }
    await until(() => distinct(receiver) === 60);
    expect(service.warnings.length).toBeLessThanOrEqual(1);
    expect(receiver.received.some(({ path }) => path === '/v1/agent/config')).toBe(false);
  },
);

test('a full queue drops the oldest, within its bound, and says how many', async () => {
  await using receiver = await Receiver.start();
  await receiver.close();
  await using service = await Service.start({
    app: 'raw-app.mjs',
    env: { VEDETTE_URL: receiver.url, VEDETTE_QUEUE_BYTES: '65536', VEDETTE_PSEUDONYM_KEY: 'given' },
  });
  await requests(service, 400);
  await receiver.listen();
  await until(() => receiver.spans.some(({ attributes }) => attributes['url.path'] === '/things/399'));
  const dropped = await until(() => service.errors.match(/(\d+) spans were dropped/)?.[1]);
  expect(distinct(receiver) + Number(dropped)).toBe(400);
  expect(receiver.spans.map(({ attributes }) => attributes['url.path'])).not.toContain('/things/0');
});

test('a refused token is named once, and spans wait for one that works', async () => {
  await using receiver = await Receiver.start();
  receiver.answer = () => ({ status: 401, body: '{"error":"bad token"}' });
  await using service = await Service.start({ app: 'raw-app.mjs', env: { VEDETTE_URL: receiver.url } });
  await requests(service, 3);
  await until(() => service.warnings.length > 0);
  expect(service.warnings).toEqual([expect.stringContaining('VEDETTE_TOKEN')]);
});
