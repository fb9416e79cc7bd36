import type { AuthEvent, AuthOutcome } from '@vedette/protocol';
import { BoundedCache } from '../bounded-cache.js';
import { wordsOf } from './parameter-name.js';

const cache = new BoundedCache<string, AuthEvent | ''>(8192);
/** Longer names are not remembered, so that clients cannot choose how large the memory gets. */
const MAX_CACHED = 200;

/**
 * The authentication event that a path, template or operation names, for services whose spans do not say. The last
 * segment that says anything decides: `/users/sign_in`, `/api/auth/login`, `/oauth/token`, `/password/reset/{token}`.
 */
export function authEventOf(route: string, operation: string): AuthEvent | '' {
  const key = operation === '' ? route : `${route}\u0000${operation}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const event = operation === '' ? ofSegments(route.split('/')) : ofSegments(operation.split(/[/.]/));
  if (key.length <= MAX_CACHED) cache.set(key, event);
  return event;
}

/** Requests that can be an attempt: a write, or a read that carries credentials in its query. */
export function canBeAttempt(method: string, hasPassword: boolean): boolean {
  return method === 'POST' || hasPassword;
}

/**
 * How an inferred attempt ended, told by its status alone. A redirect may mean either, and so may GraphQL's 200, which
 * carries its errors in the body: both stay undecided. Services that answer 200 both ways show the difference in size
 * or redirect, which has to be learned per route before this function can use it; until then a 2xx counts as success.
 */
export function outcomeOf(status: number, isGraphql: boolean): AuthOutcome {
  if (status >= 200 && status < 300) return isGraphql ? '' : 'success';
  switch (status) {
    case 400:
    case 401:
    case 403:
    case 404:
    case 409:
    case 422:
    case 423:
    case 429:
      return 'failure';
    default:
      return '';
  }
}

function ofSegments(segments: readonly string[]): AuthEvent | '' {
  const named = segments.filter((segment) => segment !== '').slice(-8);
  const endsInId = isParameter(named.at(-1) ?? '');
  const literals = named.filter((segment) => !isParameter(segment));
  for (let i = literals.length - 1; i >= 0; i--) {
    const words = wordsOf(literals[i]!.replace(/\.(?:php|aspx?|do|action|jsp|json)$/i, ''));
    const joined = words.join('');
    if (words.some((word) => NEVER.has(word)) || NEVER.has(joined)) return '';
    const has = (set: ReadonlySet<string>) => set.has(joined) || words.some((word) => set.has(word));
    if (has(OTP)) return 'otp';
    if (has(RESET)) return 'reset';
    if (has(SIGNUP)) return 'signup';
    if (has(LOGIN)) return 'login';
    const before = literals.slice(0, i).flatMap(wordsOf);
    const after = literals.slice(i + 1).map((segment) => segment.toLowerCase());
    if (joined === 'token' && !endsInId && after.length === 0) {
      return before.length === 0 || before.some((word) => TOKEN_PARENTS.has(word) || isVersion(word)) ? 'login' : '';
    }
    if (LOGIN_LAST.has(joined) && !endsInId && after.every((word) => STEPS.has(word))) return 'login';
    const isReset = before.some((word) => RESET_PARENTS.has(word));
    if (joined === 'reset' && (isReset || before.every((word) => TOKEN_PARENTS.has(word) || isVersion(word)))) {
      return 'reset';
    }
    if (joined === 'email' && before.at(-1) === 'password') return 'reset';
    if (VERIFY.has(joined) && !before.includes('reset') && before.some((word) => VERIFY_PARENTS.has(word)))
      return 'otp';
    if (!STEPS.has(joined) && !STEPS_OF_OTHERS.has(joined)) return '';
  }
  return '';
}

/** A parameter of a template, or a number in a path whose template is not known. */
function isParameter(segment: string): boolean {
  return segment.includes('{') || /^\d+$/.test(segment);
}

function isVersion(word: string): boolean {
  return /^v?\d+$/.test(word);
}

const LOGIN = new Set(
  'login signin logon authenticate loginuser userlogin dologin authlogin springsecuritycheck'.split(' '),
);
/** Words that mean a login only as the end of a path: creating a session, asking for a token. */
const LOGIN_LAST = new Set(['session', 'sessions', 'auth', 'authentication', 'authtoken', 'accesstoken', 'tokens']);
const TOKEN_PARENTS = new Set(
  'oauth oauth2 auth api connect openid openidconnect identity protocol realms rest account'.split(' '),
);
const SIGNUP = new Set('signup register registration registrations createaccount createuser joinus'.split(' '));
const RESET = new Set(
  'forgot forgotpassword resetpassword passwordreset lostpassword recoverpassword recovery recover requestpasswordreset'.split(
    ' ',
  ),
);
/** Beside one of these, `reset` resets a password and not a counter. */
const RESET_PARENTS = new Set('password passwords credentials forgot user users account accounts'.split(' '));
const OTP = new Set('otp totp 2fa mfa twofactor verifyotp verifycode otpverify checkcode twostep'.split(' '));
const VERIFY = new Set(['verify', 'verification', 'challenge', 'confirm']);
const VERIFY_PARENTS = new Set('auth login signin account email phone sms code signup user users factor'.split(' '));
/** Segments that say how, not what: the one before them decides. */
const STEPS = new Set(
  'submit password local credentials callback check process perform start begin new create complete finish post'.split(
    ' ',
  ),
);
/** The same where the segment before them is unmistakable. */
const STEPS_OF_OTHERS = new Set('request reset email verify confirm'.split(' '));
/** Words that end the search: not an attempt whatever stands around them. */
const NEVER = new Set(
  'logout signout logoff refresh revoke introspect introspection userinfo status resend setup enable disable available availability webhook webhooks settings config health metrics'.split(
    ' ',
  ),
);
