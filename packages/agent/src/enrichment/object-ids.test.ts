import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '../span-record.js';
import { handedOutIds } from './object-ids.js';

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
