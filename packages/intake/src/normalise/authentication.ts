import type { AuthEvent, AuthOutcome } from '@vedette/protocol';
import { BoundedCache } from '../bounded-cache.js';
import { wordsOf } from './parameter-name.js';

const cache = new BoundedCache<string, AuthEvent | ''>(8192);

/**
 * The authentication event that a path, template or operation names, for services whose spans do not say. The last
 * segment that says anything decides: `/users/sign_in`, `/api/auth/login`, `/oauth/token`, `/password/reset/{token}`.
 */
export function authEventOf(route: string, operation: string): AuthEvent | '' {
  const key = operation === '' ? route : `${route}\u0000${operation}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const event = operation === '' ? ofSegments(route.split('/')) : ofSegments(operation.split(/[/.]/));
  cache.set(key, event);
  return event;
}

/** Requests that can be an attempt: a write, or a read that carries credentials in its query. */
export function canBeAttempt(method: string, hasPassword: boolean): boolean {
  return method === 'POST' || method === 'PUT' || hasPassword;
}

/**
 * How an inferred attempt ended, told by its status alone. A redirect may mean either, so it stays undecided. Services
 * that answer 200 both ways show the difference in size or redirect, which has to be learned per route before this
 * function can use it; until then a 2xx counts as success.
 */
export function outcomeOfStatus(status: number): AuthOutcome {
  if (status >= 200 && status < 300) return 'success';
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
  const literals = segments.filter((segment) => segment !== '' && !segment.includes('{')).slice(-8);
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
    if (joined === 'token' && (i === 0 || before.every((word) => TOKEN_PARENTS.has(word) || isVersion(word)))) {
      return 'login';
    }
    if (LOGIN_LAST.has(joined) && i === literals.length - 1) return 'login';
    const isReset = before.some((word) => RESET_PARENTS.has(word));
    if (joined === 'reset' && (isReset || before.every((word) => TOKEN_PARENTS.has(word) || isVersion(word)))) {
      return 'reset';
    }
    if (joined === 'email' && before.at(-1) === 'password') return 'reset';
    if (VERIFY.has(joined) && !isReset && before.some((word) => VERIFY_PARENTS.has(word))) return 'otp';
    if (!NEUTRAL.has(joined)) return '';
  }
  return '';
}

function isVersion(word: string): boolean {
  return /^v?\d+$/.test(word);
}

const LOGIN = new Set(
  'login signin logon authenticate loginuser userlogin dologin authlogin springsecuritycheck'.split(' '),
);
/** Words that mean a login only as the end of a path: creating a session, asking for a token. */
const LOGIN_LAST = new Set(['session', 'sessions', 'auth', 'authentication', 'authtoken', 'accesstoken', 'tokens']);
const TOKEN_PARENTS = new Set('oauth oauth2 auth api connect openid identity protocol realms rest account'.split(' '));
const SIGNUP = new Set('signup register registration registrations createaccount createuser joinus'.split(' '));
const RESET = new Set(
  'forgot forgotpassword resetpassword passwordreset lostpassword recoverpassword recovery recover requestpasswordreset'.split(
    ' ',
  ),
);
/** Beside one of these, `reset` resets a password and not a counter. */
const RESET_PARENTS = new Set('password passwords credentials forgot reset user users account accounts'.split(' '));
const OTP = new Set('otp totp 2fa mfa twofactor verifyotp verifycode otpverify checkcode twostep'.split(' '));
const VERIFY = new Set(['verify', 'verification', 'challenge', 'confirm']);
const VERIFY_PARENTS = new Set('auth login signin account email phone sms code signup user users factor'.split(' '));
/** A segment that leaves the decision to the one before it. */
const NEUTRAL = new Set(
  'submit password local credentials callback check process perform start begin new create request complete finish reset email verify confirm post'.split(
    ' ',
  ),
);
/** Words that end the search: not an attempt whatever stands around them. */
const NEVER = new Set(
  'logout signout logoff refresh revoke introspect introspection userinfo status resend setup enable disable available availability webhook webhooks settings config health metrics'.split(
    ' ',
  ),
);
