import type { AuthEvent, AuthOutcome } from '@vedette/protocol';
import { BoundedCache } from '../bounded-cache.js';
import { decodeLeniently } from '../url-parts.js';
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

/** The same where the query tells a script what to do: `/ucp.php?mode=login`, `/login.php?action=process`. */
export function authEventOfActions(route: string, actions: readonly string[]): AuthEvent | '' {
  if (actions.some((action) => wordsOf(action).some((word) => NEVER.has(word)))) return '';
  for (const action of actions) {
    const event = authEventOf(`${route}/${action.replaceAll('.', '/')}`, '');
    if (event !== '') return event;
  }
  return authEventOf(route, '');
}

/** Requests that can be an attempt: a write, or a read that carries credentials in its query. */
export function canBeAttempt(method: string, hasPassword: boolean): boolean {
  return method === 'POST' || hasPassword;
}

/** OAuth's token endpoint (RFC 6749, section 3.2), by the end of its path. */
const TOKEN_ENDPOINT = /\/token\/?$/i;
/**
 * A request for a token by name and password stays below this, bytes: its five or six fields together hold less than
 * 400. Refresh tokens that are signed are longer by themselves.
 */
const MAX_PASSWORD_GRANT = 512;

/**
 * Whether a request to OAuth's token endpoint is known to renew or fetch a token without a password: the agent, which
 * saw the grant type, took it for no attempt, or the body is too large for one.
 */
export function isOtherGrant(route: string, requestBytes: number, agentSawIt: boolean): boolean {
  return (agentSawIt || requestBytes > MAX_PASSWORD_GRANT) && TOKEN_ENDPOINT.test(route);
}

/** How an attempt ended where its status says so: a refusal. Anything else may mean either; see `OutcomeLearner`. */
export function outcomeOfStatus(status: number): AuthOutcome {
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

/**
 * How an attempt at the login script of WordPress ended, the most attacked of all: it shows the form once more with 200
 * or leads on with 302. Few people log in there, so this would hardly be learned.
 */
export function outcomeOfKnownForm(step: {
  readonly route: string;
  readonly authEvent: string;
  readonly status: number;
}): AuthOutcome {
  if (step.authEvent !== 'login' || !step.route.endsWith('/wp-login.php')) return '';
  return step.status === 302 ? 'success' : step.status === 200 ? 'failure' : '';
}

function ofSegments(segments: readonly string[]): AuthEvent | '' {
  const named = segments
    .filter((segment) => segment !== '')
    .slice(-8)
    .map(decodeLeniently);
  const endsInId = isParameter(named.at(-1) ?? '');
  const literals = named.filter((segment) => !isParameter(segment));
  for (let i = literals.length - 1; i >= 0; i--) {
    const literal = literals[i]!.replace(/\.(?:php\d?|aspx?|do|action|jsp|jsf|json|html?|cgi|pl)$/i, '');
    const foreign = ofOtherScript(literal);
    if (foreign !== '') return foreign;
    const words = wordsOf(plainLetters(literal));
    const joined = words.join('');
    if (words.some((word) => NEVER.has(word)) || NEVER.has(joined)) return '';
    const has = (set: ReadonlySet<string>) => set.has(joined) || words.some((word) => set.has(word));
    if (has(OTP)) return 'otp';
    if (has(RESET)) return 'reset';
    if (has(SIGNUP)) return 'signup';
    if (has(LOGIN)) return 'login';
    const before = literals.slice(0, i).flatMap((text) => wordsOf(text));
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

/** Letters without their marks (`přihlášení` → `prihlaseni`). */
function plainLetters(text: string): string {
  return isAscii(text) ? text : text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ı', 'i').replaceAll('ø', 'o');
}

/** Words of scripts that are not Latin, wherever they stand in a segment. */
function ofOtherScript(literal: string): AuthEvent | '' {
  if (isAscii(literal)) return '';
  const text = literal.normalize('NFC').toLowerCase();
  for (const [event, words] of OTHER_SCRIPTS) if (words.some((word) => text.includes(word))) return event;
  return '';
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

// Words for logging in, signing up and lost passwords as they stand in addresses, without marks, run together.
// Left out are words that mostly mean something else (`entrada`, `conta`, `acces`).
const LOGIN = new Set(
  `login signin logon authenticate loginuser userlogin dologin authlogin springsecuritycheck jspringsecuritycheck jsecuritycheck
  anmelden anmeldung einloggen connexion seconnecter identification iniciarsesion iniciosesion ingresar acceder
  entrar acessar iniciarsessao accedi inloggen aanmelden zaloguj logowanie loggain inloggning logind logginn
  kirjaudu kirjautuminen giris girisyap oturumac prihlasit prihlaseni prihlasenie bejelentkezes belepes autentificare
  conectare autenticacion autenticacao autenticazione authentification vhod voyti avtorizaciya avtorizatsiya prijava
  masuk dangnhap denglu syndesi vpis`.split(/\s+/),
);
/**
 * Words that mean a login only as the end of a path: creating a session, asking for a token. And the page of the own
 * account, in the languages in which WooCommerce names it: who is not logged in finds the form for it there.
 */
const LOGIN_LAST = new Set(
  `session sessions auth authentication authtoken accesstoken tokens
  myaccount meinkonto moncompte micuenta mijnaccount ilmioaccount minhaconta mojekonto mittkonto minkonto
  mujucet hesabim`.split(/\s+/),
);
const TOKEN_PARENTS = new Set(
  'oauth oauth2 auth api connect openid openidconnect identity protocol realms rest account'.split(' '),
);
const SIGNUP = new Set(
  `signup register registration registrations createaccount createuser joinus registrieren registrierung inscription
  sinscrire registro registrarse registrar cadastro cadastrar registrati registrazione registreren registrera
  registrering rejestracja zarejestruj uyeol kayitol kayit registrace regisztracio inregistrare registraciya
  registratsiya daftar dangky zhuce rekisteroidy registracija`.split(/\s+/),
);
const RESET = new Set(
  `forgot magiclink pinreset resetpin forgotpin passwordless forgotpassword resetpassword passwordreset lostpassword recoverpassword recovery recover requestpasswordreset
  passwortvergessen kennwortvergessen passwortzuruecksetzen motdepasseoublie reinitialisation olvidecontrasena
  recuperarcontrasena recuperarsenha esqueciasenha esqueciminhasenha redefinirsenha recuperapassword
  passworddimenticata wachtwoordvergeten zapomnianehaslo glomtlosenord glemtadgangskode glemtpassord
  sifremiunuttum zapomenuteheslo unohtunutsalasana lupapassword quenmatkhau vosstanovlenie`.split(/\s+/),
);
const OTHER_SCRIPTS: readonly (readonly [AuthEvent, readonly string[]])[] = [
  ['reset', ['забыл', 'восстанов', 'パスワードを忘れ', '忘记密码', '忘記密碼', '비밀번호찾기', 'نسيت']],
  ['signup', ['регистрац', '会員登録', '新規登録', '注册', '註冊', '회원가입', 'تسجيل-جديد', 'εγγραφή', 'הרשמה']],
  [
    'login',
    [
      'войти',
      'вход',
      'авториз',
      'увійти',
      'ログイン',
      '登录',
      '登錄',
      '登入',
      '로그인',
      'تسجيل-الدخول',
      'σύνδεση',
      'התחברות',
      'เข้าสู่ระบบ',
    ],
  ],
];
/** Beside one of these, `reset` resets a password and not a counter. */
const RESET_PARENTS = new Set('password passwords credentials forgot user users account accounts'.split(' '));
const OTP = new Set(
  'otp totp 2fa mfa twofactor verifyotp verifycode verifypin verifysms otpverify checkcode checkpin smscode passcode twostep'.split(
    ' ',
  ),
);
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
