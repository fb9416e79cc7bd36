import { Memo } from '../memo.js';
import { type MixedText, Secret } from '../span-record.js';
import { looksSecret } from './secret-shape.js';

/** Characters of a path or query that are sent at most; the rest is left off. */
const MAX_URL_PART = 2048;
/** Segments or parameters that are looked at. */
const MAX_PARTS = 128;
/** Longest value that is sent in clear, characters. */
const MAX_VALUE = 256;

/** Words in a parameter's name that make its value secret, whatever it looks like. */
const SECRET_WORDS = new Set(
  (
    'token tokens key apikey accesskey secret password passwd passphrase passcode pwd pass pin code otp totp mfa ' +
    'credential credentials auth authorization jwt bearer session sessionid sid jsessionid phpsessid signature sig hmac ' +
    'ticket assertion nonce csrf xsrf invite invitation voucher hash ssn cvv cvc iban card samlresponse samlrequest'
  ).split(' '),
);

/** Words that name a person: their values stay only where they are plain object ids. */
const IDENTIFIER_WORDS = new Set(
  'email mail username user login loginid phone mobile msisdn tel telephone account identifier identity principal'.split(
    ' ',
  ),
);

/** Names that hold a secret word but are known to be harmless. */
const HARMLESS_NAME =
  /^(?:(?:sort|order|group|partition|primary|foreign|filter|search|cache)_?key|key_?words?|(?:country|zip|postal|post|area|region|currency|language|lang|locale|status|error|color|colour|airport|city|product|item|http)_?code|pass_?through|pin_?code_?area)$/;

/** Path words after which a segment is a secret: reset links, invitations, confirmations. */
const TELLING_WORDS =
  'token|tokens|reset|reset-?password|password-?reset|invite|invites|invitation|invitations|verify|verify-?email|verification|confirm|confirmation|activate|activation|magic|magic-?link|unsubscribe|otp|code|recover|recovery|set-?password|api-?keys?|secret|secrets';
const SECRET_AFTER = new RegExp(`^(?:${TELLING_WORDS})$`, 'i');
const HAS_TELLING_WORD = new RegExp(`/(?:${TELLING_WORDS})/`, 'i');

/** Segments of letters, digits and dashes that are shorter than this are never secret by their shape. */
const MIN_TOKEN_LENGTH = 16;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const UUID_LENGTH = 36;
const SLASH = 0x2f;

/** No parameter but those that are secret everywhere. */
const NONE: ReadonlySet<string> = new Set();

const PLAIN_ID = /^(?:\d{1,20}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** Lower-case names of parameters that the owner calls secret. */
let named: ReadonlySet<string> = new Set();

/** Makes the values of parameters with these names secret; before the first request. */
export function nameSecretParameters(names: readonly string[]): void {
  named = new Set(names.map((name) => name.toLowerCase()));
  secretRoutes.forget();
}

/** Whether a parameter's value is secret by the parameter's name: it opens doors, or it names a person. */
function isSecretByName(name: string, value: string): boolean {
  if (named.size > 0 && named.has(name.toLowerCase())) return true;
  const words = wordsOf(name);
  const joined = words.join('');
  if (words.some((word) => SECRET_WORDS.has(word)) || SECRET_WORDS.has(joined)) {
    if (HARMLESS_NAME.test(words.join('_'))) return false;
    // `ticketId=42` names an object; `sessionId=42` opens a door.
    return words.at(-1) !== 'id' || joined.includes('session') || !isPlainId(value);
  }
  if (!words.some((word) => IDENTIFIER_WORDS.has(word)) && !IDENTIFIER_WORDS.has(joined)) return false;
  // `userId=u-7` names an object like any other id; `loginId=bob` a person.
  return (words.at(-1) !== 'id' || joined.includes('login')) && !isPlainId(value);
}

/** `accessToken`, `access_token`, `user[access-token]` → `access`, `token` (and `user`). */
function wordsOf(name: string): readonly string[] {
  return name
    .slice(0, 128)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/**
 * Takes secrets out of a path: whatever looks like a token or an e-mail address, what follows a telling word, values of
 * parameters with a telling name. Each becomes its pseudonym; object ids, words and numbers stay.
 *
 * @param path raw, without query
 * @param route template of the path where it is known, to name its parameters
 */
export function redactPath(path: string, route: string): string | MixedText {
  return isPlainPath(path) && !(route !== '' && secretRoutes.of(route)) ? path : redactSegments(path, route);
}

/**
 * Whether a path is the usual kind in which nothing can be secret by shape or by the word before: words, numbers and
 * UUIDs. Most paths are, and this costs a tenth of looking at each segment.
 */
function isPlainPath(path: string): boolean {
  if (path.length > MAX_URL_PART) return false;
  let segments = 0;
  let start = 0;
  let hasDigit = false;
  for (let i = 0; i <= path.length; i++) {
    const code = i < path.length ? path.charCodeAt(i) : SLASH;
    if (code === SLASH) {
      const length = i - start;
      if (length >= MIN_TOKEN_LENGTH && (length !== UUID_LENGTH || !UUID.test(path.slice(start, i)))) return false;
      if (++segments >= MAX_PARTS) return false;
      start = i + 1;
    } else if (code >= 0x30 && code <= 0x39) hasDigit = true;
    else if (!((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) && code !== 0x2d && code !== 0x5f) return false;
  }
  return !hasDigit || !HAS_TELLING_WORD.test(path);
}

const PARAMETER = /[:{]\.{0,3}([A-Za-z0-9_-]+)/g;

/** Whether a template has a parameter whose name can make a value secret. */
const secretRoutes = new Memo({ entries: 4_096, length: 512 }, (route) =>
  Array.from(route.matchAll(PARAMETER)).some(([, name = '']) => isSecretByName(name, 'x')),
);
function redactSegments(path: string, route: string): MixedText {
  const text = new MixedTextBuilder();
  const names = parameterNames(path, route);
  const segments = path.split('/', MAX_PARTS);
  let previous = '';
  segments.forEach((segment, index) => {
    if (index > 0) text.add('/');
    const [head = '', ...parameters] = segment.split(';', MAX_PARTS);
    const decoded = decode(head);
    if (isSecretSegment(decoded, previous, names.get(index))) text.add(new Secret(decoded));
    else text.add(head);
    for (const parameter of parameters) {
      text.add(';');
      redactParameter(parameter, text, NONE);
    }
    previous = decoded;
  });
  return text.parts;
}

function isSecretSegment(segment: string, previous: string, parameter: string | undefined): boolean {
  if (segment === '') return false;
  if (parameter !== undefined && isSecretByName(parameter, segment)) return true;
  if (looksSecret(segment)) return true;
  return SECRET_AFTER.test(previous) && (/\d/.test(segment) || segment.length >= 24);
}

/** Names of the path's parameters by the index of their segment, where template and path agree in length. */
function parameterNames(path: string, route: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  if (route === '') return names;
  const template = route.split('/', MAX_PARTS);
  if (template.length !== path.split('/', MAX_PARTS).length) return names;
  template.forEach((segment, index) => {
    const name = /[:{]\.{0,3}([A-Za-z0-9_-]+)/.exec(segment)?.[1];
    if (name !== undefined) names.set(index, name);
  });
  return names;
}

/**
 * Takes secrets out of a query, by the names of its parameters and by the shape of their values.
 *
 * @param query raw, without `?`
 * @param hidden names of further parameters whose values are secret here
 */
export function redactQuery(query: string, hidden: ReadonlySet<string> = NONE): MixedText {
  const text = new MixedTextBuilder();
  query.split('&', MAX_PARTS).forEach((parameter, index) => {
    if (index > 0) text.add('&');
    redactParameter(parameter, text, hidden);
  });
  return text.parts;
}

/** One `name=value`; a name without value may itself be a token (`?<token>`). */
function redactParameter(parameter: string, text: MixedTextBuilder, hidden: ReadonlySet<string>): void {
  const equals = parameter.indexOf('=');
  const rawName = equals < 0 ? parameter : parameter.slice(0, equals);
  const name = decode(rawName);
  if (looksSecret(name)) text.add(new Secret(name));
  else text.add(rawName.slice(0, MAX_VALUE));
  if (equals < 0) return;
  text.add('=');
  const rawValue = parameter.slice(equals + 1);
  if (rawValue === '') return;
  const value = decode(rawValue.replaceAll('+', ' '));
  const isSecret = hidden.has(name) || isSecretByName(name, value) || looksSecret(value);
  text.add(isSecret ? new Secret(value) : rawValue.slice(0, MAX_VALUE));
}

/** Numbers and UUIDs name an object, also where the parameter could name a person. */
function isPlainId(value: string): boolean {
  // More than nine digits may be a telephone number.
  return PLAIN_ID.test(value) && !/^\d{10,}$/.test(value);
}

/** Percent-decoded twice over, so that a doubly encoded secret is seen too; malformed text stays as it is. */
function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    const once = decodeURIComponent(text);
    return once.includes('%') ? decodeURIComponent(once) : once;
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}

/** Joins neighbouring plain parts and stops at the length that is sent. */
class MixedTextBuilder {
  readonly parts: (string | Secret)[] = [];
  #length = 0;

  add(part: string | Secret): void {
    const room = MAX_URL_PART - this.#length;
    if (room <= 0) return;
    if (part instanceof Secret) {
      this.parts.push(part);
      this.#length += 16;
      return;
    }
    const kept = part.slice(0, room);
    this.#length += kept.length;
    const last = this.parts.length - 1;
    const before = this.parts[last];
    if (typeof before === 'string') this.parts[last] = before + kept;
    else this.parts.push(kept);
  }
}
