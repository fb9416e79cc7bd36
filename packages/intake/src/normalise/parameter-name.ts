import { BoundedCache } from '../bounded-cache.js';

/**
 * What a path or query parameter is, told by its name:
 * `secret` (a credential: pseudonym), `code` (a one-time code, coupon, reset or invitation token: pseudonym, and the
 * thing that token enumeration guesses), `apiKey` (pseudonym, and the actor), `identifier` (names a person: pseudonym),
 * `object` (an id), `paging` (position, size, order, filter: never an object), `plain`.
 */
export type ParameterRole = 'secret' | 'code' | 'apiKey' | 'identifier' | 'object' | 'paging' | 'plain';

export interface ParameterName {
  readonly role: ParameterRole;
  /** For `object`: the name without its id suffix (`order_id` → `order`), `''` for a bare `id`. */
  readonly kind: string;
  /** True for a password in any language of naming. */
  readonly password: boolean;
  /** True for what front controllers are told to do by (`?action=…`, `?mode=…`). */
  readonly action: boolean;
}

const cache = new BoundedCache<string, ParameterName>(4096);
/** Longer names are not remembered, so that clients cannot choose how large the memory gets. */
const MAX_CACHED = 100;

/** Reads a parameter's name as it stands in a query (`user[email]`, `orderId`, `api-key`, `ids[]`) or a template. */
export function parameterName(name: string): ParameterName {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const read = classify(name);
  if (name.length <= MAX_CACHED) cache.set(name, read);
  return read;
}

/**
 * What a value is by the literal path segment before it: `code` behind `reset`, `verify`, …; `collection` behind a
 * plural (`/sessions/…`), where plain numbers and UUIDs are object ids and anything else is a secret; `coupons` where
 * people type what stands on paper (`/coupons/SAVE20`): what may look like a word is a code, too.
 */
export function roleAfterSegment(literal: string): 'code' | 'collection' | 'coupons' | '' {
  const known = segmentRoles.get(literal);
  if (known !== undefined) return known;
  const words = wordsOf(literal);
  let role: 'code' | 'collection' | 'coupons' | '' = '';
  if (words.some((word) => CODE_SEGMENTS.has(word))) role = 'code';
  else if (words.some((word) => COUPON_SEGMENTS.has(word))) role = 'coupons';
  else if (words.some((word) => COLLECTION_SEGMENTS.has(word))) role = 'collection';
  if (literal.length <= MAX_CACHED) segmentRoles.set(literal, role);
  return role;
}

const segmentRoles = new BoundedCache<string, 'code' | 'collection' | 'coupons' | ''>(4096);

/** `orderId`, `order_id`, `ORDER-ID`, `order[id]` → `order`, `id`. At most 12 words. */
export function wordsOf(name: string): string[] {
  return name
    .slice(0, 128)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .slice(0, 12);
}

/** Brackets and dots behind these only say that something is looked for by it (`filter[order_id]`, `where.id`). */
const FILTERED = /^(?:filters?|where|query|search|q|eq|in)(?:\[|\.)/i;
const OPERATORS = /(?:\[(?:\$?(?:eq|in))?\])+$/i;

function classify(name: string): ParameterName {
  if (FILTERED.test(name)) {
    const inner = classify(name.replace(FILTERED, '').replace(OPERATORS, '').replace(/\]$/, ''));
    return inner.role === 'plain' ? { ...inner, role: 'paging' } : inner;
  }
  const words = wordsOf(name.replace(OPERATORS, ''));
  const joined = words.join('');
  const last = words.at(-1) ?? '';
  const has = (set: ReadonlySet<string>) => words.some((word) => set.has(word));
  const as = (role: ParameterRole, kind = '', password = false): ParameterName => ({
    role,
    kind,
    password,
    action: ACTION.test(name),
  });
  if (has(PASSWORDS) || PASSWORDS.has(joined)) return as('secret', '', true);
  if (PAGING.has(joined) || (PAGING_WORDS.has(words[0] ?? '') && words.length > 1)) return as('paging');
  if (API_KEYS.has(joined)) return as('apiKey');
  if (isCode(words, joined)) return as('code');
  if (isSecret(words, joined)) return as('secret');
  if (IDENTIFIERS.has(last) || IDENTIFIERS.has(joined)) return as('identifier');
  if (TECHNICAL_IDS.has(joined)) return as('plain');
  if (ID_WORDS.has(last)) return as('object', words.slice(0, -1).join('_'));
  if (words.length > 1 && NUMBER_WORDS.has(last) && !words.some((word) => NOT_NUMBERED.has(word))) {
    return as('object', words.slice(0, -1).join('_'));
  }
  if (words.length === 1 && ARTICLE_NUMBERS.has(last)) return as('object');
  // `user[]=5`, `product=17`: only values that look like ids will count.
  if (words.length === 1 && (KNOWN_KINDS.has(last) || (last.endsWith('s') && KNOWN_KINDS.has(last.slice(0, -1))))) {
    return as('object', last);
  }
  for (const suffix of ['ids', 'id']) {
    // `orderid` in one word; not `paid`, `void`, `grid`, `valid`.
    if (words.length === 1 && last.endsWith(suffix) && KNOWN_KINDS.has(last.slice(0, -suffix.length))) {
      return as('object', last.slice(0, -suffix.length));
    }
  }
  return as('plain');
}

const ACTION =
  /^(?:action|act|do|cmd|command|method|mode|task|route|r|page|mod|module|op|opname|operation|controller|ctrl|option|service|func|function|view|sa|i|step|section|(?:\w+-)?ajax)$/i;

function isCode(words: readonly string[], joined: string): boolean {
  if (CODES.has(joined) || words.some((word) => CODES.has(word))) return true;
  if (words.at(-1) === 'code' || words.at(-1) === 'codes') {
    return words.length === 1 || !words.some((word) => HARMLESS_CODES.has(word));
  }
  return words.at(-1) === 'token' && words.some((word) => ONE_TIME.has(word));
}

/** Whether a `code` behind this path segment is a public one (`/countries/{code}`), and nothing that is guessed. */
export function hasPublicCodes(literal: string): boolean {
  return wordsOf(literal).some((word) => HARMLESS_CODES.has(word) || HARMLESS_CODES.has(singular(word)));
}

function singular(word: string): string {
  return word.endsWith('ies') ? `${word.slice(0, -3)}y` : word.replace(/s$/, '');
}

function isSecret(words: readonly string[], joined: string): boolean {
  if (SECRETS.has(joined) || words.some((word) => SECRETS.has(word))) return !words.some((word) => HARMLESS.has(word));
  return words.at(-1) === 'key' && !words.some((word) => HARMLESS_KEYS.has(word));
}

const PASSWORDS = new Set(['password', 'passwd', 'pwd', 'pass', 'passphrase', 'passcode', 'passwort', 'contrasena']);
const API_KEYS = new Set(['apikey', 'xapikey', 'apitoken', 'appkey', 'accesskey', 'subscriptionkey', 'licensekey']);
const SECRETS = new Set(
  'token tokens secret secrets signature sig auth authorization session sessions sessionid sid jsessionid phpsessid jwt credential credentials bearer assertion samlresponse samlrequest hmac ticket nonce verifier cookie csrf xsrf accesstoken idtoken refreshtoken'.split(
    ' ',
  ),
);
/** Beside one of these, `token`, `session` … is a position, a label or public. */
const HARMLESS = new Set('page next previous prev continuation type method count ttl lifetime expiry'.split(' '));
const HARMLESS_KEYS = new Set('sort order partition group foreign primary row cache range index map public'.split(' '));
const CODES = new Set(
  'otp pin totp mfacode coupon coupons voucher vouchers promo promocode giftcard invite invitation captcha'.split(' '),
);
/** What makes a token one for a single use. */
const ONE_TIME = new Set(
  'reset invite invitation verify verification verifying confirm confirmation activation activate magic recovery unsubscribe signup registration email password'.split(
    ' ',
  ),
);
const HARMLESS_CODES = new Set(
  'country currency language lang locale region zip zipcode postal post area status error state city airport response product item sku tax hs dial phone challenge http exit session'.split(
    ' ',
  ),
);
const IDENTIFIERS = new Set(
  'email emailaddress mail username userid_hint login loginid phone phonenumber mobile mobilenumber telephone tel msisdn ssn iban passport'.split(
    ' ',
  ),
);
const PAGING = new Set(
  'page pages pagesize perpage size limit offset skip take top count start end from to since until before after cursor first last q query search term keyword keywords filter filters sort sortby order orderby direction dir fields include expand embed select format lang language locale tz timezone date startdate enddate datefrom dateto month year week day hour min max version v callback pageid afterid beforeid sinceid maxid minid lastid lasteventid startafter startingafter endingbefore nextpagetoken pagetoken continuationtoken'.split(
    ' ',
  ),
);
/** First words that make the rest a position or a filter (`filter[status]`, `page[cursor]`, `min_id`). */
const PAGING_WORDS = new Set('page filter filters sort since max min before after starting ending'.split(' '));
const ID_WORDS = new Set(['id', 'ids', 'uuid', 'uuids', 'guid', 'uid']);
/** `order_no`, `invoiceNumber`, `booking_ref` */
const NUMBER_WORDS = new Set(['no', 'nr', 'num', 'number', 'numbers', 'ref', 'reference']);
const NOT_NUMBERED = new Set(
  'page phone version house line room floor seat build card serial week git block chapter step contact'.split(' '),
);
const ARTICLE_NUMBERS = new Set(['sku', 'ean', 'gtin', 'isbn', 'asin', 'vin']);
/** Ids of the conversation, not of an object. */
const TECHNICAL_IDS = new Set(
  'requestid traceid spanid correlationid transactionid clientrequestid clientid appid visitorid anonymousid deviceid trackingid messageid idempotencyid gclid fbclid msclkid utmid buildid releaseid experimentid variantid'.split(
    ' ',
  ),
);
const KNOWN_KINDS = new Set(
  'user account customer order invoice product item cart payment card document file report ticket member employee patient project team tenant company org organization contract policy claim booking device message post comment photo video'.split(
    ' ',
  ),
);
const CODE_SEGMENTS = new Set(
  'reset rp resetpass resetpassword lostpassword verify verification confirm confirmation activate activation invite token code otp pin magic unsubscribe recover recovery redeem'.split(
    ' ',
  ),
);
const COUPON_SEGMENTS = new Set(
  'coupon coupons voucher vouchers gift gifts giftcard giftcards promocode promocodes discountcode discountcodes'.split(
    ' ',
  ),
);
const COLLECTION_SEGMENTS = new Set(
  'tokens codes invites invitation invitations session sessions secret secrets share shared apikey apikeys'.split(' '),
);
