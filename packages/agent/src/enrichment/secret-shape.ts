/** Longest text that is examined, characters; a longer value is taken as secret unseen. */
const MAX_EXAMINED = 1024;

const JWT = /(?:^|[^A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\./;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** Object ids of well-known makes, random by nature and no secret: ULID, cuid, MongoDB ObjectId. */
const PUBLIC_ID = /^(?:[0-7][0-9A-HJKMNP-TV-Z]{25}|c[a-z0-9]{24}|[0-9a-f]{24})$/;
/** Hex that is too long for an object id: 128 bits and more without the dashes of a UUID. */
const LONG_HEX = /[0-9a-f]{32,}/gi;
/** `token=…` and the like inside a value: a nested URL or form. */
const NESTED_SECRET =
  /(?:token|secret|passw(?:or)?d|pwd|api_?key|signature|sig|otp|code|auth|session|sid|jwt)["']?\s*[=:]/i;

/** Shortest text, and sum of its random-looking pieces, that make a token by shape. */
const MIN_TOKEN = 16;
const MIN_PIECE = 6;
const MIN_RANDOM = 14;

/**
 * Whether a path segment or query value looks like something that opens doors or names a person, by its shape alone:
 * JSON Web Tokens, e-mail addresses, long hex, random-looking base64 or base62. Numbers, UUIDs, ULIDs, ObjectIds,
 * dates, words and slugs do not.
 *
 * @param text percent-decoded
 */
export function looksSecret(text: string): boolean {
  if (text.length < 3) return false;
  if (text.length > MAX_EXAMINED) return true;
  if (holdsEmail(text)) return true;
  if (text.length < MIN_TOKEN) return holdsNestedSecret(text);
  if (PUBLIC_ID.test(text)) return false;
  if (JWT.test(text) || holdsNestedSecret(text)) return true;
  const withoutUuids = text.replace(UUID, '-');
  return hasLongHex(withoutUuids) || looksRandom(withoutUuids);
}

function holdsNestedSecret(text: string): boolean {
  return (text.includes('=') || text.includes(':')) && NESTED_SECRET.test(text);
}

function holdsEmail(text: string): boolean {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (at > 0 && isMailChar(text[at - 1]) && isMailChar(text[at + 1])) return true;
  }
  return false;
}

function isMailChar(char: string | undefined): boolean {
  return char !== undefined && !/[\s@/?&=,;:<>()"']/.test(char);
}

function hasLongHex(text: string): boolean {
  for (const [run] of text.matchAll(LONG_HEX)) {
    if (/\d/.test(run) && /[a-f]/i.test(run)) return true;
  }
  return false;
}

/**
 * Random text changes between digits and letters, or between cases, all the time; words, slugs and dates hardly ever.
 * Looked at piece by piece, so that long slugs of many words stay.
 */
function looksRandom(text: string): boolean {
  if (text.length < MIN_TOKEN) return false;
  let random = 0;
  for (const piece of text.split(/[^A-Za-z0-9]+/)) {
    if (piece.length >= MIN_PIECE && isRandomPiece(piece)) random += piece.length;
  }
  return random >= MIN_RANDOM;
}

function isRandomPiece(piece: string): boolean {
  let digits = 0;
  let upper = 0;
  let lower = 0;
  let vowels = 0;
  let alternations = 0;
  let previousDigit: boolean | undefined;
  for (const char of piece) {
    const isDigit = char >= '0' && char <= '9';
    if (isDigit) digits++;
    else if (char >= 'a') lower++;
    else upper++;
    if ('aeiouyAEIOUY'.includes(char)) vowels++;
    if (previousDigit !== undefined && previousDigit !== isDigit) alternations++;
    previousDigit = isDigit;
  }
  if (digits === piece.length) return false;
  if (digits === 0) {
    // Mixed case and hardly a vowel: base64 that happens to hold no digit.
    return piece.length >= MIN_TOKEN && upper > 1 && lower > 1 && vowels / piece.length < 0.25;
  }
  if (upper > 0 && lower > 0) return alternations >= 2 || piece.length >= MIN_TOKEN;
  return alternations >= 3 || (alternations >= 2 && piece.length >= 10);
}
