import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTemplate } from './route-syntax.js';

test.each([
  // Express, Koa, Hono, Fastify, Gin, Rails
  ['/users/:id', '/users/{id}'],
  ['/users/:userId/orders/:orderId/', '/users/{userId}/orders/{orderId}'],
  ['/users/:id(\\d+)', '/users/{id}'],
  ['/users/:id?', '/users/{id}'],
  ['/flights/:from-:to', '/flights/{from}-{to}'],
  ['/posts/:id(.:format)', '/posts/{id}'],
  ['/files/*splat', '/files/{splat}'],
  ['/files/*', '/files/{path}'],
  ['/reports/:id.pdf', '/reports/{id}.pdf'],
  // Spring, ASP.NET, FastAPI, Go, OpenAPI
  ['/users/{id}', '/users/{id}'],
  ['/users/{id:int}', '/users/{id}'],
  ['/users/{id:[0-9]{3,}}', '/users/{id}'],
  ['/files/{*path}', '/files/{path}'],
  ['/files/{path:path}', '/files/{path}'],
  ['GET /items/{id...}', '/items/{id}'],
  ['users/{id?}', '/users/{id}'],
  ['/v1/{name=projects/*}:cancel', '/v1/{name}:cancel'],
  // Flask, Django, Bottle
  ['/users/<int:id>', '/users/{id}'],
  ['/users/<id>', '/users/{id}'],
  ['/users/<id:int>', '/users/{id}'],
  ['^users/(?P<pk>[0-9]+)/$', '/users/{pk}'],
  ['/articles/<slug:slug>/<uuid:ref>', '/articles/{slug}/{ref}'],
  ['^articles/(\\d{4})/([a-z]+)/?$', '/articles/{param}/{param}'],
  // Next.js, SvelteKit, Nuxt, Remix
  ['/blog/[slug]', '/blog/{slug}'],
  ['/shop/[...slug]', '/shop/{slug}'],
  ['/shop/[[...slug]]', '/shop/{slug}'],
  ['/(app)/users/[id=integer]', '/users/{id}'],
  ['/users/$id', '/users/{id}'],
  ['/', '/'],
  ['', '/'],
  ['//a//b', '/a/b'],
])('%s', (route, text) => {
  expect(parseTemplate(route).text).toBe(text);
});

test.each(['/*', '*', '/**', '/{proxy+}', '/(.*)', '/{*path}', '.*'])('%s says nothing', (route) => {
  expect(parseTemplate(route)).toMatchObject({ isMount: true });
});

test('the common form is a fixed point, and nothing throws', () => {
  const piece = fc.constantFrom(
    ':',
    '{',
    '}',
    '<',
    '>',
    '[',
    ']',
    '(',
    ')',
    '*',
    '?',
    '/',
    '\\',
    '$',
    '^',
    '.',
    '=',
    'id',
    'a-b',
    '9',
    '+',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const { text } = parseTemplate(pieces.join(''));
      expect(text.startsWith('/')).toBe(true);
    }),
    { numRuns: 3000 },
  );
  const segment = fc.constantFrom('users', '{id}', '{from}-{to}', 'v1', '{id}.pdf', 'sign_in');
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
      const text = `/${segments.join('/')}`;
      expect(parseTemplate(text).text).toBe(text);
    }),
  );
});
