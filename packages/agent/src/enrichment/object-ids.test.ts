import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '../span-record.js';
import { askedForIds, handedOutIds, nameIdFields } from './object-ids.js';

const idsIn = (value: unknown, space?: number) => handedOutIds(JSON.stringify(value, undefined, space))?.ids;

test.each<[unknown, readonly string[] | undefined]>([
  [
    [{ id: 1 }, { id: 2 }, { id: 2 }],
    ['1', '2'],
  ],
  [
    { data: [{ _id: '507f1f77bcf86cd799439011', customerId: 7, order_id: 'o-1' }] },
    ['507f1f77bcf86cd799439011', '7', 'o-1'],
  ],
  [{ id: 9, items: [{ productId: 3 }] }, ['3']],
  [[{ sku: 'A-1', paid: true, width: 4, created: 1, number: 'INV-7' }], ['A-1', 'INV-7']],
  [[{ id: null }, { id: { nested: 1 } }, { id: 1.5 }, { id: '' }], undefined],
  [[{ note: '{"id":5}' }, { note: '":5, "id' }], undefined],
  [{ id: 1 }, undefined],
  [[1, 2, 3], undefined],
])('%j hands out %j', (value, expected) => {
  expect(idsIn(value)).toEqual(expected);
  expect(idsIn(value, 2)).toEqual(expected);
});

test('a secret-looking id is marked, so that it is hashed as it stands in paths', () => {
  expect(idsIn([{ id: 'V1StGXR8_Z5jdHi6B-myT' }])).toEqual([new Secret('V1StGXR8_Z5jdHi6B-myT')]);
});

test('at most 200, and an id that is cut off is left out', () => {
  const text = JSON.stringify(Array.from({ length: 1_000 }, (_, id) => ({ id })));
  expect(handedOutIds(text)?.ids).toHaveLength(200);
  expect(handedOutIds('[{"id":12},{"id":34')?.ids).toEqual(['12']);
  expect(handedOutIds('[{"id":"ab"},{"id":"cd')?.ids).toEqual(['ab']);
});

test('finds every id of a list of any objects, wherever the text is cut', () => {
  const item = fc.record({ id: fc.oneof(fc.nat(), fc.uuid()), note: fc.string(), tags: fc.array(fc.string()) });
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 20 }), fc.nat(), (items, cut) => {
      const text = JSON.stringify(items);
      const all = new Set(items.map(({ id }) => String(id)));
      expect(new Set(handedOutIds(text)?.ids)).toEqual(all);
      for (const id of handedOutIds(text.slice(0, cut % text.length))?.ids ?? []) expect(all).toContain(id);
    }),
  );
});

test.each<[unknown, readonly string[] | undefined]>([
  [{ orderId: 17, note: 'x' }, ['17']],
  [{ order: { id: 'o-1' }, lines: [{ product_id: 3 }, { product_id: 4 }] }, ['o-1', '3', '4']],
  [{ orderIds: [1, 2, '3'], ids: ['a', null, 'b'] }, ['1', '2', '3', 'a']],
  [{ query: 'query Q($id: ID!) { order(id: $id) { id } }', variables: { id: '17' } }, ['17']],
  [{ sessionId: 's', requestId: 'r', deviceId: 'd', correlation_id: 'c', clientId: 'x' }, undefined],
  [{ name: 'id', sku: 'A-1', paid: true }, undefined],
  [Array.from({ length: 100 }, (_, id) => ({ id })), Array.from({ length: 64 }, (_, id) => String(id))],
])('%j asks for %j', (value, expected) => {
  expect(askedForIds(JSON.stringify(value))?.ids).toEqual(expected);
  expect(askedForIds(JSON.stringify(value, undefined, 2))?.ids).toEqual(expected);
});

test('any text is searched to its end', () => {
  const pieces = fc.constantFrom('"id":', '"ids":[', '1,', '"x"', ']', ' ', '\\"', '{');
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 4 }))), (parts) => {
      expect(askedForIds(parts.join(''))?.ids.length ?? 0).toBeLessThanOrEqual(64);
    }),
  );
});

test('fields that the owner names are ids too', () => {
  nameIdFields(['kontonummer']);
  expect(askedForIds('{"kontonummer":"4711"}')?.ids).toEqual(['4711']);
  expect(handedOutIds('[{"kontonummer":"4711"}]')?.ids).toEqual(['4711']);
});
