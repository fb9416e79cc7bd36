import { hashObjectId } from '@vedette/protocol';
import { pseudonym } from '@vedette/protocol/pseudonym';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { raw } from '../../test/raw.js';
import type { RawRequest } from '../raw-request.js';
import { createNormaliser } from './normaliser.js';
import { isPseudonym } from './segment-shape.js';

const KEY = 'a key for tests';

function normalise(target: string, fields: Partial<RawRequest> = {}) {
  return createNormaliser({ pseudonymKey: KEY }).normalise(raw(target, fields));
}

function object(kind: string, id: string) {
  return { kind, id, hash: hashObjectId(id) };
}

function objects(target: string, fields: Partial<RawRequest> = {}): string[] {
  return normalise(target, fields).objects.map(({ kind, id }) => `${kind}:${id}`);
}

const SPAN_ROUTE = { route: '/x' };

test('every event has the same fields in the same order', () => {
  const normaliser = createNormaliser({ pseudonymKey: KEY });
  const events = [
    normaliser.normalise(raw('/')),
    normaliser.normalise(raw('/login', { method: 'POST', status: 401, enduserId: 'x', session: 'y' })),
    normaliser.normalise(
      raw('/orders/17?id=3', { route: '/orders/:id', requestObjectIds: [1], sensitive: { card: 1 } }),
    ),
  ];
  for (const event of events) expect(Object.keys(event)).toEqual(Object.keys(events[0]!));
});

describe('routes', () => {
  test('a framework’s template in the common form', () => {
    expect(normalise('/orders/17', { route: '/orders/:id' })).toMatchObject({
      route: '/orders/{id}',
      routeFrom: 'span',
    });
  });

  test('a mount path that only begins the path is no template; a catch-all neither', () => {
    expect(normalise('/api/users/1', { route: '/api', status: 404 })).toMatchObject({ route: '', routeFrom: '' });
    expect(normalise('/nope', { route: '/', status: 404 })).toMatchObject({ route: '' });
    expect(normalise('/nope', { route: '/*', status: 404 })).toMatchObject({ route: '' });
    expect(normalise('/', { route: '/' })).toMatchObject({ route: '/', routeFrom: 'span' });
  });

  test('below a mount the template is learned', () => {
    for (const route of ['/api', '/api/*', '/api/{proxy+}', '/:path*', '/api/[...slug]']) {
      expect(normalise('/api/users/1', { route })).toMatchObject({ route: '/api/users/{id}', routeFrom: 'learned' });
      expect(normalise('/api/users/1', { route, status: 404 })).toMatchObject({ route: '', routeFrom: '' });
    }
    expect(normalise('/static/js/app.js', { route: '/static/*' })).toMatchObject({ routeFrom: 'span' });
  });

  test('case does not lose the template', () => {
    expect(objects('/ORDERS/17', { route: '/orders/:id' })).toEqual(['orders:17']);
    const normaliser = createNormaliser({ pseudonymKey: KEY });
    normaliser.normalise(raw('/api/Orders/17'));
    expect(normaliser.normalise(raw('//api/orders/18/')).route).toBe('/api/Orders/{id}');
  });

  test('a template relative to a mount path still names its parameters', () => {
    expect(objects('/api/v2/orders/17', { route: '/orders/:orderId' })).toEqual(['orders:17']);
  });

  test('a request that was refused before routing gets the template that its service uses', () => {
    const normaliser = createNormaliser({ pseudonymKey: KEY });
    normaliser.normalise(raw('/orders/17/lines/2', { route: '/orders/:id/lines/:line' }));
    expect(normaliser.normalise(raw('/orders/99/lines/3', { status: 401 }))).toMatchObject({
      route: '/orders/{id}/lines/{line}',
      routeFrom: 'learned',
    });
    expect(normaliser.normalise(raw('/orders/99/lines/3', { status: 401, service: 'other' })).route).toBe('');
  });

  test('learn() teaches what normalise() taught', () => {
    const first = createNormaliser({ pseudonymKey: KEY });
    const events = [raw('/orders/17'), raw('/items/5', { route: '/items/:sku' })].map((r) => first.normalise(r));
    const second = createNormaliser({ pseudonymKey: KEY });
    for (const event of events) second.learn(event);
    expect(second.normalise(raw('/orders/18', { status: 404 })).route).toBe('/orders/{id}');
    expect(second.normalise(raw('/items/6', { status: 403 })).route).toBe('/items/{sku}');
  });
});

describe('operations', () => {
  test('GraphQL by attribute or query, RPC by service and method', () => {
    expect(normalise('/graphql', { graphqlOperation: 'GetOrder' }).operation).toBe('GetOrder');
    expect(normalise('/graphql?operationName=GetOrder').operation).toBe('GetOrder');
    expect(normalise('/shop.Orders/Get', { rpcOperation: 'shop.Orders/Get' }).operation).toBe('shop.Orders/Get');
  });

  test('a client cannot split an endpoint that is not GraphQL', () => {
    expect(normalise('/login?operationName=x1').operation).toBe('');
  });
});

describe('objects', () => {
  test('from the parameters of the template, named after the literal before them', () => {
    expect(objects('/users/9/orders/5', { route: '/users/:userId/orders/:id' })).toEqual(['users:9', 'orders:5']);
    expect(normalise('/orders/17').objects).toEqual([{ kind: 'orders', id: '17', hash: hashObjectId('17') }]);
    expect(objects('/files/17.pdf')).toEqual(['files:17']);
    expect(objects('/invoices/INV-2024-0001')).toEqual(['invoices:INV-2024-0001']);
  });

  test('from id-like parameters of the query', () => {
    expect(objects('/x?order_id=5&customerId=c-1001&uuid=550e8400-e29b-41d4-a716-446655440000', SPAN_ROUTE)).toEqual([
      'orders:5',
      'customers:c-1001',
      'x:550e8400-e29b-41d4-a716-446655440000',
    ]);
    expect(objects('/x?id=7&ids=1,2,3&item_ids[]=4&user[id]=6', SPAN_ROUTE)).toEqual([
      'x:7',
      'x:1',
      'x:2',
      'x:3',
      'items:4',
      'users:6',
    ]);
  });

  test.each([
    'page=2',
    'limit=50',
    'offset=100',
    'q=17',
    'sort=id',
    'date=2024-01-15',
    'from=17',
    'request_id=17',
    'id=all',
    'since_id=9',
    'paid=1',
    'cursor=a1b2c3d4e5f6',
    'page_id=3',
    'valid=12345',
  ])('not from %s', (query) => {
    expect(objects(`/x?${query}`, SPAN_ROUTE)).toEqual([]);
  });

  test('not from dates, languages, static files or “me”', () => {
    expect(objects('/reports/2024-01-15')).toEqual([]);
    expect(objects('/assets/index-BkT3xQ9z.js')).toEqual([]);
    expect(objects('/images/a-long-name.png', { route: '/images/:file' })).toEqual([]);
    expect(objects('/users/me', { route: '/users/:id' })).toEqual([]);
    expect(objects('/docs/en', { route: '/docs/:lang' })).toEqual([]);
  });

  test('one kind and one hash wherever the id stands', () => {
    const order = [{ kind: 'orders', id: '17', hash: hashObjectId('17') }];
    for (const target of [
      '/orders/17',
      '/order/17',
      '/Orders/%31%37',
      '/x?order_id=17',
      '/x?orderId=17',
      '/x?order[id]=17',
      '/x?filter[order_id]=17',
      '/x?filter[order.id][eq]=17',
      '/x?order_no=17',
      '/api/getOrder?id=17',
      '/order.php?id=17',
      '/orders;id=17',
      '/orders?ids=17',
      '/orders?filter[id]=17',
    ]) {
      expect([target, normalise(target).objects]).toEqual([target, order]);
    }
    expect(objects('/x?user[]=5&user[]=6&product=9')).toEqual(['users:5', 'users:6', 'products:9']);
    expect(objects('/x?filter[status]=5&page_no=2&tags[]=7&user=bob')).toEqual([]);
  });

  test('matrix parameters do not split a route, and their secrets are hidden', () => {
    const event = normalise('/cart;jsessionid=A1B2C3D4E5F6A7B8C9D0/items;v=2');
    expect(event.route).toBe('/cart/items');
    expect(event.path).toBe(`/cart;jsessionid=${pseudonym(KEY, 'A1B2C3D4E5F6A7B8C9D0')}/items;v=2`);
    expect(normalise('/..;/manager/html', { status: 404 }).path).toBe('/..;/manager/html');
  });

  test.each([
    ['Mongo', '507f1f77bcf86cd799439011'],
    ['UUID', '550E8400-E29B-41D4-A716-446655440000'],
    ['ULID', '01ARZ3NDEKTSV4RRFFQ69G5FAV'],
    ['KSUID', '0ujtsYcgvSTl8PAuAdqWYSMnLOv'],
    ['nanoid', 'V1StGXR8_Z5jdHi6B-myT'],
    ['prefixed', 'cus_NffrFeUfNV2Hib'],
    ['base58', '2NEpo7TZRRrLZSi2U'],
    ['date and number', 'INV-2024-00017'],
    ['number', '42'],
  ])('an id as %s writes it is one in path and query', (_name, id) => {
    expect(objects(`/invoices/${id}`)).toEqual([`invoices:${id}`]);
    expect(objects(`/x?invoice_id=${id}`)).toEqual([`invoices:${id}`]);
  });

  test('hashes of ids in the body, named after the operation or the route, once each', () => {
    const event = normalise('/orders/17', { route: '/orders/:id', requestObjectIds: [hashObjectId('17'), 5] });
    expect(event.objects).toEqual([
      { kind: 'orders', id: '17', hash: hashObjectId('17') },
      { kind: '/orders/{id}', id: '', hash: 5 },
    ]);
    expect(normalise('/graphql', { graphqlOperation: 'GetOrder', requestObjectIds: [9] }).objects).toEqual([
      { kind: 'GetOrder', id: '', hash: 9 },
    ]);
  });

  test('ids in JSON, as persisted GraphQL queries carry them', () => {
    const variables = (value: unknown) => `variables=${encodeURIComponent(JSON.stringify(value))}`;
    const ask = (operation: string, value: unknown) =>
      normalise(`/graphql?operationName=${operation}&${variables(value)}`).objects;
    expect(ask('Transactions', { accountId: '70012345', first: 50 })).toEqual([object('accounts', '70012345')]);
    expect(ask('GetInvoice', { id: 17 })).toEqual([object('invoices', '17')]);
    expect(ask('Compare', { input: { orderIds: ['1', '2'], note: 'both' } })).toEqual([
      object('orders', '1'),
      object('orders', '2'),
    ]);
    expect(normalise(`/x?filter=${encodeURIComponent('{"id":')}`).objects).toEqual([]);
  });

  test('lists, references and short ids', () => {
    expect(objects('/api/orders/17,18,19')).toEqual(['orders:17', 'orders:18', 'orders:19']);
    expect(normalise('/api/orders/17,18').route).toBe('/api/orders/{id}');
    expect(objects('/geo/52.52,13.40')).toEqual([]);
    expect(objects('/fhir/Observation?patient=Patient/123')).toEqual(['patients:123']);
    expect(objects('/a?docId=abc-17&invoiceNo=INV-17')).toEqual(['docs:abc-17', 'invoices:INV-17']);
    expect(objects('/a?productId=latest')).toEqual([]);
  });

  test('keys of OData', () => {
    const uuid = '550e8400-e29b-41d4-a716-446655440000';
    expect(normalise('/odata/Orders(17)')).toMatchObject({ route: '/odata/Orders/{id}', path: '/odata/Orders(17)' });
    expect(objects('/odata/Orders(17)/Items')).toEqual(['orders:17']);
    expect(objects("/odata/Invoices('INV-2024-17')")).toEqual(['invoices:INV-2024-17']);
    expect(objects(`/odata/Customers(${uuid})`)).toEqual([`customers:${uuid}`]);
    const known = normalise("/odata/Customers('ALFKI')", { route: 'odata/Customers({key})' });
    expect(known).toMatchObject({ route: '/odata/Customers/{id}', routeFrom: 'span' });
    expect(known.objects).toEqual([object('customers', 'ALFKI')]);
    expect(objects('/odata/GetTop(count=5)', { route: '/odata/GetTop(count={count})' })).toEqual([]);
    expect(normalise("/odata/Users('bob@example.com')").path).toBe(`/odata/Users/${pseudonym(KEY, 'bob@example.com')}`);
  });

  test('a parameter named after its collection is an object, whatever the word means in a query', () => {
    expect(objects('/orders/17/tickets.pdf', { route: '/orders/{order}/tickets.pdf' })).toEqual(['orders:17']);
    expect(objects('/filters/17', { route: '/filters/:filter' })).toEqual(['filters:17']);
    expect(objects('/sorted/asc', { route: '/sorted/:order' })).toEqual([]);
    expect(objects('/page/7', { route: '/page/:page' })).toEqual([]);
    expect(objects('/statements/2026-02.pdf', { route: '/statements/{month}.pdf' })).toEqual([]);
  });

  test('codes of countries and airports are no codes that are tried', () => {
    expect(normalise('/countries/DE', { route: '/countries/{code}' })).toMatchObject({
      path: '/countries/DE',
      authCode: '',
    });
    expect(objects('/airports/VIE', { route: '/airports/{code}' })).toEqual(['airports:VIE']);
    expect(normalise('/invites/a1b2c3d4', { route: '/invites/{code}' }).authCode).not.toBe('');
  });

  test('the page of a list is no object', () => {
    expect(objects('/lamps/page/7', { route: '/lamps/page/:n' })).toEqual([]);
    expect(objects('/page/71234', { route: '/page/:id' })).toEqual(['pages:71234']);
  });

  test('at most 64', () => {
    const ids = Array.from({ length: 200 }, (_, i) => `id=${i}`).join('&');
    expect(normalise(`/x?${ids}`).objects).toHaveLength(64);
    expect(normalise('/x', { requestObjectIds: Array.from({ length: 200 }, (_, i) => i) }).objects).toHaveLength(64);
  });
});

describe('secrets', () => {
  const secret = fc
    .string({
      unit: fc.constantFrom(...'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'),
      minLength: 12,
      maxLength: 60,
    })
    .filter((text) => !/^[0-9a-f]+$/.test(text));
  const name = fc.constantFrom(
    'token',
    'access_token',
    'resetToken',
    'api_key',
    'apikey',
    'key',
    'code',
    'otp',
    'password',
    'pwd',
    'client_secret',
    'signature',
    'sig',
    'auth',
    'session',
    'sessionid',
    'X-Amz-Signature',
    'user[password]',
    'jwt',
    'coupon',
    'email',
    'username',
    'phone',
  );

  test('no value of a secret-looking parameter is left in an event', () => {
    const normaliser = createNormaliser({ pseudonymKey: KEY });
    fc.assert(
      fc.property(name, secret, fc.constantFrom('/x', '/login', '/graphql'), (parameter, value, path) => {
        const event = normaliser.normalise(raw(`${path}?a=1&${encodeURIComponent(parameter)}=${value}&b=2`));
        expect(JSON.stringify(event)).not.toContain(value);
        expect(event.query).toBe(`a=1&${encodeURIComponent(parameter)}=${pseudonym(KEY, value)}&b=2`);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    '/reset/abc123def456',
    '/password-reset/9aF3kd83jdlQ',
    '/verify/123456',
    '/invite/XY12-3456',
    '/share/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF',
    '/u/bob%40example.com',
    '/session/a8Kd93kLd02mXq',
    '/files/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '/go?next=https%3A%2F%2Fa.example%2Fcb%3Ftoken%3Dabc123def456',
    '/search?q=bob%40example.com',
    '/x?eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF',
  ])('%s', (target) => {
    const event = JSON.stringify(normalise(target));
    for (const leak of ['abc123def456', '9aF3kd83jdlQ', '123456', 'XY12', 'eyJ', 'bob', 'a8Kd93', '9f86d0']) {
      if (target.includes(leak)) expect(event).not.toContain(leak);
    }
  });

  test('plain object ids, and what is a pseudonym already, stay', () => {
    for (const target of [
      '/orders/17',
      '/orders/550e8400-e29b-41d4-a716-446655440000',
      '/orders/507f1f77bcf86cd799439011',
      '/orders/01ARZ3NDEKTSV4RRFFQ69G5FAV',
      '/products/blue-shirt-xl',
      '/sessions/17',
      '/reset/0123456789abcdef',
      '/x?token=0123456789abcdef&country_code=DE&sort_key=name&page_token=3',
      '/x?keyword=shoes&author=17&authority=x',
    ]) {
      const event = normalise(target);
      expect(event.path + (event.query && `?${event.query}`)).toBe(target);
    }
  });

  test('of a code that the service reports it says whether it was right', () => {
    const authCode = '0123456789abcdef';
    const wrong = normalise('/basket/gift', { method: 'POST', status: 200, authCode, authOutcome: 'failure' });
    expect(wrong).toMatchObject({ authEvent: '', authCode, authOutcome: 'failure' });
    expect(normalise('/basket', { authOutcome: 'failure' }).authOutcome).toBe('');
  });

  test('a code that was tried is known by its pseudonym', () => {
    expect(normalise('/verify/123456').authCode).toBe(pseudonym(KEY, '123456'));
    expect(normalise('/cart?coupon=SUMMER24').authCode).toBe(pseudonym(KEY, 'SUMMER24'));
    expect(normalise('/x?access_token=abcdefgh').authCode).toBe('');
    for (const code of ['SAVE20', 'AB12-CD34-EF56', 'WELCOME', 'ab3de9']) {
      expect(normalise(`/coupons/${code}`, { status: 404 }).authCode).toBe(pseudonym(KEY, code));
      expect(normalise(`/coupons/${code}`).route).toBe('/coupons/{id}');
      expect(normalise(`/gift/${code}`, { status: 404 }).path).toBe(`/gift/${pseudonym(KEY, code)}`);
    }
    for (const word of ['apply', 'v2', 'summer-sale', '17']) expect(normalise(`/coupons/${word}`).authCode).toBe('');
  });

  test('where something is confirmed or reset, a token of any name is the code', () => {
    for (const target of [
      '/account/recover/password?hash=9f86d081884c7d65',
      '/ucp.php?mode=activate&u=17&k=9F86D08188',
      '/ucp.php?k=9F86D08188&mode=activate',
      '/wp-login.php?action=rp&key=9F86D08188abcDEF2&login=bob',
      '/verify-email?token=9f86d08188',
      '/gift-card-balance?card=4711-0815-4712',
    ]) {
      const event = normalise(target);
      const value = /(?:hash|k|key|token|card)=([^&]+)/.exec(target)![1]!;
      expect(event.authCode).toBe(isPseudonym(value) ? value : pseudonym(KEY, value));
      expect(event.query).toContain(event.authCode);
    }
    expect(normalise('/gift-card-balance?card=4711-0815-4712').objects).toEqual([]);
    expect(objects('/payments?card=4711-0815-4712')).toEqual(['cards:4711-0815-4712']);
    expect(normalise('/orders?k=9F86D08188&mode=list').authCode).toBe('');
    expect(normalise('/reset?k=5&page=2').authCode).toBe('');
    expect(normalise('/login-actions/authenticate?session_code=Zk3vN8xQ2hT7&tab_id=a1').authCode).toBe('');
  });

  test('secrets inside JSON are hidden, and what is too deep is not kept', () => {
    const json = {
      email: 'bob@example.com',
      auth: { password: 'hunter2hunter2' },
      deep: [[[[{ token: 'abcdef99' }]]]],
    };
    const event = normalise(`/graphql?variables=${encodeURIComponent(JSON.stringify(json))}`);
    for (const leak of ['bob', 'hunter2', 'abcdef99']) expect(JSON.stringify(event)).not.toContain(leak);
    expect(decodeURIComponent(event.query)).toContain(`"email":"${pseudonym(KEY, 'bob@example.com')}"`);
  });
});

describe('authentication', () => {
  const post = (target: string, status: number) => {
    const { authEvent, authOutcome, authFrom, authAttempts } = normalise(target, { method: 'POST', status });
    return [authEvent, authOutcome, authFrom, authAttempts];
  };

  test.each([
    ['/login', 'login'],
    ['/api/v1/auth/login', 'login'],
    ['/users/sign_in', 'login'],
    ['/j_spring_security_check', 'login'],
    ['/auth/magic-link', 'reset'],
    ['/mobile/verifyPin', 'otp'],
    ['/signin.php', 'login'],
    ['/api/sessions', 'login'],
    ['/oauth/token', 'login'],
    ['/realms/master/protocol/openid-connect/token', 'login'],
    ['/tokens/verify', ''],
    ['/sessions/17', ''],
    ['/sessions/17/messages', ''],
    ['/connect/token', 'login'],
    ['/api/auth', 'login'],
    ['/auth/callback/credentials', 'login'],
    ['/signup', 'signup'],
    ['/api/auth/register', 'signup'],
    ['/forgot-password', 'reset'],
    ['/password/reset', 'reset'],
    ['/account/password/reset/confirm', 'otp'],
    ['/identity/v2/pin-reset', 'reset'],
    ['/identity/v2/pin-reset/confirm', 'otp'],
    ['/auth/otp/verify', 'otp'],
    ['/auth/verify', 'otp'],
    ['/2fa', 'otp'],
    ['/my-account/', 'login'],
    ['/mein-konto', 'login'],
    ['/my-account/orders', ''],
    ['/logout', ''],
    ['/auth/refresh', ''],
    ['/orders', ''],
    ['/payments/verify', ''],
    ['/counters/7/reset', ''],
    ['/authors', ''],
    ['/blog/register-your-product/comments', ''],
  ])('POST %s is “%s”', (target, event) => {
    expect(post(target, 401)[0]).toBe(event);
  });

  test('outcome by status', () => {
    for (const status of [400, 401, 403, 409, 422, 423, 429])
      expect(post('/login', status)).toEqual(['login', 'failure', 'inferred', 1]);
    for (const status of [200, 201, 204, 302, 500, 503]) expect(post('/login', status)[1]).toBe('');
  });

  test('a login path that does not exist is not one', () => {
    expect(post('/wp-login.php', 404)[0]).toBe('');
    expect(normalise('/login').authEvent).toBe('');
  });

  test('operations name logins where routes do not', () => {
    expect(normalise('/graphql', { method: 'POST', graphqlOperation: 'SignIn' }).authEvent).toBe('login');
    expect(normalise('/graphql', { method: 'POST', graphqlOperation: 'SignIn' }).authOutcome).toBe('');
    expect(normalise('/a.Auth/Login', { method: 'POST', rpcOperation: 'a.Auth/Login' }).authEvent).toBe('login');
    expect(normalise('/graphql', { method: 'POST', graphqlOperation: 'GetOrders' }).authEvent).toBe('');
  });

  test.each([
    ['/anmelden', 'login'],
    ['/konto/einloggen', 'login'],
    ['/fr/connexion', 'login'],
    ['/se-connecter', 'login'],
    ['/iniciar-sesion', 'login'],
    ['/entrar', 'login'],
    ['/accedi', 'login'],
    ['/inloggen', 'login'],
    ['/zaloguj-sie/logowanie', 'login'],
    ['/giri%C5%9F', 'login'],
    ['/p%C5%99ihl%C3%A1%C5%A1en%C3%AD', 'login'],
    ['/%D0%B2%D0%BE%D0%B9%D1%82%D0%B8', 'login'],
    ['/%E3%83%AD%E3%82%B0%E3%82%A4%E3%83%B3', 'login'],
    ['/%E7%99%BB%E5%BD%95', 'login'],
    ['/inscription', 'signup'],
    ['/passwort-vergessen', 'reset'],
    ['/mot-de-passe-oublie', 'reset'],
    ['/index.php?route=account/login', 'login'],
    ['/wp-login.php?action=lostpassword', 'reset'],
    ['/index.php?option=com_users&task=user.login', 'login'],
    ['/api?method=user.signIn', 'login'],
    ['/index.php?action=export', ''],
    ['/bestellungen', ''],
  ])('POST %s is “%s”, too', (target, event) => {
    expect(post(target, 401)[0]).toBe(event);
  });

  test('a password beside it makes `user` the name of one who logs in', () => {
    const event = normalise('/login?user=Bob&password=x', { status: 401 });
    expect(event.authIdentifier).toBe(pseudonym(KEY, 'bob'));
    expect(event.query).not.toContain('Bob');
  });

  test('HTTP authentication: the first request that is let in is the login, once the service refuses anybody', () => {
    const normaliser = createNormaliser({ pseudonymKey: KEY });
    const ask = (user: string, status: number, startMs: number) => {
      const event = normaliser.normalise(raw('/console', { user, status, startMs }));
      return `${event.authEvent} ${event.authOutcome}`;
    };
    const day = 24 * 3_600_000;
    expect(ask('bob', 200, 1000)).toBe(' ');
    expect(ask('', 401, 2000)).toBe(' ');
    expect(ask('bob', 200, 3000)).toBe('login success');
    expect(ask('bob', 200, 4000)).toBe(' ');
    expect(ask('bob', 401, 5000)).toBe('login failure');
    expect(ask('bob', 200, 6000)).toBe('login success');
    expect(ask('bob', 200, 6000 + day)).toBe('login success');
  });

  test('credentials in a query', () => {
    expect(normalise('/login?username=bob&password=x', { status: 401 })).toMatchObject({
      authEvent: 'login',
      authOutcome: 'failure',
      authIdentifier: pseudonym(KEY, 'bob'),
    });
  });

  test('a token that is renewed is no login, where that shows', () => {
    const ask = (fields: Partial<RawRequest>) =>
      normalise('/realms/a/protocol/openid-connect/token', { method: 'POST', status: 400, ...fields }).authEvent;
    expect(ask({ requestBytes: 180 })).toBe('login');
    expect(ask({ requestBytes: 1100 })).toBe('');
    expect(ask({ fingerprint: '9f86d081884c7d65' })).toBe('');
    expect(ask({ fingerprint: '9f86d081884c7d65', authEvent: 'login' })).toBe('login');
    expect(normalise('/login', { method: 'POST', requestBytes: 1100 }).authEvent).toBe('login');
  });

  test('of two places for a lost password the one that is not asked for mail takes the code', () => {
    const normaliser = createNormaliser({ pseudonymKey: KEY });
    const ask = (path: string, status: number) => normaliser.normalise(raw(path, { method: 'POST', status })).authEvent;
    expect(ask('/password/reset', 400)).toBe('reset');
    expect(ask('/password/forgot', 429)).toBe('reset');
    expect(ask('/password/reset', 400)).toBe('reset');
    expect(ask('/password/forgot', 200)).toBe('reset');
    expect(ask('/password/reset', 400)).toBe('otp');
    expect(ask('/forgot-password/reset', 400)).toBe('reset');
  });

  test('what the agent says holds', () => {
    expect(
      normalise('/login', {
        method: 'POST',
        status: 401,
        authEvent: 'login',
        authOutcome: 'success',
        authIdentifier: 'x',
        authAttempts: 5,
      }),
    ).toMatchObject({ authFrom: 'agent', authOutcome: 'success', authIdentifier: 'x', authAttempts: 5 });
  });

  test('HTTP authentication in an access log', () => {
    expect(normalise('/a', { user: 'Bob', status: 401 })).toMatchObject({
      actor: '',
      authEvent: 'login',
      authOutcome: 'failure',
      authIdentifier: pseudonym(KEY, 'bob'),
    });
    expect(normalise('/a', { user: 'Bob' })).toMatchObject({
      actor: pseudonym(KEY, 'bob'),
      actorKind: 'user',
      authEvent: '',
    });
  });
});

describe('actors', () => {
  test('exactly as it came, or as a pseudonym', () => {
    expect(normalise('/', { enduserPseudoId: 'User-7', enduserId: 'x' })).toMatchObject({
      actor: 'User-7',
      actorKind: 'user',
    });
    expect(normalise('/', { enduserId: 'bob@x.org' }).actor).toBe(pseudonym(KEY, 'bob@x.org'));
    expect(normalise('/', { session: 'S3cret' }).session).toBe(pseudonym(KEY, 'S3cret'));
    expect(normalise('/', { session: '0123456789abcdef' }).session).toBe('0123456789abcdef');
    expect(normalise('/?api_key=K123')).toMatchObject({ actor: pseudonym(KEY, 'K123'), actorKind: 'api_key' });
    expect(normalise('/')).toMatchObject({ actor: '', actorKind: '' });
  });
});

test('no target throws, and nothing grows past its bounds', () => {
  const normaliser = createNormaliser({ pseudonymKey: KEY });
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      (target, route) => {
        const event = normaliser.normalise(raw(target, { route, method: 'POST' }));
        expect(event.objects.length).toBeLessThanOrEqual(64);
        expect(event.path.length).toBeLessThanOrEqual(2048);
      },
    ),
    { numRuns: 3000 },
  );
});
