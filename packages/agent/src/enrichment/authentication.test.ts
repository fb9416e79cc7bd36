import { describe, expect, test } from 'vitest';
import { scanHeaders } from '../request-headers.js';
import { readActor } from './actor.js';
import { sessionCookieAfter } from './cookies.js';
import { classifyAuth, readCredentials } from './credentials.js';
import { authOutcome } from './outcome.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const EMPTY = readCredentials('', JSON_TYPE);

function classified(path: string, body: unknown, type = JSON_TYPE, method = 'POST'): string {
  const credentials = readCredentials(typeof body === 'string' ? body : JSON.stringify(body), type);
  return [classifyAuth(method, path, credentials), credentials.identifier].join(' ').trim();
}

describe('authentication events by path and body', () => {
  test.each<[string, unknown, string]>([
    ['/login', { email: 'bob', password: 'x' }, 'login bob'],
    ['/api/v1/auth/sign-in', { user: { username: 'bob', pwd: 'x' } }, 'login bob'],
    ['/users/sign_in.json', { user: { login: 'bob', password: 'x' } }, 'login bob'],
    ['/sessions', { email: 'bob', password: 'x' }, 'login bob'],
    ['/auth', { phoneNumber: 491701234567, pin: '1234' }, 'login 491701234567'],
    ['/enter', { name: 'n', email: 'bob', password: 'x' }, 'login bob'],
    ['/users', { email: 'bob', password: 'x', name: 'Bob' }, 'signup bob'],
    ['/register', { email: 'bob', password: 'x' }, 'signup bob'],
    ['/password/reset', { email: 'bob' }, 'reset bob'],
    ['/users/password', { email: 'bob' }, 'reset bob'],
    ['/forgot-password', { email: 'bob' }, 'reset bob'],
    ['/login/otp', { email: 'bob', code: '123456' }, 'otp bob'],
    ['/verify', { phone: '1', code: '123456' }, 'otp 1'],
    ['/me/password', { oldPassword: 'x', newPassword: 'y' }, ''],
    ['/logout', {}, ''],
    ['/orders', { productId: 1, name: 'bob' }, 'bob'],
    ['/refresh', { grant_type: 'refresh_token', client_id: 'app', client_secret: 's' }, 'app'],
  ])('POST %s %j is %s', (path, body, expected) => {
    expect(classified(path, body)).toBe(expected);
  });

  test('forms, also nested ones, and OAuth password grants', () => {
    expect(classified('/login', 'user%5Bemail%5D=bob%40example.com&user%5Bpassword%5D=x', FORM_TYPE)).toBe(
      'login bob@example.com',
    );
    expect(classified('/oauth/token', 'grant_type=password&username=bob&password=x', FORM_TYPE)).toBe('login bob');
    expect(
      classified('/oauth/token', 'grant_type=authorization_code&code=x&client_id=y&client_secret=z', FORM_TYPE),
    ).toBe('y');
  });

  test('a body that was cut off still names the account', () => {
    expect(classified('/login', '{"email":"bob@example.com","password":"hun')).toBe('login bob@example.com');
  });

  test('reading and deleting are none', () => {
    expect(classified('/login', { email: 'bob', password: 'x' }, JSON_TYPE, 'GET')).toBe('bob');
  });
});

describe('outcome', () => {
  const response = { status: 200, setCookies: [], location: '', contentType: JSON_TYPE, bodyPrefix: '' };
  test.each([
    [{ status: 401 }, 'failure'],
    [{ status: 422 }, 'failure'],
    [{ status: 429 }, 'failure'],
    [{ status: 503 }, ''],
    [{ status: 0 }, ''],
    [{ bodyPrefix: '{"token":"abcdefgh12345678"}' }, 'success'],
    [{ bodyPrefix: '{"data":{"accessToken":"abcdefgh12345678","user":{"id":1}}}' }, 'success'],
    [{ bodyPrefix: '{"success":false,"token":"abcdefgh12345678"}' }, 'failure'],
    [{ bodyPrefix: '{"errors":["wrong"]}', setCookies: ['connect.sid=abc'] }, 'failure'],
    [{ bodyPrefix: '{"error":null,"user":{"id":1}}', setCookies: ['connect.sid=abc; Path=/'] }, 'success'],
    [{ setCookies: ['theme=dark'] }, ''],
    [{ setCookies: ['session=; Max-Age=0'] }, ''],
    [{ setCookies: ['session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT'] }, ''],
    [{ status: 302, location: '/account', setCookies: ['session=abc'] }, 'success'],
    [{ status: 302, location: '/login?error=1', setCookies: ['session=abc'] }, 'failure'],
    [{ status: 303, location: '/', setCookies: [] }, ''],
    [{ contentType: 'text/html', bodyPrefix: '<input type="password" name="p">' }, 'failure'],
    [{ contentType: 'text/html', bodyPrefix: '<h1>Welcome</h1>' }, ''],
  ])('login answered %j: %s', (given, expected) => {
    expect(authOutcome('login', { ...response, ...given })).toBe(expected);
  });

  test('a signup that is accepted is a success without a session', () => {
    expect(authOutcome('signup', { ...response, status: 201 })).toBe('success');
  });
});

test.each([
  ['', ['connect.sid=new; Path=/; HttpOnly'], 'new'],
  ['connect.sid=old', ['theme=dark', 'connect.sid=new'], 'new'],
  ['connect.sid=old', ['theme=dark'], ''],
  ['connect.sid=old', [], ''],
  ['connect.sid=old', ['connect.sid=; Max-Age=0'], ''],
  ['connect.sid=old', ['connect.sid=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'sid=new'], 'new'],
  ['a=b; jwt=kept; connect.sid=old', ['connect.sid=new'], 'kept'],
  ['a=b; connect.sid=old; jwt=kept', ['jwt=other', 'connect.sid=new'], 'new'],
  ['', ['sid=first', 'access_token=second'], 'first'],
  ['', ['sid=wrong', 'sid=right', '=', 'sid'], 'right'],
])('cookies %j, of which the answer sets %j: the next request brings %j', (header, setCookies, expected) => {
  expect(sessionCookieAfter(header, setCookies)).toBe(expected);
});

describe('actor', () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const jwt = (claims: object) => `${part({ alg: 'none' })}.${part(claims)}.sig`;
  const token = jwt({ sub: 'user-7', sid: 's-1' });

  test.each([
    [{ authorization: `Bearer ${token}` }, { id: 'user-7', kind: 'user', session: 's-1' }],
    [{ authorization: `Bearer ${jwt({ sub: 7 })}` }, { id: '7', kind: 'user', session: jwt({ sub: 7 }) }],
    [{ authorization: `bearer ${jwt({ client_id: 'app' })}` }, { id: 'app', kind: 'api_key', session: '' }],
    [{ authorization: 'Bearer opaque' }, { id: 'opaque', kind: 'api_key', session: '' }],
    [{ authorization: 'ApiKey k-1' }, { id: 'k-1', kind: 'api_key', session: '' }],
    [{ authorization: `Basic ${btoa('bob:secret')}` }, { id: 'bob', kind: 'user', session: '' }],
    [{ 'x-api-key': 'k-2' }, { id: 'k-2', kind: 'api_key', session: '' }],
    [{ cookie: 'a=b; connect.sid=s%3Aabc.def' }, { id: 's%3Aabc.def', kind: 'session', session: 's%3Aabc.def' }],
    [{ cookie: `auth_token=${token}` }, { id: 'user-7', kind: 'user', session: token }],
    [
      { cookie: 'session=abc', authorization: `Bearer ${token}` },
      { id: 'user-7', kind: 'user', session: 'abc' },
    ],
    [{ cookie: 'csrf_token=abc; _ga=1' }, { id: '', kind: '', session: '' }],
    [{ authorization: 'Bearer eyJ.eyJbad.' }, { id: 'eyJ.eyJbad.', kind: 'api_key', session: '' }],
    [{ authorization: 'Basic !!!' }, { id: '', kind: '', session: '' }],
    [{}, { id: '', kind: '', session: '' }],
  ])('%j', (headers, expected) => {
    expect(readActor(scanHeaders(Object.entries(headers).flat(), '1.1', ''))).toMatchObject(expected);
  });
});

test('an empty body says nothing', () => {
  expect(EMPTY).toMatchObject({ identifier: '', hasPassword: false });
});
