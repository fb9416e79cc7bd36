import { expect, test } from 'vitest';
import { request, START_MS } from '../../test/traffic.js';
import { FactReader } from '../parts/fact-reader.js';
import { ReadItem } from './copy-items.js';

const facts = new FactReader(1);

function itemOf(query: string): string {
  const item = new ReadItem();
  const event = request({ path: '/stock', route: '/stock', query });
  expect(item.read(facts.read(event, START_MS))).toBe(true);
  return `${item.key.hi}/${item.key.lo}`;
}

test.each([
  ['updated_since=2026-03-02T08:00:00Z', 'updated_since=2026-03-02T08:01:20Z'],
  ['since=2026-03-02%2008:00&page=2', 'since=2026-03-02%2008:05&page=2'],
  ['page=1&_=1772438400000', 'page=1&_=1772438461234'],
  ['since=1772438400&limit=50', 'since=1772438460&limit=50'],
])('a page asked for at two moments is one item: %s', (one, other) => {
  expect(itemOf(one)).toBe(itemOf(other));
});

test.each([
  ['page=1', 'page=2'],
  ['sku=1772438', 'sku=1772439'],
  ['day=2026-03-02', 'day=2026-03-03'],
  ['since=1772438400&page=1', 'since=1772438400&page=2'],
])('what differs otherwise is another item: %s', (one, other) => {
  expect(itemOf(one)).not.toBe(itemOf(other));
});
