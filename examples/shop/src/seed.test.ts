import { expect, test } from 'vitest';
import { customersOf, generateShopData } from './seed.js';

const nowMs = Date.UTC(2026, 2, 1);
const size = { customers: 60, orders: 500 };

test('one seed gives one shop, another seed another', () => {
  expect(generateShopData({ nowMs, ...size })).toEqual(generateShopData({ nowMs, ...size }));
  expect(generateShopData({ nowMs, ...size, seed: 2 }).users).not.toEqual(generateShopData({ nowMs, ...size }).users);
});

test('only dates depend on the moment', () => {
  const keys = (data: ReturnType<typeof generateShopData>) => ({
    passwords: data.users.map((user) => [user.id, user.email, user.password]),
    owners: data.orders.map((order) => [order.id, order.customerId, order.partnerId, order.totalCents]),
    apiKeys: data.partners.map((partner) => partner.apiKey),
  });
  expect(keys(generateShopData({ nowMs, ...size }))).toEqual(
    keys(generateShopData({ nowMs: nowMs + 86_400_000, ...size })),
  );
});

test('the parts fit together', () => {
  const data = generateShopData({ nowMs, ...size });
  const customerIds = new Set(customersOf(data).map((user) => user.id));
  expect(new Set(data.users.map((user) => user.email)).size).toBe(data.users.length);
  expect(data.orders.every((order) => customerIds.has(order.customerId))).toBe(true);
  expect(data.invoices.map((invoice) => invoice.orderId)).toEqual(data.orders.map((order) => order.id));
  expect(data.orders.every((order) => Date.parse(order.placedAt) <= nowMs)).toBe(true);
});
