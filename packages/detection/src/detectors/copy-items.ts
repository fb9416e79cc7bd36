import { hashPage, mixKeys, mixNumber, newKey } from '../core/hash.js';
import type { Facts } from '../parts/facts.js';

const TAG_ITEM = 73;
/** What a page brings with it is no item. */
const ASSET = /\.(?:js|mjs|css|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|mp4|webm)$/i;

/**
 * A moment in a query (`updated_since=2026-03-03T02:10:00Z`, `_=1772503800123`): a client that asks for news asks for the same
 * page with another one each time. Seconds and milliseconds since 1970, from 2001 to 2033.
 */
const MOMENT = /=(?:\d{4}-\d\d-\d\d(?:T|%20|\+)\d\d[^&]*|1\d{9}(?:\d{3})?(?=&|$))/gi;

/** `=` and ten digits. */
const SHORTEST_MOMENT = 11;

/** The item that an event reads: the object, or the page of a route with a parameter or a query. */
export class ReadItem {
  kind = '';
  /** The id as a number, where it is one; else NaN. */
  number = Number.NaN;
  readonly key = newKey();

  /** @returns false where the event reads nothing of the kind */
  read(facts: Facts): boolean {
    const { objects, operation, method, route, query, path } = facts.event;
    if (operation === '' && method !== 'GET') return false;
    if (objects.length > 1) return false;
    if (objects.length === 1) {
      this.kind = objects[0]!.kind;
      this.number = objects[0]!.id === '' ? Number.NaN : Number(objects[0]!.id);
      mixNumber(TAG_ITEM, facts.service, objects[0]!.hash, this.key);
      return true;
    }
    if (operation !== '' || route === '' || (query === '' && !route.includes('{')) || ASSET.test(path)) return false;
    this.kind = route;
    this.number = Number.NaN;
    hashPage(path, query.length < SHORTEST_MOMENT ? query : query.replace(MOMENT, '='), 0, this.key);
    mixKeys(TAG_ITEM, facts.service, this.key, this.key);
    return true;
  }
}
