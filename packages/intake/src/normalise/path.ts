import { hashObjectId, type RequestedObject } from '@vedette/protocol';
import { MAX_OBJECTS } from '../limits.js';
import { decodeLeniently } from '../url-parts.js';
import { objectKind } from './object-kind.js';
import { parameterName, roleAfterSegment } from './parameter-name.js';
import { isPseudonym, type Shape, shapeOfSegment } from './segment-shape.js';

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
    const plain = decodeLeniently(id);
    const object: RequestedObject = { kind: objectKind(literal || parameter), id: plain, hash: hashObjectId(plain) };
    if (reading.objects === NONE) reading.objects = [object];
    else reading.objects.push(object);
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
    if (role === 'code' || (role === 'secret' && literal !== '' && roleAfterSegment(literal) !== '')) return 'code';
    if (role === 'secret' || role === 'apiKey' || role === 'identifier') return 'hidden';
    if (role === 'paging' || ALIASES.has(segment)) return 'none';
  }
  const around = literal === '' ? '' : roleAfterSegment(literal);
  if (around === 'code' && shape !== 'word') return 'code';
  if (around === 'collection' && shape !== 'word' && !isPlainId(segment, shape)) return 'code';
  if (shape === 'secret' || shape === 'email') return 'hidden';
  return shape === 'date' ? 'none' : 'object';
}

function isPlainId(segment: string, shape: Shape): boolean {
  return shape === 'uuid' || (shape === 'number' && segment.length <= 9) || shape === 'date';
}

/** Words that stand for "the one who asks". */
const ALIASES = new Set(['me', 'self', 'current', 'mine', 'my']);
const STATIC_ENDINGS = new Set(
  '.js .mjs .css .map .png .jpg .jpeg .gif .svg .ico .webp .avif .woff .woff2 .ttf .eot .wasm'.split(' '),
);
