import { expect, test } from 'vitest';
import { splitPath } from './path-form.js';
import { RouteLearner } from './route-learner.js';
import { parseTemplate } from './route-syntax.js';

function learner() {
  const routes = new RouteLearner();
  const seen = (path: string, status = 200, method = 'GET') =>
    routes.observe('shop', splitPath(path), { method, status, isAttempt: false })?.text ?? '';
  return { routes, seen };
}

/** Names as a catalogue has them; deterministic. */
function slug(i: number): string {
  const words = 'amber birch cedar dune ember fjord grove haven inlet jade kelp lunar maple north ocean pearl'.split(
    ' ',
  );
  return `${words[i % 16]}-${words[(i * 7 + 3) % 16]}-${words[Math.floor(i / 16) % 16]}-${'abcdefgh'[Math.floor(i / 256) % 8]}`;
}

test('an id-shaped segment is a parameter at first sight, a word is not', () => {
  const { seen } = learner();
  expect(seen('/orders/17/lines')).toBe('/orders/{id}/lines');
  expect(seen('/orders/550e8400-e29b-41d4-a716-446655440000')).toBe('/orders/{id}');
  expect(seen('/orders/export')).toBe('/orders/export');
  expect(seen('/reports/2024-01-15')).toBe('/reports/{date}');
  expect(seen('/files/17.pdf')).toBe('/files/{id}.pdf');
  expect(seen('/parts/3.csv.gz')).toBe('/parts/{id}.csv.gz');
  expect(seen('/')).toBe('/');
});

test('a rare literal stays a literal', () => {
  const { seen } = learner();
  for (let i = 0; i < 500; i++) seen(`/users/${i}`);
  expect(seen('/users/settings')).toBe('/users/settings');
  expect(seen('/users/77')).toBe('/users/{id}');
});

test('404s teach nothing, but find what is known', () => {
  const { seen } = learner();
  expect(seen('/admin/1', 404)).toBe('');
  expect(seen('/admin/1', 404)).toBe('');
  seen('/orders/1');
  expect(seen('/orders/999', 404)).toBe('/orders/{id}');
  expect(seen('/orders/backup.zip', 404)).toBe('');
  for (const status of [301, 400, 401, 403, 405, 500]) expect(seen('/secret', status)).toBe('');
});

test('a path that is refused again and again exists; one refusal says nothing', () => {
  const { seen } = learner();
  for (let i = 0; i < 19; i++) expect(seen('/api/notifications', 401)).toBe('');
  expect(seen('/api/notifications', 401)).toBe('/api/notifications');
  for (let i = 0; i < 300; i++) expect(seen(`/${slug(i)}`, 403)).toBe('');
});

test('where a service answers 404 to what it does not have, a refusal shows a place', () => {
  const { seen } = learner();
  for (let i = 0; i < 9; i++) expect(seen(`/${slug(i)}`, 404)).toBe('');
  expect(seen('/admin/users', 403)).toBe('');
  for (let i = 10; i < 20; i++) seen(`/${slug(i)}`, 404);
  expect(seen('/Admin/Users', 403)).toBe('/admin/users');
  expect(seen('/admin/users/17/roles', 401)).toBe('/admin/users/{id}/roles');
  expect(seen('/admin/export/9.csv', 403)).toBe('/admin/export/{id}.csv');
  for (const path of ['/.git/config', '/backup/.env', '/..;/manager']) expect(seen(path, 403)).toBe('');
  // It is no route for what is not refused: nothing was learned.
  expect(seen('/admin/users', 404)).toBe('');
});

test('a gateway that refuses whatever it does not know shows no places; nor are there more than a few', () => {
  const gateway = learner();
  for (let i = 0; i < 300; i++) gateway.seen(`/${slug(i)}`, i % 3 === 0 ? 404 : 403);
  expect(gateway.seen('/admin/users', 403)).toBe('');
  const { seen } = learner();
  for (let i = 0; i < 2000; i++) seen(`/${slug(i)}`, 404);
  const places = new Set<string>();
  for (let i = 0; i < 500; i++) places.add(seen(`/admin/${slug(i)}`, 403));
  expect(places.size).toBe(129);
});

test('random ids without a digit are told by their length', () => {
  const { seen } = learner();
  for (const id of [
    'V1StGXR8_Z5jdHi6B-myT',
    'a8f_Kd93kLd02mXqWe4Pz',
    'Q7rT2yU9iO4pA6sD1fG3h',
    'Zx9Cv8Bn7Mm6Lk5Jh4Gf3',
    'pL0oK9iJ8uH7yG6tF5rD4',
  ]) {
    seen(`/boards/${id}`);
  }
  expect(seen('/boards/agLhxqpqCLOgfssNECQqb')).toBe('/boards/{id}');
  expect(seen('/boards/KAWkdiTTVBzYJcraPQmqd', 404)).toBe('/boards/{id}');
  expect(seen('/boards/templates')).toBe('/boards/templates');
});

test('many words that each come once, answered, become a parameter; a popular one stays', () => {
  const { seen } = learner();
  for (let i = 0; i < 300; i++) {
    seen(`/products/${slug(i)}`);
    if (i % 2 === 0) seen('/products/search');
  }
  expect(seen(`/products/${slug(500)}`)).toBe('/products/{slug}');
  expect(seen('/products/never-seen', 404)).toBe('/products/{slug}');
  expect(seen('/products/search')).toBe('/products/search');
});

test('what lies behind a slug is kept', () => {
  const { seen } = learner();
  for (let i = 0; i < 120; i++) seen(`/shops/${slug(i)}/items/${i}`);
  expect(seen(`/shops/${slug(400)}/items/9`)).toBe('/shops/{slug}/items/{id}');
});

test('methods of an RPC-style API stay apart', () => {
  const { seen } = learner();
  // 80 methods, used as services use them: a few often, many rarely (Zipf).
  for (let round = 0; round < 4000; round++) {
    const rank = Math.floor(80 ** (((round * 7919) % 4000) / 4000));
    seen(`/rpc/method${'abcdefghij'[rank % 10]}${'klmnopqrst'[Math.floor(rank / 10)]}`, 200, 'POST');
  }
  expect(seen('/rpc/methodbk')).toBe('/rpc/methodbk');
});

test('names in a small catalogue are told by how they are put together, its own words stay', () => {
  const { seen } = learner();
  for (let i = 0; i < 30; i++) {
    seen(`/products/${slug(i * 3)}`);
    seen('/products/search');
  }
  expect(seen(`/products/${slug(400)}`)).toBe('/products/{slug}');
  expect(seen('/products/search')).toBe('/products/search');
});

test('words of an API are no catalogue, however many', () => {
  const { seen } = learner();
  for (let i = 0; i < 60; i++) for (let n = 0; n < 3; n++) seen(`/settings/${slug(i)}`);
  expect(seen(`/settings/${slug(5)}`)).toBe(`/settings/${slug(5)}`);
  for (let i = 0; i < 90; i++) for (let n = 0; n < 3; n++) seen(`/users/verb${String.fromCharCode(97 + (i % 26))}`);
  expect(seen('/users/verba')).toBe('/users/verba');
});

test('names that are all followed by the same word are a parameter', () => {
  const { seen } = learner();
  for (const name of 'acme globex initech umbrella stark wayne hooli tyrell cyberdyne'.split(' ')) {
    seen(`/tenants/${name}/members`);
  }
  expect(seen('/tenants/soylent/members')).toBe('/tenants/{slug}/members');
});

test('languages are one parameter once a few were seen', () => {
  const { seen } = learner();
  for (const locale of ['en', 'de', 'fr', 'pt-BR']) seen(`/${locale}/help`);
  expect(seen('/es/help')).toBe('/{locale}/help');
  expect(seen('/zz/help')).toBe('/zz/help');
  expect(seen('/api/help')).toBe('/api/help');
});

test('a scanner that is answered 404 neither teaches nor makes a parameter', () => {
  const { seen } = learner();
  seen('/health');
  for (let i = 0; i < 3000; i++) expect(seen(`/${slug(i)}`, 404)).toBe('');
  expect(seen('/health')).toBe('/health');
});

test('a framework’s template serves requests that come without one, and new literals still grow beside it', () => {
  const { routes, seen } = learner();
  routes.teachTemplate('shop', parseTemplate('/users/:userId/posts/:slug'));
  expect(seen('/users/alice/posts/hello', 401)).toBe('/users/{userId}/posts/{slug}');
  expect(seen('/users/sign_in')).toBe('/users/sign_in');
  expect(seen('/users/sign_in/posts/x')).toBe('/users/{userId}/posts/{slug}');
});

test('memory is bounded against paths that are all answered', () => {
  const { seen } = learner();
  for (let i = 0; i < 60_000; i++)
    seen(`/${slug(i % 4000)}${i % 3}x/${slug(i)}/${'qwertz'.slice(0, (i % 5) + 1)}/y${'abc'[i % 3]}`);
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 60_000; i++) seen(`/${i.toString(36)}zz/${slug(i)}/w/${slug(i * 3)}`);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64e6);
});
