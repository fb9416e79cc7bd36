import { hashObjectId, type RequestedObject } from '@vedette/protocol';
import { MAX_OBJECTS } from '../limits.js';
import { decodeLeniently } from '../url-parts.js';
import { objectKind } from './object-kind.js';
import { hasPublicCodes, parameterName, roleAfterSegment } from './parameter-name.js';
import { isIdList, isPseudonym, type Shape, shapeOfSegment } from './segment-shape.js';

/** What is known of the segments of one path. */
export interface PathTemplate {
  /** Per segment the name of its parameter, `''` for a literal; shorter than the path where only its end is known. */
  readonly parameters: readonly string[];
  readonly suffixes: readonly string[];
}

export interface PathReading {
  /** The segments with secrets as pseudonyms; the same array where nothing changed. */
  segments: readonly string[];
  objects: RequestedObject[];
  /** Pseudonym of a one-time code or token in the path, or `''`. */
  code: string;
}

/** A literal of a template is not looked at unless it is this long or could be an e-mail address: frameworks' templates can be relative to a mount path. */
const SUSPICIOUS_LENGTH = 20;
const NONE: RequestedObject[] = [];

/** Reads the segments of a path: secrets become pseudonyms, the values of parameters become objects. */
export function readPath(
  segments: readonly string[],
  template: PathTemplate | undefined,
  pseudonymise: (value: string) => string,
): PathReading {
  const reading: PathReading = { segments, objects: NONE, code: '' };
  let safe: string[] | undefined;
  let literal = '';
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i]!;
    const parameter = template?.parameters[i] ?? '';
    if (parameter === '' && template !== undefined && segment.length < SUSPICIOUS_LENGTH && !segment.includes('@')) {
      literal = segment;
      continue;
    }
    const { shape, suffix } = shapeOfSegment(segment);
    const role = roleOf(segment, shape, parameter, literal);
    let value = segment;
    if (role === 'hidden' || role === 'code') {
      if (!isPseudonym(segment)) {
        value = pseudonymise(decodeLeniently(segment));
        safe ??= segments.slice();
        safe[i] = value;
      }
      if (role === 'code' && reading.code === '') reading.code = value;
    }
    if (parameter === '') {
      if (shape === 'word' || template !== undefined) literal = value;
      continue;
    }
    if (role === 'code' || role === 'none' || reading.objects.length >= MAX_OBJECTS) continue;
    const end = template?.suffixes[i] || suffix;
    if (STATIC_ENDINGS.has((end || endingOf(segment)).toLowerCase())) continue;
    const id = value === segment && end !== '' && value.endsWith(end) ? value.slice(0, -end.length) : value;
    const kind = objectKind(literal || parameter);
    const decoded = decodeLeniently(id);
    if (reading.objects === NONE) reading.objects = [];
    // A list of ids in one segment (`/orders/17,18`) asks for each of them.
    const all = decoded.includes(',') && isIdList(decoded) ? decoded.split(',', MAX_OBJECTS) : [decoded];
    for (const one of all) {
      if (reading.objects.length < MAX_OBJECTS) reading.objects.push({ kind, id: one, hash: hashObjectId(one) });
    }
  }
  if (safe !== undefined) reading.segments = safe;
  return reading;
}

/** `.png` of `kibana-search.png`, or `''`. */
function endingOf(segment: string): string {
  const dot = segment.lastIndexOf('.');
  return dot > 0 ? segment.slice(dot) : '';
}

/** `object`: kept and an object where it is a parameter; `hidden`: the same as a pseudonym; `code`: a pseudonym, no object; `none`: kept, no object. */
type Role = 'object' | 'hidden' | 'code' | 'none';

function roleOf(segment: string, shape: Shape, parameter: string, literal: string): Role {
  if (parameter !== '') {
    const { role } = parameterName(parameter);
    if (role === 'code' && parameter.toLowerCase() === 'code' && hasPublicCodes(literal)) return 'object';
    if (role === 'code' || (role === 'secret' && literal !== '' && roleAfterSegment(literal) !== '')) return 'code';
    if (role === 'secret' || role === 'apiKey' || role === 'identifier') return 'hidden';
    if (ALIASES.has(segment) || (role === 'paging' && !namesItsCollection(parameter, literal))) return 'none';
  }
  const around = literal === '' ? '' : roleAfterSegment(literal);
  if (around === 'code' && shape !== 'word') return 'code';
  if (around === 'collection' && shape !== 'word' && !isPlainId(segment, shape)) return 'code';
  if (around === 'coupons' && !isPlainId(segment, shape) && (shape !== 'word' || COUPON.test(segment))) return 'code';
  if (shape === 'secret' || shape === 'email') return 'hidden';
  // `/category/lamps/page/7`
  if (shape === 'number' && segment.length <= PAGE_DIGITS && PAGE.test(literal)) return 'none';
  return shape === 'date' ? 'none' : 'object';
}

/** `/orders/{order}`, `/filters/{filter}`: what sorts and selects in a query is one of many in a path. Not `/page/{page}`. */
function namesItsCollection(parameter: string, literal: string): boolean {
  return literal !== '' && literal.toLowerCase() !== parameter && objectKind(literal) === objectKind(parameter);
}

/** Segments for the learner of routes: codes that people type may look like words, and must not become routes. */
export function withoutCoupons(path: string, segments: readonly string[]): readonly string[] {
  if (!COUPON_PATH.test(path)) return segments;
  return segments.map((segment, i) =>
    i > 0 && COUPON.test(segment) && roleAfterSegment(segments[i - 1]!) === 'coupons' ? '0' : segment,
  );
}

const COUPON_PATH = /coupon|voucher|gift|promo|discount/i;
/** `SAVE20`, `AB12-CD34`, `WELCOME`; not `apply` or `v2`. */
const COUPON = /^(?=.*\d)[A-Za-z0-9-]{5,}$|^[A-Z0-9-]{4,}$/;

function isPlainId(segment: string, shape: Shape): boolean {
  return shape === 'uuid' || (shape === 'number' && segment.length <= 9) || shape === 'date';
}

/** Words that stand for "the one who asks". */
const ALIASES = new Set(['me', 'self', 'current', 'mine', 'my']);
/** Content systems write the page of a list into the path; numbers of more digits are ids of pages. */
const PAGE = /^(?:page|paged)$/i;
const PAGE_DIGITS = 4;
const STATIC_ENDINGS = new Set(
  '.js .mjs .css .map .png .jpg .jpeg .gif .svg .ico .webp .avif .woff .woff2 .ttf .eot .wasm'.split(' '),
);
