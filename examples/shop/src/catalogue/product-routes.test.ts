import { expect, test } from 'vitest';
import { startShop } from '../../test/start-shop.js';

test('the catalogue is public, searchable and paged', async () => {
  await using shop = await startShop();
  const found = await shop.call('GET', '/products?search=walnut+lamp&category=light');
  expect(JSON.parse(found.body)).toMatchObject({ total: 1, items: [{ name: 'Walnut Lamp' }] });
  const first = shop.data.products[0]!;
  expect(JSON.parse((await shop.call('GET', `/products/${first.id}`)).body)).toEqual(first);
  expect((await shop.call('GET', '/products/99')).status).toBe(404);
  expect((await shop.call('GET', '/products/abc')).status).toBe(400);
  expect((await shop.call('GET', '/products?perPage=1000')).status).toBe(400);
  expect((await shop.call('GET', '/nothing-here')).status).toBe(404);
});
