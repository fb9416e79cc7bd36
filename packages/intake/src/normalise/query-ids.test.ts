import { expect, test } from 'vitest';
import { raw } from '../../test/raw.js';
import { createNormaliser } from './normaliser.js';

function reader() {
  const normaliser = createNormaliser({ pseudonymKey: 'k' });
  return (target: string, status = 200) =>
    normaliser.normalise(raw(target, { status })).objects.map(({ kind, id }) => `${kind}:${id}`);
}

test('many ids that come back under a name that says nothing are objects, of the kind that the place has', () => {
  const objects = reader();
  for (let i = 0; i < 400; i++) objects(`/viewtopic.php?f=${i % 9}&t=${1000 + ((i * 37) % 150)}`);
  expect(objects('/viewtopic.php?f=2&t=1001')).toEqual(['viewtopics:1001']);
  expect(objects('/viewtopic.php?t=99999', 404)).toEqual(['viewtopics:99999']);
  expect(objects('/other.php?t=1001')).toEqual([]);
});

test('a telling name gives the kind', () => {
  const objects = reader();
  for (let i = 0; i < 400; i++) objects(`/track?vehicle=V-${1000 + ((i * 37) % 150)}`);
  expect(objects('/track?vehicle=V-1001')).toEqual(['vehicles:V-1001']);
});

test.each([
  ['a number made up each time', (i: number) => `_=${1_764_000_000 + i}`],
  ['a size', (i: number) => `width=${[320, 640, 1280][i % 3]}`],
  ['a position', (i: number) => `start=${(i % 60) * 15}`],
  ['a word that is seldom a number', (i: number) => `label=${i % 5 === 0 ? 1000 + (i % 50) : `name-${'abcd'[i % 4]}`}`],
])('%s is none', (_name, parameter) => {
  const objects = reader();
  for (let i = 0; i < 1000; i++) objects(`/list.php?${parameter(i)}`);
  expect(objects(`/list.php?${parameter(7)}`)).toEqual([]);
});

test('what was refused teaches nothing', () => {
  const objects = reader();
  objects('/item.php');
  for (let i = 0; i < 1000; i++) objects(`/item.php?n=${1000 + (i % 100)}`, 404);
  expect(objects('/item.php?n=1001')).toEqual([]);
});
