import { expect, test } from 'vitest';
import { startShop } from '../../test/start-shop.js';

const address = { name: 'Nell Ward', street: 'Mill Street 4', postcode: '10115', city: 'Bremen', country: 'DE' };

test('a customer signs in and reads the own profile', async () => {
  await using shop = await startShop();
  const customer = shop.customers[0]!;
  const token = await shop.signIn(customer);
  const me = await shop.call('GET', '/me', { token });
  expect(me.status).toBe(200);
  expect(JSON.parse(me.body)).toMatchObject({ id: customer.id, email: customer.email, role: 'customer' });
  expect(me.body).not.toContain(customer.password);
});

test('a wrong password and an unknown e-mail get the same answer', async () => {
  await using shop = await startShop();
  const wrong = await shop.call('POST', '/login', { json: { email: shop.customers[0]!.email, password: 'nope' } });
  const unknown = await shop.call('POST', '/login', { json: { email: 'nobody@mail.example', password: 'nope' } });
  expect([wrong.status, unknown.status]).toEqual([401, 401]);
  expect(wrong.body).toBe(unknown.body);
});

test('two first sign-ins at once both succeed', async () => {
  await using shop = await startShop();
  await expect(Promise.all([1, 2, 3].map(() => shop.signIn(shop.customers[3]!)))).resolves.toHaveLength(3);
});

test('a new account works at once, and its e-mail cannot be taken twice', async () => {
  await using shop = await startShop();
  const account = { email: 'nell.ward@mail.example', password: 'correct-horse-9' };
  const signup = await shop.call('POST', '/signup', { json: { ...account, address } });
  expect(signup.status).toBe(201);
  await shop.signIn(account);
  const again = await shop.call('POST', '/signup', { json: { ...account, email: 'Nell.Ward@mail.example', address } });
  expect(again.status).toBe(409);
});

test('a reset code changes the password once', async () => {
  await using shop = await startShop();
  const customer = shop.customers[1]!;
  expect((await shop.call('POST', '/password-reset', { json: { email: customer.email } })).status).toBe(202);
  expect(shop.mails).toHaveLength(1);
  const token = shop.mails[0]!.body.split(': ')[1]!;
  const confirm = { token, password: 'a-brand-new-one' };
  expect((await shop.call('POST', '/password-reset/confirm', { json: confirm })).status).toBe(204);
  expect((await shop.call('POST', '/password-reset/confirm', { json: confirm })).status).toBe(400);
  await shop.signIn({ email: customer.email, password: 'a-brand-new-one' });
  await expect(shop.signIn(customer)).rejects.toThrow('401');
});

test('a reset for an unknown e-mail is answered alike and mails nothing', async () => {
  await using shop = await startShop();
  const answer = await shop.call('POST', '/password-reset', { json: { email: 'nobody@mail.example' } });
  expect(answer.status).toBe(202);
  expect(shop.mails).toEqual([]);
});

test('requests that do not validate name the field', async () => {
  await using shop = await startShop();
  const answer = await shop.call('POST', '/login', { json: { email: 'no-address', password: '' } });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body)).toMatchObject({
    code: 'invalid_request',
    fields: [{ field: 'email' }, { field: 'password' }],
  });
});
