import { BoundedCache } from '../bounded-cache.js';
import { decodeLeniently } from '../url-parts.js';

/**
 * What a path segment or a query value looks like:
 * `number`; `uuid` (with or without dashes); `hex` (8 to 31 digits: Mongo ids, short hashes, pseudonyms); `coded`
 * (`INV-2024-0001`, `order_550e8400-…`, and lists such as `17,18`); `token` (ULID, nanoid, base62 and the like, up to 31 characters); `date`;
 * `email`; `secret` (JWT, hex or base64 of 32 characters and more); `word` for everything else.
 */
export type Shape = 'word' | 'number' | 'uuid' | 'hex' | 'coded' | 'token' | 'date' | 'email' | 'secret';

/** From this length on, random-looking text is taken for a secret: ids in common use are shorter, or UUIDs. */
const SECRET_LENGTH = 32;

const cache = new BoundedCache<string, Shape>(16_384);

export function shapeOf(text: string): Shape {
  if (text.length > 96) return longShape(text);
  // Most ids; no two are the same, so remembering them would only displace others.
  if (isNumber(text)) return 'number';
  const known = cache.get(text);
  if (known !== undefined) return known;
  const shape = classify(decodeLeniently(text));
  cache.set(text, shape);
  return shape;
}

function isNumber(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return text !== '';
}

/** True for the 16 lower-case hex characters of a pseudonym (packages/protocol, pseudonym.ts). */
export function isPseudonym(text: string): boolean {
  if (text.length !== 16) return false;
  for (let i = 0; i < 16; i++) {
    const code = text.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return true;
}

function longShape(text: string): Shape {
  const head = classify(text.slice(0, 96));
  return head === 'word' && !looksRandom(text.slice(0, 96)) ? 'word' : 'secret';
}

function classify(text: string): Shape {
  const length = text.length;
  if (length === 0) return 'word';
  const seen = count(text);
  if (seen.digits === length) return 'number';
  if (seen.at > 0) return isEmail(text) ? 'email' : 'word';
  if (seen.other > 0) return isIdList(text) ? 'coded' : 'word';
  if (seen.digits > 0 && isDate(text)) return 'date';
  if (seen.separators === 0 && seen.hex === length && length >= 8 && seen.digits > 0) {
    if (length < SECRET_LENGTH) return 'hex';
    return length === 32 && isUuidVersion(text[12], text[16]) ? 'uuid' : 'secret';
  }
  if (length >= 36 && isUuid(text, length - 36)) return length === 36 ? 'uuid' : 'coded';
  if (text.startsWith('eyJ') && seen.dots >= 1 && length >= 20) return 'secret';
  if (isTokenLike(text, seen)) return length >= SECRET_LENGTH ? 'secret' : 'token';
  if (isCoded(text, seen)) return 'coded';
  return 'word';
}

interface Counts {
  digits: number;
  lower: number;
  upper: number;
  /** Characters 0-9, a-f, A-F. */
  hex: number;
  /** `-`, `_`, `.`, `~`, `=`, `+`, `/`, `:` */
  separators: number;
  dots: number;
  at: number;
  other: number;
  /** Neighbours of which one is a letter and the other a digit. */
  letterDigit: number;
  /** Neighbouring letters of different case. */
  caseChanges: number;
}

function count(text: string): Counts {
  const seen: Counts = {
    digits: 0,
    lower: 0,
    upper: 0,
    hex: 0,
    separators: 0,
    dots: 0,
    at: 0,
    other: 0,
    letterDigit: 0,
    caseChanges: 0,
  };
  // 0 none, 1 digit, 2 lower, 3 upper
  let before = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    let now = 0;
    if (code >= 48 && code <= 57) {
      seen.digits++;
      seen.hex++;
      now = 1;
    } else if (code >= 97 && code <= 122) {
      seen.lower++;
      if (code <= 102) seen.hex++;
      now = 2;
    } else if (code >= 65 && code <= 90) {
      seen.upper++;
      if (code <= 70) seen.hex++;
      now = 3;
    } else if (SEPARATORS.includes(text[i]!)) {
      seen.separators++;
      if (code === 46) seen.dots++;
    } else if (code === 64) seen.at++;
    else seen.other++;
    if (before !== 0 && now !== 0 && before !== now) {
      if (before === 1 || now === 1) seen.letterDigit++;
      else seen.caseChanges++;
    }
    before = now;
  }
  return seen;
}

const SEPARATORS = '-_.~=+/:';

/**
 * Random text over letters and digits changes between them often; words with a number in them (`v1beta1`,
 * `getUserV2`) at most twice, or are short. Letters alone are random where the case changes at nearly every second
 * letter (in camelCase it changes twice a word). Misses about one random token in a thousand.
 */
function isTokenLike(text: string, seen: Counts): boolean {
  const letters = seen.lower + seen.upper;
  if (text.length >= 10 && seen.letterDigit >= 3) return true;
  if (text.length >= 20 && letters > 0 && seen.caseChanges / letters >= 0.42) return true;
  if (text.length >= SECRET_LENGTH && seen.digits > 0 && seen.lower > 0 && seen.upper > 0) {
    if ((seen.caseChanges + seen.letterDigit) / text.length >= 0.33) return true;
  }
  // A prefixed id (`cus_NffrFeUfNV2Hib`) or a hashed file name (`index-BkT3xQ9z`).
  const tail = text.slice(lastSeparator(text) + 1);
  if (tail.length === text.length || tail.length < 8) return false;
  const end = count(tail);
  return end.digits > 0 && end.lower > 0 && end.upper > 0 && end.caseChanges + end.letterDigit >= 3;
}

function looksRandom(text: string): boolean {
  const seen = count(text);
  return seen.other === 0 && isTokenLike(text, seen);
}

/** Letters, then a number of three digits and more behind a separator, or of four and more behind at most four letters. */
function isCoded(text: string, seen: Counts): boolean {
  if (seen.digits < 3) return false;
  let run = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0;
    if (code >= 48 && code <= 57) {
      run++;
      continue;
    }
    const start = i - run;
    if (run >= 3 && start > 0 && SEPARATORS.includes(text[start - 1]!)) return true;
    if (run >= 3 && start === 0 && code !== 0 && SEPARATORS.includes(text[i]!)) return true;
    if (run >= 4 && start <= 4 && seen.separators === 0) return true;
    run = 0;
  }
  return false;
}

/** Ids with commas between them (`17,18,19`): numbers without a fraction, or ids of another kind. */
export function isIdList(text: string): boolean {
  const ids = text.split(',', MAX_LISTED);
  return ids.length > 1 && ids.every((id) => LISTED.has(classify(id)));
}

/** Ids looked at of a list; a longer one is a list all the same. */
const MAX_LISTED = 64;
const LISTED = new Set<Shape>(['number', 'uuid', 'hex', 'coded', 'token']);

function lastSeparator(text: string): number {
  for (let i = text.length - 1; i >= 0; i--) if (SEPARATORS.includes(text[i]!)) return i;
  return -1;
}

function isUuid(text: string, start: number): boolean {
  if (start > 0 && !SEPARATORS.includes(text[start - 1]!)) return false;
  for (let i = 0; i < 36; i++) {
    const code = text.charCodeAt(start + i);
    const dash = i === 8 || i === 13 || i === 18 || i === 23;
    if (dash ? code !== 45 : !isHex(code)) return false;
  }
  return true;
}

/** Version 1 to 8 and the variant of RFC 9562. */
function isUuidVersion(version: string | undefined, variant: string | undefined): boolean {
  return '12345678'.includes(version ?? 'x') && '89abAB'.includes(variant ?? 'x');
}

function isHex(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
}

const DATE = /^(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:[T ].*)?)?$/;

function isDate(text: string): boolean {
  return text.charCodeAt(4) === 45 && DATE.test(text);
}

function isEmail(text: string): boolean {
  const at = text.indexOf('@');
  return at > 0 && text.indexOf('.', at) > at + 1 && !text.includes('/') && !text.endsWith('.');
}

/** A segment's shape, without its file ending where the rest is an id (`17.pdf`). */
export function shapeOfSegment(segment: string): { readonly shape: Shape; readonly suffix: string } {
  const dot = segment.lastIndexOf('.');
  if (dot > 0 && segment.length - dot <= 6 && isEnding(segment, dot + 1, segment.length)) {
    const shape = shapeOf(segment.slice(0, dot));
    if (shape !== 'word' && shape !== 'secret') return { shape, suffix: segment.slice(dot) };
    // `17.csv.gz`
    const before = segment.lastIndexOf('.', dot - 1);
    if (before > 0 && dot - before <= 6 && isEnding(segment, before + 1, dot)) {
      const inner = shapeOf(segment.slice(0, before));
      if (inner !== 'word' && inner !== 'secret') return { shape: inner, suffix: segment.slice(before) };
    }
  }
  return { shape: shapeOf(segment), suffix: '' };
}

function isEnding(text: string, start: number, end: number): boolean {
  if (start >= end) return false;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    const letter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
    if (!letter && !(i > start && code >= 48 && code <= 57)) return false;
  }
  return true;
}
