import type { SensitiveKind } from '@vedette/protocol/attributes';
import { isCard } from './cards.js';
import { ibanEnd } from './iban.js';
import { isNationalNumber, nationalCodeEnd } from './national-ids.js';
import { jwtEnd, secretEnd } from './secrets.js';

/** How many different values of each kind a text holds; only kinds that it holds. */
export type SensitiveCounts = Map<SensitiveKind, number>;

/** What a character is to the search. */
const GAP = 0;
const WORD = 1;
const DIGIT = 2;
const CAPITAL = 3;
/** A small letter with which a key may begin. */
const TELLING = 4;
const AT = 5;

const CLASSES = new Uint8Array(128);
for (let code = 0x30; code <= 0x39; code++) CLASSES[code] = DIGIT;
for (let code = 0x41; code <= 0x5a; code++) CLASSES[code] = CAPITAL;
for (let code = 0x61; code <= 0x7a; code++) CLASSES[code] = WORD;
for (const letter of 'egnrsx') CLASSES[letter.charCodeAt(0)] = TELLING;
CLASSES['_'.charCodeAt(0)] = WORD;
CLASSES['@'.charCodeAt(0)] = AT;

/** More digits than a card has, with the separators between them. */
const MAX_DIGITS = 20;
const digits = new Uint8Array(MAX_DIGITS);

/** Longest local part and domain of an address, characters (RFC 5321). */
const MAX_LOCAL = 64;
const MAX_DOMAIN = 255;

/**
 * Counts sensitive values in one pass that looks at the beginnings of words and at `@` only, and verifies what may be
 * one: payment cards, e-mail addresses, IBANs, numbers of persons, tokens and keys. Nothing of the values is kept: equal
 * ones are told by a hash and count once.
 *
 * @returns `undefined` where there are none
 */
export function countSensitive(text: string): SensitiveCounts | undefined {
  const found = new Found();
  let inWord = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind = code < 128 ? (CLASSES[code] as number) : WORD;
    if (kind === GAP) {
      inWord = false;
    } else if (kind === AT) {
      inWord = false;
      i = address(text, i, found);
    } else if (!inWord) {
      inWord = true;
      if (kind === DIGIT) i = number(text, i, found);
      else if (kind === CAPITAL || kind === TELLING) i = wordOf(text, i, found);
    }
  }
  return found.counts;
}

/** Values that were found, by kind; two with the same hash are one. */
class Found {
  counts: SensitiveCounts | undefined = undefined;
  #seen: Set<number> | undefined;

  /** @returns where the search goes on */
  add(kind: SensitiveKind, text: string, start: number, end: number): number {
    let hash = 2166136261;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
    this.#seen ??= new Set();
    if (this.#seen.has(hash)) return end - 1;
    this.#seen.add(hash);
    this.counts ??= new Map();
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    return end - 1;
  }
}

/** @returns the last character that was looked at */
function wordOf(text: string, start: number, found: Found): number {
  const code = text.charCodeAt(start);
  // `eyJ`, as every JSON object begins in base64.
  if (code === 0x65) {
    const end = text.charCodeAt(start + 1) === 0x79 ? jwtEnd(text, start) : -1;
    return end < 0 ? start : found.add('jwt', text, start, end);
  }
  const secret = secretEnd(text, start);
  if (secret >= 0) return found.add('secret', text, start, secret);
  if (code > 0x5a) return start;
  const next = text.charCodeAt(start + 1);
  const third = text.charCodeAt(start + 2);
  if (next >= 0x41 && next <= 0x5a && third >= 0x30 && third <= 0x39) {
    const iban = ibanEnd(text, start);
    if (iban >= 0) return found.add('iban', text, start, iban);
  }
  // Written in capitals and digits only.
  if (next > 0x5a || next < 0x30) return start;
  const end = nationalCodeEnd(text, start);
  return end < 0 ? start : found.add('national_id', text, start, end);
}

/** Digits in one piece or in groups. @returns the last character that was looked at */
function number(text: string, start: number, found: Found): number {
  let count = 0;
  let group = 0;
  let end = start;
  for (let at = start; at < text.length && count < MAX_DIGITS; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) {
      digits[count++] = code - 0x30;
      group++;
      end = at + 1;
    } else if (at === end && group >= groupBefore(code)) group = 0;
    else break;
  }
  if (count < 8 || count >= MAX_DIGITS || isGlued(text.charCodeAt(start - 1))) return end - 1;
  const after = text.charCodeAt(end);
  const isLetterAfter = after < 128 && CLASSES[after] !== GAP;
  if (isLetterAfter && count !== 8) return end - 1;
  if (!isLetterAfter && isCard(digits, count) && isEmbossed(text, start, end)) {
    return found.add('card', text, start, end);
  }
  return isNationalNumber({ text, start, end, digits, count }) ? found.add('national_id', text, start, end) : end - 1;
}

/** Digits that a group has at least before this separator, in the numbers that are looked for. */
function groupBefore(code: number): number {
  if (code === 0x20) return 4;
  if (code === 0x2d) return 2;
  return code === 0x2e ? 3 : Number.POSITIVE_INFINITY;
}

/** A number behind one of these is part of something longer: a UUID, a decimal, a path, a telephone number. */
function isGlued(code: number): boolean {
  return code === 0x2d || code === 0x2e || code === 0x2f || code === 0x2b || code === 0x25 || code === 0x3d;
}

/** In one piece, or in groups as on the card: four of four, or four, six and five. */
function isEmbossed(text: string, start: number, end: number): boolean {
  let separators = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) return false;
    if (code === 0x20 || code === 0x2d) separators++;
  }
  return separators === 0 || separators === 2 || separators === 3;
}

/** An address around an `@`. @returns the last character that was looked at */
function address(text: string, at: number, found: Found): number {
  let start = at;
  while (start > 0 && at - start < MAX_LOCAL && isLocal(text.charCodeAt(start - 1))) start--;
  let end = at + 1;
  let dot = -1;
  for (; end < text.length && end - at < MAX_DOMAIN; end++) {
    const code = text.charCodeAt(end);
    if (code === 0x2e) {
      if (dot === end - 1 || end === at + 1) break;
      dot = end;
    } else if (!(code < 128 && CLASSES[code] !== GAP && CLASSES[code] !== AT) && code !== 0x2d) break;
  }
  if (dot === end - 1) {
    // The full stop of a sentence.
    end = dot;
    dot = text.lastIndexOf('.', end - 1);
  }
  if (start === at || dot <= at || end - dot < 3) return at;
  // The last label is of letters only: `react@18.2` is no address.
  for (let i = dot + 1; i < end; i++) {
    const code = text.charCodeAt(i) | 0x20;
    if (code < 0x61 || code > 0x7a) return at;
  }
  return found.add('email', text, start, end);
}

/** Characters of a local part as they are used (RFC 5321, dot-string without the rare ones). */
function isLocal(code: number): boolean {
  if (code >= 128) return false;
  return CLASSES[code] !== GAP ? CLASSES[code] !== AT : code === 0x2e || code === 0x2d || code === 0x2b;
}
