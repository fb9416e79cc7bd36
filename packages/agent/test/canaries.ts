const jwtPart = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Secrets of every kind; each would be recognised in any byte that leaves, see {@link formsOf}. */
export const CANARY = {
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
  objectKey: 'canaryObjectKey "quoted" über',
  card: '4111111111111111',
  iban: 'DE89370400440532013000',
  cpf: '529.982.247-25',
  text: 'canary plain text body',
  graphql: 'canaryGraphqlArgument',
  fileName: 'canary-file-name.pdf',
  errorMessage: 'canary message of an error',
  subprotocol: 'canarySubprotocolToken9',
} as const;

const JWT = `${jwtPart({ alg: 'HS256' })}.${jwtPart({ sub: CANARY.jwtSubject, email: CANARY.email })}.c2lnbmF0dXJl`;

/** A request to the service under test. */
export interface CanaryRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a secret could be written; all in lower case, as the search ignores case. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const middle = secret.slice(3, -3);
  const forms = [
    secret,
    encodeURIComponent(secret),
    Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    bytes.toString('hex'),
    JSON.stringify(secret).slice(1, -1),
    Array.from(secret, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    Buffer.from(secret, 'utf16le').toString('latin1'),
    ...[0, 1, 2].flatMap((offset) => [base64At(bytes, offset, 'base64'), base64At(bytes, offset, 'base64url')]),
    // A part of it is too much as well; a short code may be part of a number by chance.
    ...(middle.length >= 8 ? [middle] : []),
  ];
  return forms.map((form) => Buffer.from(form).toString('latin1').toLowerCase());
}

/** What stands in base64 wherever the bytes begin at this offset within three: without the characters it shares. */
function base64At(bytes: Buffer, offset: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString(encoding)
    .replace(/=+$/, '');
  const shared = (offset + bytes.length) % 3 === 0 ? 0 : 1;
  return text.slice(offset === 0 ? 0 : offset + 1, text.length - shared);
}

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

function post(path: string, headers: Readonly<Record<string, string>>, body: unknown): CanaryRequest {
  return { method: 'POST', path, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

function get(path: string, headers: Readonly<Record<string, string>> = {}): CanaryRequest {
  return { method: 'GET', path, headers, body: '' };
}

function form(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString();
}

const BOUNDARY = 'boundary-of-the-test';

function multipart(fields: Readonly<Record<string, string>>): string {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file =
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="${CANARY.fileName}"\r\n` +
    `content-type: text/plain\r\n\r\n${CANARY.text}\r\n`;
  return `${parts.join('')}${file}--${BOUNDARY}--\r\n`;
}

/** Secrets in every place of a request, and through `/echo` in every place of a response. */
export function canaryRequests(): readonly CanaryRequest[] {
  const multipartType = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
  const login = { email: CANARY.email, password: CANARY.password };
  const mutation = `mutation { login(email: "${CANARY.email}", password: "${CANARY.password}", hint: "${CANARY.graphql}") { token } }`;
  return [
    post('/login', JSON_TYPE, login),
    post('/login', JSON_TYPE, { user: { username: CANARY.username, password: CANARY.password } }),
    post('/login', FORM_TYPE, form({ username: CANARY.username, password: CANARY.password })),
    post('/login', JSON_TYPE, { phone: CANARY.phone, password: 'correct' }),
    post('/login', JSON_TYPE, `{"email":"${CANARY.email}","password":"${CANARY.password}`),
    post('/login', multipartType, multipart(login)),
    post('/signup', JSON_TYPE, { ...login, name: CANARY.username }),
    post('/password/reset', JSON_TYPE, { email: CANARY.email, token: CANARY.hexToken }),
    post('/otp', JSON_TYPE, { phone: CANARY.phone, code: CANARY.otp }),
    post('/graphql', JSON_TYPE, { query: mutation }),
    post('/graphql', JSON_TYPE, {
      query:
        'mutation Login($email: String!, $password: String!) { login(email: $email, password: $password) { token } }',
      operationName: 'Login',
      variables: login,
    }),
    post('/graphql', JSON_TYPE, [{ query: mutation }, { query: mutation.replace(CANARY.email, CANARY.username) }]),
    get(`/graphql?query=${encodeURIComponent(`{user(nick:"${CANARY.username}"){id}}`)}`),
    get(`/graphql?query={user(nick:%22${CANARY.username}%22&variables={%22nick%22:%22${CANARY.username}%22}`),
    get(`/graphql?query=${encodeURIComponent(`{ user(email: "${CANARY.email}", key: "${CANARY.graphql}") { id } }`)}`),
    post('/echo', JSON_TYPE, {
      [CANARY.objectKey]: CANARY.text,
      [CANARY.email]: { [CANARY.hexToken]: 1 },
      userId: CANARY.email,
      ids: [CANARY.hexToken, CANARY.pathToken],
      token: JWT,
      cards: [CANARY.card, CANARY.iban, CANARY.cpf],
    }),
    post('/echo', JSON_TYPE, [{ id: CANARY.email, apiKey: CANARY.apiKey, password: CANARY.password }]),
    post('/echo', { 'content-type': 'text/plain' }, `${CANARY.text} ${CANARY.card} ${CANARY.email} ${JWT}`),
    post('/echo', FORM_TYPE, form({ [CANARY.objectKey]: CANARY.text, cpf: CANARY.cpf })),
    post('/echo', multipartType, multipart({ [CANARY.username]: CANARY.iban, password: CANARY.password })),
    post('/fail', JSON_TYPE, { message: CANARY.errorMessage }),
    get('/orders', { authorization: `Bearer ${JWT}` }),
    get('/orders', { authorization: `Bearer ${CANARY.opaqueBearer}` }),
    get('/orders', { authorization: `ApiKey ${CANARY.apiKey}` }),
    get('/orders', { 'x-api-key': CANARY.apiKey }),
    get('/orders', {
      authorization: `Basic ${Buffer.from(`${CANARY.username}:${CANARY.basicPassword}`).toString('base64')}`,
    }),
    get('/orders', { cookie: `theme=dark; connect.sid=s%3A${CANARY.cookie}.sig; session=${CANARY.cookie}` }),
    get('/orders', { cookie: `auth_token=${JWT}` }),
    get('/orders', { 'x-secret-header': CANARY.header, referer: `http://x/?token=${CANARY.queryToken}` }),
    get('/orders', {
      [`x-${CANARY.username.replace('_', '-')}-key`]: CANARY.header,
      origin: `http://${CANARY.header}`,
    }),
    get('/orders', {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: `v=${CANARY.queryToken}`,
      baggage: `user=${CANARY.email}`,
    }),
    get(`/orders?token=${CANARY.queryToken}&apiKey=${CANARY.apiKey}&session_id=${CANARY.cookie}`),
    get(`/orders?q=${CANARY.hexToken}&next=${encodeURIComponent(`/a?token=${CANARY.queryToken}`)}`),
    get(`/orders?email=${encodeURIComponent(CANARY.email)}&username=${CANARY.username}&to=${CANARY.email}`),
    get(`/orders?jwt=${JWT}&x=${JWT}&${JWT}&${CANARY.email}=1`),
    get(`/orders?p=${encodeURIComponent(encodeURIComponent(CANARY.email))}&password=${CANARY.password}`),
    get(`/reset/${CANARY.pathToken}`),
    get(`/reset/${CANARY.hexToken}?code=${CANARY.otp}`),
    get(`/users/${CANARY.email}/orders/${CANARY.pathToken}`),
    get(`/orders/x;jsessionid=${CANARY.cookie}`),
    get(`/nowhere/${CANARY.pathToken}/${JWT}`),
    get(`/invite/${CANARY.hexToken.slice(0, 12)}`),
    get(`/live?token=${CANARY.queryToken}`, {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
      'sec-websocket-protocol': `vedette.v1, bearer.${CANARY.subprotocol}`,
    }),
  ];
}
