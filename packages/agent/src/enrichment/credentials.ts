import type { AuthEvent } from '@vedette/protocol';
import { splitTarget } from '../request-target.js';
import { type JsonField, jsonFields } from './json-fields.js';
import { isMultipart, multipartFields } from './multipart.js';

/** What a request body says about an authentication attempt. Raw values; they leave only as pseudonyms. */
export interface Credentials {
  /** Account that was tried, or `''`. */
  readonly identifier: string;
  /** One-time code or token that was tried, or `''`. */
  readonly code: string;
  readonly hasPassword: boolean;
  /** Scalars in the body; login forms have few. */
  readonly fieldCount: number;
  /** OAuth 2.0 grant type (RFC 6749), or `''`. */
  readonly grantType: string;
}

export const NO_CREDENTIALS: Credentials = {
  identifier: '',
  code: '',
  hasPassword: false,
  fieldCount: 0,
  grantType: '',
};

/** Names of the field that holds the account, best first; compared without case, `_`, `-` and `.`. */
const IDENTIFIER_FIELDS = (
  'email emailaddress useremail mail username userid user login loginid loginname loginemail identifier identity account accountid ' +
  'accountname accountnumber customernumber phone phonenumber mobile mobilenumber msisdn tel jusername log principal ' +
  'membernumber uid uname handle nickname name clientid'
).split(' ');
const IDENTIFIER_RANK = new Map(IDENTIFIER_FIELDS.map((name, rank) => [name, rank]));
const PASSWORD_FIELD =
  /^(?:j|user|login|account|new|current)?(?:password|passwd|passphrase|passcode|pass|pwd|pin|psw|kennwort|passwort)$|^secret$|^clientsecret$/;
const CODE_FIELD =
  /^(?:code|otp|totp|token|pin|mfacode|mfatoken|otpcode|totpcode|smscode|authcode|onetimecode|onetimepassword|twofactorcode|twofatoken|verificationcode|verificationtoken|securitycode|confirmationcode|resettoken|passwordresettoken|resetcode|backupcode|recoverycode)$/;

const MAX_FIELDS = 200;
const MAX_DEPTH = 4;
/** Longest identifier or code that is believed, characters. */
const MAX_IDENTIFIER = 320;

/**
 * @param prefix the first characters of a request body
 * @param contentType value of its `Content-Type`
 */
export function readCredentials(prefix: string, contentType: string): Credentials {
  if (prefix === '') return NO_CREDENTIALS;
  return credentialsOf(fieldsOf(prefix, contentType));
}

function fieldsOf(prefix: string, contentType: string): readonly JsonField[] {
  if (isForm(contentType)) return formFields(new URLSearchParams(prefix));
  if (isMultipart(contentType)) {
    return formFields(multipartFields(prefix, contentType).map(({ name, value }) => [name, value]));
  }
  return jsonFields(prefix, { maxFields: MAX_FIELDS, maxDepth: MAX_DEPTH });
}

export function isForm(contentType: string): boolean {
  return /^\s*application\/x-www-form-urlencoded\b/i.test(contentType);
}

export function isJson(contentType: string): boolean {
  return /^\s*application\/(?:[a-z0-9.+-]+\+)?json\b/i.test(contentType);
}

/** What scalars say, wherever they stood. */
export function credentialsOf(fields: readonly JsonField[]): Credentials {
  let identifier = '';
  let rank = Number.POSITIVE_INFINITY;
  let code = '';
  let grantType = '';
  let hasPassword = false;
  for (const { key, kind, text } of fields) {
    if (kind === 'literal' || text === '' || text.length > MAX_IDENTIFIER) continue;
    const name = plainName(key);
    if (PASSWORD_FIELD.test(name)) hasPassword = true;
    else if (name === 'granttype') grantType = text;
    const fieldRank = IDENTIFIER_RANK.get(name);
    if (fieldRank !== undefined && fieldRank < rank) {
      rank = fieldRank;
      identifier = text;
    }
    if (code === '' && CODE_FIELD.test(name)) code = text;
  }
  return { identifier, code, hasPassword, fieldCount: fields.length, grantType };
}

function formFields(form: Iterable<readonly [name: string, value: string]>): JsonField[] {
  const fields: JsonField[] = [];
  for (const [name, value] of form) {
    if (fields.length >= MAX_FIELDS) break;
    // `user[email]` and `user.email` are members of `user`.
    const key = /(?:\[|\.|^)([^[\].]+)\]?$/.exec(name.slice(0, 256))?.[1] ?? name.slice(0, 256);
    fields.push({ key, kind: 'string', text: value, depth: 1, inArray: false });
  }
  return fields;
}

function plainName(key: string): string {
  return key
    .slice(0, 64)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}

const STRONG_SEGMENTS: readonly [RegExp, AuthEvent][] = [
  [
    /^(?:log-?in|sign-?in|log-?on|signin|authenticate|j-spring-security-check|wp-login|do-?login|user-?login)$/,
    'login',
  ],
  [/^(?:sign-?up|register|registration|registrations|create-?account|join)$/, 'signup'],
  [
    /^(?:reset|password-?reset|reset-?password|forgot|forgot-?password|forgotten-?password|password-?forgot|recover|recovery|recover-?password|lost-?password)$/,
    'reset',
  ],
  [
    /^(?:otp|totp|mfa|2fa|two-?factor|one-?time-?(?:code|password)|verify-?(?:otp|code|mfa|2fa)|second-?factor)$/,
    'otp',
  ],
];
const TOKEN_SEGMENT = /^(?:auth|session|sessions|user-?session|token|tokens|oauth2?|connect|access-?token)$/;
const ACCOUNT_SEGMENT = /^(?:users?|accounts?|customers?|members?|profiles?)$/;
const PASSWORD_SEGMENT = /^(?:password|passwords|credentials)$/;
const VERIFY_SEGMENT = /^(?:verify|verification|confirm|confirmation|code|codes|challenge|redeem)$/;

/** Scalars in a body that is a login by its shape alone. */
const MAX_LOGIN_FIELDS = 6;

/** Whether a path could be that of an authentication request, so that its body is worth keeping. */
export function isAuthPath(target: string): boolean {
  return segmentsOf(target).some(
    (segment) =>
      STRONG_SEGMENTS.some(([pattern]) => pattern.test(segment)) ||
      TOKEN_SEGMENT.test(segment) ||
      ACCOUNT_SEGMENT.test(segment) ||
      PASSWORD_SEGMENT.test(segment) ||
      VERIFY_SEGMENT.test(segment),
  );
}

/**
 * Which authentication event a request is, by its path and the shape of its body.
 *
 * The right-most telling segment decides (`/login/otp` is a one-time code, `/users/password/reset` a reset); segments
 * that also name other things (`session`, `users`, `verify`) count only with the body that belongs to them. A small body
 * that holds an account and a password and nothing else is a login wherever it is sent.
 *
 * @returns `''` for any other request
 */
export function classifyAuth(method: string, target: string, body: Credentials): AuthEvent | '' {
  if (method !== 'POST' && method !== 'PUT' && method !== 'PATCH') return '';
  if (/^(?:refresh_token|authorization_code|.*device_code|.*token-exchange)$/.test(body.grantType)) return '';
  const { identifier, hasPassword, code } = body;
  const segments = segmentsOf(target);
  for (let i = segments.length - 1; i >= 0; i--) {
    const segment = segments[i] ?? '';
    const strong = STRONG_SEGMENTS.find(([pattern]) => pattern.test(segment))?.[1];
    if (strong) return strong;
    if (VERIFY_SEGMENT.test(segment) && code !== '' && !hasPassword) return 'otp';
    if (TOKEN_SEGMENT.test(segment) && identifier !== '' && hasPassword) return 'login';
    if (PASSWORD_SEGMENT.test(segment) && identifier !== '' && !hasPassword) return 'reset';
    if (
      ACCOUNT_SEGMENT.test(segment) &&
      i === segments.length - 1 &&
      method === 'POST' &&
      identifier !== '' &&
      hasPassword
    ) {
      return 'signup';
    }
  }
  return identifier !== '' && hasPassword && body.fieldCount <= MAX_LOGIN_FIELDS ? 'login' : '';
}

/** The last segments of a path, lower case, without file extension and verb prefixes such as `users:`. */
function segmentsOf(target: string): readonly string[] {
  return splitTarget(target.slice(0, 1024))
    .path.toLowerCase()
    .split('/')
    .filter((segment) => segment !== '')
    .slice(-6)
    .map((segment) =>
      segment
        .replace(/^.*:/, '')
        .replace(/\.[a-z]{2,5}$/, '')
        .replaceAll('_', '-'),
    );
}
