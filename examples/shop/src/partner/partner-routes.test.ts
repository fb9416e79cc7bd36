import { expect, test } from 'vitest';
import { startShop } from '../../test/start-shop.js';

test('a carrier sees the orders that it ships, and no others', async () => {
  await using shop = await startShop();
  const partner = shop.data.partners[0]!;
  const own = shop.data.orders.filter((order) => order.partnerId === partner.id);
  const foreign = shop.data.orders.find((order) => order.partnerId !== partner.id)!;
  const { apiKey } = partner;
  const list = await shop.call('GET', '/partner/orders?perPage=500', { apiKey });
  const { items } = JSON.parse(list.body) as { items: { id: number }[] };
  expect(items.map((item) => item.id)).toEqual(own.map((order) => order.id));
  expect((await shop.call('GET', `/partner/orders/${own[0]!.id}`, { apiKey })).status).toBe(200);
  expect((await shop.call('GET', `/partner/orders/${foreign.id}`, { apiKey })).status).toBe(404);
});

test('a carrier knows everyone to whom it ships, once', async () => {
  await using shop = await startShop();
  const partner = shop.data.partners[2]!;
  const customers = new Set(
    shop.data.orders.filter((order) => order.partnerId === partner.id).map((o) => o.customerId),
  );
  const list = await shop.call('GET', '/partner/recipients?perPage=100', { apiKey: partner.apiKey });
  const { items } = JSON.parse(list.body) as { items: { id: number; city: string }[] };
  expect(items.map(({ id }) => id).sort()).toEqual([...customers].sort());
  expect(items.every(({ city }) => city !== '')).toBe(true);
});

test('lists since a moment', async () => {
  await using shop = await startShop();
  const partner = shop.data.partners[1]!;
  const own = shop.data.orders.filter((order) => order.partnerId === partner.id);
  const since = own.at(-4)!.placedAt;
  const list = await shop.call('GET', `/partner/orders?since=${since}`, { apiKey: partner.apiKey });
  expect(JSON.parse(list.body)).toMatchObject({ total: 4 });
});

test('without a valid key there is nothing to see', async () => {
  await using shop = await startShop();
  expect((await shop.call('GET', '/partner/orders')).status).toBe(401);
  expect((await shop.call('GET', '/partner/orders', { apiKey: 'pk_wrong' })).status).toBe(401);
});
