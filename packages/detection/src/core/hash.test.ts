import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hashPage, hashText, type Key, newKey } from './hash.js';

function keyOf(write: (out: Key) => void): Key {
  const key = newKey();
  write(key);
  return key;
}

it('gives a page the key of its text', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), fc.integer(), (path, query, seed) => {
      expect(keyOf((out) => hashPage(path, query, seed, out))).toEqual(
        keyOf((out) => hashText(`${path}?${query}`, seed, out)),
      );
      expect(keyOf((out) => hashPage(path, '', seed, out))).toEqual(keyOf((out) => hashText(path, seed, out)));
    }),
  );
});
