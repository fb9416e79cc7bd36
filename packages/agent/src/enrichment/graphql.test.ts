import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isGraphqlTarget, readGraphql } from './graphql.js';
import { graphqlOperations } from './graphql-document.js';
import { graphqlOutcome } from './graphql-outcome.js';

const read = (body: unknown, contentType = 'application/json') =>
  readGraphql({
    method: 'POST',
    target: '/graphql',
    contentType,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const LOGIN =
  'mutation SignIn($email: String!, $password: String!) { login(email: $email, password: $password) { token } }';
const variables = { email: 'bob', password: 'x' };
const login = (attempts: number, identifier = 'bob') => ({ event: 'login', identifier, code: '', attempts });

test.each([
  ['/graphql', true],
  ['/api/GraphQL/?a=/b', true],
  ['/v1/gql', true],
  ['/query?x=1', true],
  ['/shop-graphql', true],
  ['/graphql/orders', false],
  ['/orders?path=/graphql', false],
  ['/jquery', false],
  ['/', false],
  ['', false],
])('%s serves GraphQL: %s', (target, expected) => {
  expect(isGraphqlTarget(target)).toBe(expected);
});

describe('operation', () => {
  test.each<[unknown, string, string]>([
    [{ query: '{ orders { id } }' }, 'orders', 'query'],
    [{ query: 'query GetOrder($id: ID!) { order(id: $id) { id } }', variables: { id: 7 } }, 'GetOrder', 'query'],
    [{ query: 'query A { a } mutation B { b }', operationName: 'B' }, 'B', 'mutation'],
    [{ query: '# query X { x }\n subscription S { s }' }, 'S', 'subscription'],
    [{ query: 'fragment F on Q { a } query G { ...F }' }, 'G', 'query'],
    [{ operationName: 'GetOrder', extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } }, 'GetOrder', ''],
    [[{ query: '{ first }' }, { query: '{ second }' }], 'first', 'query'],
    [{ operationName: 'no name!', query: 'query Real { a }' }, 'Real', 'query'],
  ])('%j is %s, %s', (body, name, type) => {
    expect(read(body)).toEqual({ name, type, attempt: undefined });
  });

  test('of a document by itself, and of a query string', () => {
    expect(read('query Doc { a }', 'application/graphql')).toMatchObject({ name: 'Doc' });
    const target = `/graphql?query=${encodeURIComponent('query Get { a }')}&variables={}`;
    expect(readGraphql({ method: 'GET', target, contentType: '', body: '' })).toMatchObject({ name: 'Get' });
  });

  test.each([{}, [], 'null', '"x"', '{', '[', { email: 'bob', password: 'x' }, { query: 'SELECT 1' }, { query: 7 }])(
    '%j is none',
    (body) => {
      expect(read(body)).toBeUndefined();
    },
  );
});

describe('attempts', () => {
  test.each<[string, unknown, unknown]>([
    ['variables', { query: LOGIN, variables }, login(1)],
    [
      'an input object',
      { query: 'mutation($i: In!) { signIn(input: $i) { id } }', variables: { i: variables } },
      login(1),
    ],
    [
      'inline arguments',
      { query: 'mutation { login(email: "b\\"ob", password: """x""") { token } }' },
      login(1, 'b"ob'),
    ],
    ['inline input', { query: 'mutation { tokenAuth(input: {username: "bob", password: "x"}) { token } }' }, login(1)],
    ['the shape alone', { query: 'mutation { enter(email: "bob", password: "x") { ok } }' }, login(1)],
    ['a persisted query', { operationName: 'Login', variables }, login(1)],
    [
      'aliases',
      { query: 'mutation { a: login(email:"bob",password:"1"){t} b: login(email:"eve",password:"2"){t} }' },
      login(2),
    ],
    [
      'fragments',
      {
        query:
          'mutation { ...F } fragment F on M { a: login(email:"bob",password:"1"){t} b: login(email:"eve",password:"2"){t} }',
      },
      login(2),
    ],
    ['inline fragments', { query: 'mutation { ... on M @x(a: 1) { login(email:"bob",password:"1"){t} } }' }, login(1)],
    [
      'a batch',
      [
        { query: '{ me { id } }' },
        { query: LOGIN, variables },
        { query: LOGIN, variables: { email: 'eve', password: 'y' } },
      ],
      login(2),
    ],
    ['a query with a password', { query: '{ login(email: "bob", password: "x") { token } }' }, login(1)],
    [
      'a code',
      { query: 'mutation { verifyOtp(phone: "1", code: "123456") { ok } }' },
      { event: 'otp', identifier: '1', code: '123456', attempts: 1 },
    ],
    [
      'many codes',
      {
        query: `mutation { ${Array.from({ length: 50 }, (_, i) => `a${i}: verifyOtp(code: "${i}") { ok }`).join(' ')} }`,
      },
      { event: 'otp', identifier: '', code: '0', attempts: 50 },
    ],
    [
      'a lost password',
      { query: 'mutation { requestPasswordReset(email: "bob") { ok } }' },
      { event: 'reset', identifier: 'bob', code: '', attempts: 1 },
    ],
    [
      'a signup',
      { query: 'mutation { createUser(email: "bob", password: "x") { id } }' },
      { event: 'signup', identifier: 'bob', code: '', attempts: 1 },
    ],
  ])('in %s', (_, body, attempt) => {
    expect(read(body)?.attempt).toEqual(attempt);
  });

  test.each([
    'mutation { logout(email: "bob") { ok } }',
    'mutation { changePassword(email: "bob", password: "x") { ok } }',
    'mutation { refreshToken(token: "x") { token } }',
    'mutation { addItem(name: "bob") { id } }',
    '{ user(email: "bob") { id } }',
    'subscription { login(email: "bob", password: "x") { id } }',
  ])('none in %s', (query) => {
    expect(read({ query })?.attempt).toBeUndefined();
  });

  test('a batch that was cut off gives what came before', () => {
    const batch = JSON.stringify(Array.from({ length: 100 }, () => ({ query: LOGIN, variables })));
    const attempts = read(batch.slice(0, batch.length / 2))?.attempt?.attempts ?? 0;
    expect(attempts).toBeGreaterThan(40);
    expect(attempts).toBeLessThanOrEqual(50);
    const aliases = Array.from({ length: 100 }, (_, i) => `a${i}: login(email: \\"u${i}\\", password: \\"x\\") { t }`);
    const single = `{"query":"mutation { ${aliases.join(' ')} }"}`;
    expect(read(single.slice(0, single.length / 2))?.attempt?.attempts).toBeGreaterThan(40);
  });
});

describe('outcome', () => {
  const response = { status: 200, setCookies: [], location: '', contentType: 'application/json', bodyPrefix: '' };
  test.each([
    [{ bodyPrefix: '{"data":{"login":{"token":"abcdefgh1234"}}}' }, 'success'],
    [{ bodyPrefix: '[{"data":{"login":null},"errors":[{}]},{"data":{"login":{"token":"abcdefgh1234"}}}]' }, 'success'],
    [{ bodyPrefix: '{"errors":[{"message":"wrong"}],"data":{"login":null}}' }, 'failure'],
    [{ bodyPrefix: '{"data":{"login":null}}' }, 'failure'],
    [{ bodyPrefix: '{"data":{"c":{"token":null,"customerUserErrors":[{"code":"X"}]}}}' }, 'failure'],
    [{ bodyPrefix: '{"data":{"login":{"success":false}}}' }, 'failure'],
    [{ bodyPrefix: '{"data":{"login":{"user":{"id":1}}}}', setCookies: ['session=abc'] }, 'success'],
    [{ bodyPrefix: '{"data":{"login":{"user":{"id":1},"errors":[]}}}' }, ''],
    [{ status: 401 }, 'failure'],
    [{ status: 500 }, ''],
  ])('%j: %s', (given, expected) => {
    expect(graphqlOutcome('login', { ...response, ...given })).toBe(expected);
  });
});

describe('documents', () => {
  test('comments, descriptions of values, nested selections and directives are passed over', () => {
    const text = `query Q($a: [Int!]! = [1, 2], $b: S = "}") @d(x: "{") {
      a: one(x: [1, {y: "z"}], v: $b) @include(if: $c) { deep { er } } # { } "
      two
    }`;
    expect(graphqlOperations(text)).toEqual([
      {
        type: 'query',
        name: 'Q',
        fields: [
          {
            name: 'one',
            arguments: [
              { name: 'x', text: '1', variable: '' },
              { name: 'y', text: 'z', variable: '' },
              { name: 'v', text: '', variable: 'b' },
            ],
          },
          { name: 'two', arguments: [] },
        ],
      },
    ]);
  });

  test('fragments in circles and by the thousand end', () => {
    const names = Array.from({ length: 300 }, (_, i) => `F${i}`);
    const spreads = names.map((name) => `...${name}`).join(' ');
    const text = `mutation { ${spreads} } ${names.map((name) => `fragment ${name} on M { a ${spreads} }`).join(' ')}`;
    expect(graphqlOperations(text)[0]?.fields.length).toBeLessThanOrEqual(1_000);
  });

  test('no text is an error, or slow', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '(',
      ')',
      '#',
      '"',
      '"""',
      '\\',
      ' ',
      '\n',
      '...',
      'on',
      'a',
      ':',
      '$',
      '@',
      'mutation',
      'fragment',
      '1',
      ',',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        expect(Array.isArray(graphqlOperations(pieces.join('')))).toBe(true);
        graphqlOperations('# '.repeat(5_000) + pieces.join(''));
      }),
    );
  });
});
