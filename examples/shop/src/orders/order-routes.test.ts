import { expect, test } from 'vitest';
import { startShop } from '../../test/start-shop.js';

interface Listed {
  items: { id: number; customerId: number }[];
  total: number;
}

test('customers list only what is theirs, in pages', async () => {
  await using shop = await startShop();
  const customer = shop.customers[0]!;
  const token = await shop.signIn(customer);
  for (const path of ['/orders', '/invoices']) {
    const list = JSON.parse((await shop.call('GET', `${path}?perPage=2`, { token })).body) as Listed;
    expect(list.total).toBe(shop.data.orders.filter((order) => order.customerId === customer.id).length);
    expect(list.items).toHaveLength(2);
    expect(new Set(list.items.map((item) => item.customerId))).toEqual(new Set([customer.id]));
  }
});

test("another customer's order stays hidden, and staff see it", async () => {
  await using shop = await startShop();
  const customer = shop.customers[0]!;
  const foreign = shop.data.orders.find((order) => order.customerId !== customer.id)!;
  const own = shop.data.orders.find((order) => order.customerId === customer.id)!;
  const token = await shop.signIn(customer);
  expect((await shop.call('GET', `/orders/${own.id}`, { token })).status).toBe(200);
  expect((await shop.call('GET', `/orders/${foreign.id}`, { token })).status).toBe(404);
  expect((await shop.call('GET', `/users/${foreign.customerId}/orders`, { token })).status).toBe(403);
  const staff = await shop.signIn(shop.data.users.find((user) => user.role === 'support')!);
  const listed = await shop.call('GET', `/users/${foreign.customerId}/orders?perPage=50`, { token: staff });
  expect((JSON.parse(listed.body) as Listed).items.map(({ id }) => id)).toContain(foreign.id);
  expect((await shop.call('GET', `/orders/${foreign.id}`, { token: staff })).status).toBe(200);
});

test('an order that was placed appears with its invoice', async () => {
  await using shop = await startShop();
  const token = await shop.signIn(shop.customers[5]!);
  const lines = [{ productId: shop.data.products[0]!.id, quantity: 2 }];
  const placed = await shop.call('POST', '/orders', { token, json: { lines } });
  expect(placed.status).toBe(201);
  const order = JSON.parse(placed.body) as { id: number; totalCents: number };
  expect(order.totalCents).toBe(2 * shop.data.products[0]!.priceCents);
  const invoices = JSON.parse((await shop.call('GET', '/invoices', { token })).body) as {
    items: { orderId: number }[];
  };
  expect(invoices.items[0]!.orderId).toBe(order.id);
  expect((await shop.call('POST', '/orders', { token, json: { lines: [{ productId: 1, quantity: 1 }] } })).status).toBe(
    422,
  );
});

test('exports are for accounting, by month or whole', async () => {
  await using shop = await startShop();
  const customer = await shop.signIn(shop.customers[0]!);
  expect((await shop.call('GET', '/exports/orders.csv', { token: customer })).status).toBe(403);
  const token = await shop.signIn(shop.data.users.find((user) => user.role === 'accounting')!);
  const all = await shop.call('GET', '/exports/orders.csv', { token });
  expect(all.headers.get('content-type')).toContain('text/csv');
  expect(all.body.trimEnd().split('\r\n')).toHaveLength(shop.data.orders.length + 1);
  const month = shop.data.orders[10]!.placedAt.slice(0, 7);
  const one = await shop.call('GET', `/exports/orders.csv?month=${month}`, { token });
  const expected = shop.data.orders.filter((order) => order.placedAt.startsWith(month)).length;
  expect(one.body.trimEnd().split('\r\n')).toHaveLength(expected + 1);
  expect((await shop.call('GET', '/exports/orders.csv?month=2026-13', { token })).status).toBe(400);
  const customers = await shop.call('GET', '/exports/customers.csv', { token });
  expect(customers.body).toContain(shop.customers[0]!.email);
  expect(customers.body).not.toContain(shop.customers[0]!.password);
});
