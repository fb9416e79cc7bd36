import { splitTarget } from '../request-target.js';
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
const SECRET_AFTER =
  /^(?:token|tokens|reset|reset-?password|password-?reset|invite|invites|invitation|invitations|verify|verify-?email|verification|confirm|confirmation|activate|activation|magic|magic-?link|unsubscribe|otp|code|recover|recovery|set-?password|api-?keys?|secret|secrets)$/i;

const PLAIN_ID = /^(?:\d{1,20}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** Path and query of a request target, ready to leave the process. */
export interface RedactedUrl {
  readonly path: MixedText;
  /** Without `?`; empty where there is none. */
  readonly query: MixedText;
}

/**
 * Takes secrets out of a request target: values of parameters with a telling name, and whatever looks like a token
 * or an e-mail address. Each becomes its pseudonym; object ids, words and numbers stay.
 *
 * @param target as in the request line: origin form, or absolute form, whose scheme and authority are dropped
 * @param route template of the path where it is known, to name its parameters
 */
export function redactUrl(target: string, route: string): RedactedUrl {
  const { path, query } = splitTarget(target);
  return { path: redactPath(path, route), query: redactQuery(query) };
}

/** Whether a parameter's value is secret by the parameter's name: it opens doors, or it names a person. */
function isSecretByName(name: string, value: string): boolean {
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

function redactPath(path: string, route: string): MixedText {
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
      redactParameter(parameter, text);
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

function redactQuery(query: string): MixedText {
  const text = new MixedTextBuilder();
  if (query === '') return text.parts;
  query.split('&', MAX_PARTS).forEach((parameter, index) => {
    if (index > 0) text.add('&');
    redactParameter(parameter, text);
  });
  return text.parts;
}

/** One `name=value`; a name without value may itself be a token (`?<token>`). */
function redactParameter(parameter: string, text: MixedTextBuilder): void {
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
  const hidden = isSecretByName(name, value) || looksSecret(value);
  text.add(hidden ? new Secret(value) : rawValue.slice(0, MAX_VALUE));
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
