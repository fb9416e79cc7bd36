import { hashObjectId, type RequestEvent, type RequestedObject } from '@vedette/protocol';
import { describe, expect, test } from 'vitest';
import { merged, run } from '../../test/run.js';
import { home, random, request, START_MS } from '../../test/traffic.js';

const DAY_MS = 86_400_000;
const USERS = 120;

interface Lookup {
  readonly atMs: number;
  readonly user: number;
  readonly name: string;
  readonly isKnown: boolean;
}

/** A way to ask whether somebody is here. */
type Interface = (one: Lookup) => RequestEvent;

function asked(one: Lookup, object: RequestedObject, over: Partial<RequestEvent>): RequestEvent {
  return request({
    startMs: one.atMs,
    actor: `user-${one.user}`,
    actorKind: 'user',
    source: home(one.user),
    objects: [object],
    ...over,
  });
}

/** `GET /friends/lookup/{hash}`: 404 for strangers. */
const byPath: Interface = (one) => {
  const hash = hashObjectId(`salt/${one.name}`).toString(16).padStart(8, '0').repeat(4);
  return asked(
    one,
    { kind: 'lookups', id: hash, hash: hashObjectId(hash) },
    {
      path: `/friends/lookup/${hash}`,
      route: '/friends/lookup/{hash}',
      status: one.isKnown ? 200 : 404,
      responseBytes: one.isKnown ? 240 : 30,
    },
  );
};

/** `GET /contacts?phone_hash=…`: 200 with an empty list for strangers. */
const byQuery: Interface = (one) => {
  const hash = `${hashObjectId(one.name).toString(36)}aQ${one.name.length}_x`;
  return asked(
    one,
    { kind: 'phone-hashes', id: hash, hash: hashObjectId(hash) },
    {
      path: '/contacts',
      route: '/contacts',
      query: `phone_hash=${hash}`,
      responseBytes: one.isKnown ? 310 : 12,
    },
  );
};

/** A GraphQL variable, of which the span shows a hash. */
const byVariable: Interface = (one) =>
  asked(
    one,
    { kind: 'IsFriendHere', id: '', hash: hashObjectId(one.name) },
    {
      method: 'POST',
      path: '/graphql',
      route: '/graphql',
      operation: 'IsFriendHere',
      responseBytes: one.isKnown ? 148 : 62,
    },
  );

/** `GET /v1/users/by-phone/{number}`: 404 for strangers. */
const byNumber: Interface = (one) => {
  const number = String(491_500_000_000 + (hashObjectId(one.name) % 99_999_999_989));
  return asked(
    one,
    { kind: 'by-phones', id: number, hash: hashObjectId(number) },
    {
      path: `/v1/users/by-phone/${number}`,
      route: '/v1/users/by-phone/{number}',
      status: one.isKnown ? 200 : 404,
    },
  );
};

/** The address book of a user: a quarter of it is here, some of them friends of everybody. */
function book(user: number, size: number): { name: string; isKnown: boolean }[] {
  const next = random(1_000 + user);
  return Array.from({ length: size }, () => {
    const isKnown = next() < 0.25;
    const nth = Math.floor(next() ** 2 * 900);
    return { name: isKnown ? `member-${nth}` : `stranger-${user}-${nth}`, isKnown };
  });
}

/** An app compares an address book. */
function sync(ask: Interface, user: number, atMs: number, size: number): RequestEvent[] {
  return book(user, size).map((one, i) => ask({ ...one, user, atMs: atMs + i * 350 }));
}

/** Three weeks in which people look somebody up now and then. */
function everyday(ask: Interface): RequestEvent[] {
  const next = random(5);
  return Array.from({ length: 900 }, () => {
    const isKnown = next() < 0.7;
    const nth = Math.floor(next() * 900);
    return ask({
      atMs: START_MS - Math.floor(next() * 21 * DAY_MS),
      user: Math.floor(next() * USERS),
      name: isKnown ? `member-${nth}` : `typo-${nth}-${next()}`,
      isKnown,
    });
  });
}

function summaries(...streams: readonly RequestEvent[][]): string[] {
  return run(merged(...streams))
    .alerts.filter((alert) => alert.type === 'object_enumeration')
    .map((alert) => alert.summary);
}

describe.each([
  ['a hash in the path', byPath],
  ['a hash in the query', byQuery],
  ['a GraphQL variable', byVariable],
  ['a telephone number in the path', byNumber],
])('names that are looked up by %s belong to nobody', (_, ask) => {
  test('an address book, where people type names now and then', () => {
    expect(summaries(everyday(ask), sync(ask, 7, START_MS, 250))).toEqual([]);
  });

  test('address books of thirty users, where nothing else asks for names, and the first of them', () => {
    const books = Array.from({ length: 30 }, (_, i) =>
      sync(ask, i, START_MS - 20 * DAY_MS + i * 0.6 * DAY_MS, 60 + i * 7),
    );
    expect(summaries(...books)).toEqual([]);
  });

  test('an app that compares the book every day, and a user who installs it', () => {
    const days = Array.from({ length: 14 }, (_, day) =>
      Array.from({ length: 20 }, (__, user) => sync(ask, user, START_MS - (14 - day) * DAY_MS + user * 3_600_000, 80)),
    ).flat();
    expect(summaries(...days, sync(ask, 77, START_MS, 240))).toEqual([]);
  });
});

test('numbers that can be counted through are walked, also where nobody comes back to any', () => {
  const read = (atMs: number, user: number, id: number, status: number) =>
    asked(
      { atMs, user, name: '', isKnown: true },
      { kind: 'tickets', id: String(id), hash: hashObjectId(String(id)) },
      { path: `/tickets/${id}`, route: '/tickets/{id}', status },
    );
  const next = random(6);
  const past = Array.from({ length: 600 }, (_, i) =>
    read(START_MS - Math.floor(next() * 21 * DAY_MS), Math.floor(next() * USERS), 40_000 + i * 3, 200),
  );
  const walk = Array.from({ length: 60 }, (_, i) =>
    read(START_MS + i * 1_000, 200, 41_000 + i, i % 3 === 2 ? 200 : 404),
  );
  expect(summaries(past, walk)).toHaveLength(1);
});
