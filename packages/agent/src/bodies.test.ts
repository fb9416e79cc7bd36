import { hashObjectId } from '@vedette/protocol/object-id';
import { expect, test } from 'vitest';
import { Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

test('what bodies hold is counted and hashed, of compressed ones too, and never of other kinds', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({ app: 'echo-app.mjs', env: { VEDETTE_URL: receiver.url } });
  const people = JSON.stringify([
    { orderId: 17, email: 'ann@mail.example', card: '4111111111111111' },
    { orderId: 18, email: 'bob@mail.example', iban: 'DE89370400440532013000', note: 'x'.repeat(400) },
  ]);
  const post = (path: string, type: string, body = people) =>
    fetch(service.url + path, { method: 'POST', headers: { 'content-type': type }, body }).then((answer) =>
      answer.text(),
    );
  await post('/json', 'application/json; charset=utf-8');
  await post('/json?gzip', 'application/problem+json');
  await post('/csv', 'text/csv');
  await post('/image', 'image/png');
  await post('/small', 'application/json', '{"id":"a"}');
  await post('/login', 'application/json', '{"userId":"ann","password":"x"}');
  await until(() => receiver.spans.length === 6);
  const [json, zipped, csv, image, small, login] = receiver.spans.map(({ attributes }) => attributes);
  const sensitive = { 'vedette.sensitive.email': 2, 'vedette.sensitive.card': 1, 'vedette.sensitive.iban': 1 };
  const asked = { 'vedette.request.object_ids': ['17', '18'].map(hashObjectId) };
  expect(json).toMatchObject({ ...sensitive, ...asked });
  expect(zipped).toMatchObject({ ...sensitive, ...asked });
  expect(csv).toMatchObject(sensitive);
  expect(csv).not.toHaveProperty('vedette.request.object_ids');
  expect(image).not.toHaveProperty('vedette.sensitive.email');
  expect(small).toMatchObject({ 'vedette.request.object_ids': [hashObjectId('a')] });
  expect(login).toMatchObject({ 'vedette.auth.event': 'login' });
  expect(login).not.toHaveProperty('vedette.request.object_ids');
  expect(service.errors).toBe('');
});
