import { expect, test } from 'vitest';
import { Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

const jwtPart = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Secrets, each of which would be recognised in any byte that leaves: as written, in base64, in hex, percent-encoded,
 * lower-cased or in parts.
 */
const CANARY = {
  password: 'canaryPassword-Xq7',
  email: 'canary.person@mail.example',
  phone: '+4917012345678',
  username: 'canary_username',
  jwtSubject: 'canary-subject-1138',
  apiKey: 'canaryApiKey4f9a8b7c6d5e4f3a2b1c',
  opaqueBearer: 'canaryBearer.tok-99aa88bb77cc66dd',
  cookie: 'canaryCookie-s3ss10n-value',
  queryToken: 'canaryquerytoken',
  pathToken: 'canaryPathTok3n9f8e7d6c5b4a3',
  hexToken: 'ca9a27deadbeef0123456789abcdef0123456789',
  header: 'canary-header-value',
  basicPassword: 'canaryBasicPass',
  otp: '918273',
  setCookie: 'canary-session-cookie-value',
  issuedToken: 'canary-issued-token-4711',
  environment: 'canary-environment-secret',
  argument: 'canary-command-argument',
} as const;
const JWT = `${jwtPart({ alg: 'HS256' })}.${jwtPart({ sub: CANARY.jwtSubject, email: CANARY.email })}.c2lnbmF0dXJl`;

const apps = ['raw-app.mjs', 'express4-app.cjs', 'express5-app.mjs', 'fastify-app.mjs', 'koa-app.mjs', 'hono-app.mjs'];

test.each(apps)('%s: no secret leaves, in any byte', async (app) => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({
    app,
    args: [`--api-key=${CANARY.argument}`],
    env: {
      VEDETTE_URL: receiver.url,
      VEDETTE_TOKEN: 'ingest-token',
      VEDETTE_COMPRESSION: 'gzip',
      CANARY_SECRET: CANARY.environment,
    },
  });
  const requests = canaryRequests();
  for (const [path, init] of requests) await (await fetch(service.url + path, init)).arrayBuffer();
  await until(() => receiver.spans.length === requests.length);

  const outgoing = receiver.received.flatMap(({ path, rawHeaders, wire, body }) => [
    Buffer.from(path),
    Buffer.from(rawHeaders.join('\n')),
    wire,
    body,
  ]);
  expect(receiver.received.some(({ headers }) => headers['content-encoding'] === 'gzip')).toBe(true);
  const text = Buffer.concat(outgoing).toString('latin1').toLowerCase();
  for (const [name, secret] of Object.entries(CANARY)) {
    for (const form of formsOf(secret)) expect(text.includes(form.toLowerCase()), `${name} as ${form}`).toBe(false);
  }
  // The check sees what does leave.
  expect(text).toContain('/orders');
  // What was hidden still tells one account and one actor from another.
  const attributes = receiver.spans.map((span) => span.attributes);
  expect(new Set(attributes.map((one) => one['vedette.auth.identifier'])).size).toBeGreaterThan(3);
  expect(new Set(attributes.map((one) => one['enduser.pseudo.id'])).size).toBeGreaterThan(3);
  const operations = attributes.filter((one) => one['url.path'] === '/graphql');
  expect(operations.map((one) => one['graphql.operation.name'])).toEqual([
    'SignIn',
    undefined,
    'login',
    'login',
    'login',
  ]);
  expect(operations.map((one) => one['vedette.auth.attempts'])).toEqual([
    undefined,
    undefined,
    2,
    undefined,
    undefined,
  ]);
  expect(operations.slice(0, 4).map((one) => one['vedette.auth.event'])).toEqual(['login', 'login', 'login', 'login']);
});

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const middle = secret.slice(3, -3);
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    // A part of it is too much as well; a short code may be part of a number by chance.
    ...(middle.length >= 8 ? [middle] : []),
  ];
}

function canaryRequests(): [path: string, init: RequestInit][] {
  const json = { 'content-type': 'application/json' };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const post = (headers: Record<string, string>, body: string): RequestInit => ({ method: 'POST', headers, body });
  const get = (headers: Record<string, string> = {}): RequestInit => ({ headers });
  const account = { email: CANARY.email, password: CANARY.password };
  const graphqlLogin = 'mutation SignIn($email: S, $password: S) { login(email: $email, password: $password) { t } }';
  const inlineLogin = `mutation { login(username: "${CANARY.username}", password: "${CANARY.password}") { token } }`;
  return [
    ['/login', post(json, JSON.stringify({ email: CANARY.email, password: CANARY.password }))],
    ['/login', post(json, JSON.stringify({ user: { username: CANARY.username, password: CANARY.password } }))],
    ['/login', post(form, new URLSearchParams({ username: CANARY.username, password: CANARY.password }).toString())],
    ['/login', { method: 'POST', body: formData({ email: CANARY.email, password: CANARY.password }) }],
    ['/login', post(json, JSON.stringify({ phone: CANARY.phone, password: 'correct' }))],
    ['/login', post(json, `{"email":"${CANARY.email}","password":"${CANARY.password}`)],
    ['/signup', post(json, JSON.stringify({ email: CANARY.email, password: CANARY.password, name: CANARY.username }))],
    ['/password/reset', post(json, JSON.stringify({ email: CANARY.email, token: CANARY.hexToken }))],
    ['/otp', post(json, JSON.stringify({ phone: CANARY.phone, code: CANARY.otp }))],
    ['/graphql', post(json, JSON.stringify({ query: graphqlLogin, variables: { ...account, otp: CANARY.otp } }))],
    ['/graphql', post(json, JSON.stringify({ operationName: CANARY.pathToken, variables: { input: account } }))],
    ['/graphql', post(json, JSON.stringify([{ query: inlineLogin }, { query: inlineLogin }]))],
    ['/graphql', post({ 'content-type': 'application/graphql' }, inlineLogin)],
    [
      `/graphql?query=${encodeURIComponent(inlineLogin)}&variables=${encodeURIComponent(JSON.stringify(account))}`,
      get(),
    ],
    ['/orders', get({ authorization: `Bearer ${JWT}` })],
    ['/orders', get({ authorization: `Bearer ${CANARY.opaqueBearer}` })],
    ['/orders', get({ authorization: `ApiKey ${CANARY.apiKey}` })],
    ['/orders', get({ 'x-api-key': CANARY.apiKey })],
    ['/orders', get({ authorization: `Basic ${btoa(`${CANARY.username}:${CANARY.basicPassword}`)}` })],
    ['/orders', get({ cookie: `theme=dark; connect.sid=s%3A${CANARY.cookie}.sig; session=${CANARY.cookie}` })],
    ['/orders', get({ cookie: `auth_token=${JWT}` })],
    ['/orders', get({ 'x-secret-header': CANARY.header, referer: `http://x/?token=${CANARY.queryToken}` })],
    [
      '/orders',
      get({
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        tracestate: `v=${CANARY.queryToken}`,
        baggage: `user=${CANARY.email}`,
      }),
    ],
    [`/orders?token=${CANARY.queryToken}&apiKey=${CANARY.apiKey}&session_id=${CANARY.cookie}`, get()],
    [`/orders?q=${CANARY.hexToken}&next=${encodeURIComponent(`/a?token=${CANARY.queryToken}`)}`, get()],
    [`/orders?email=${encodeURIComponent(CANARY.email)}&username=${CANARY.username}&to=${CANARY.email}`, get()],
    [`/orders?jwt=${JWT}&x=${JWT}&${JWT}&${CANARY.email}=1`, get()],
    [`/orders?p=${encodeURIComponent(encodeURIComponent(CANARY.email))}&password=${CANARY.password}`, get()],
    [`/reset/${CANARY.pathToken}`, get()],
    [`/reset/${CANARY.hexToken}?code=${CANARY.otp}`, get()],
    [`/users/${CANARY.email}/orders/${CANARY.pathToken}`, get()],
    [`/orders/x;jsessionid=${CANARY.cookie}`, get()],
    [`/nowhere/${CANARY.pathToken}/${JWT}`, get()],
    [`/invite/${CANARY.hexToken.slice(0, 12)}#${CANARY.email}`, get()],
  ];
}

function formData(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}
