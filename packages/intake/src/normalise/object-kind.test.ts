import { expect, test } from 'vitest';
import { objectKind } from './object-kind.js';

test.each([
  ['orders', 'orders'],
  ['order', 'orders'],
  ['Order', 'orders'],
  ['order.php', 'orders'],
  ['getOrder', 'orders'],
  ['getOrderById', 'orders'],
  ['fetch_order_details', 'orders'],
  ['order_item', 'order-items'],
  ['orderItems', 'order-items'],
  ['order-items', 'order-items'],
  ['category', 'categories'],
  ['box', 'boxes'],
  ['address', 'addresses'],
  ['person', 'people'],
  ['v2', 'v2'],
  ['get', 'gets'],
  ['%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7%D1%8B', 'заказы'],
])('%s names %s', (name, kind) => {
  expect(objectKind(name)).toBe(kind);
});

test('the name of a kind is its own kind', () => {
  for (const kind of ['orders', 'order-items', 'categories', 'addresses', 'people', 'news']) {
    expect(objectKind(kind)).toBe(kind);
  }
});
