import { hashObjectId, type RequestedObject } from '@vedette/protocol';
import { cutText, MAX_OBJECTS, TEXT_LIMIT } from '../limits.js';
import { decodeLeniently } from '../url-parts.js';
import { actionOf } from './front-controller.js';
import { readJsonValue } from './json-value.js';
import { objectKind } from './object-kind.js';
import { parameterName, roleAfterSegment } from './parameter-name.js';
import { isPseudonym, shapeOf } from './segment-shape.js';

/** What a query holds once it is safe to keep. */
export interface QueryReading {
  /** The query with secrets as pseudonyms. */
  query: string;
  readonly objects: RequestedObject[];
  /** Pseudonyms, or `''`. */
  apiKey: string;
  code: string;
  identifier: string;
  hasPassword: boolean;
  /** Value of GraphQL's `operationName`, or `''`. */
  operationName: string;
  /** What a front controller is asked to do (`?action=login`, `?route=account/login`). */
  readonly actions: string[];
}

/** Most parameters looked at; what is behind them is dropped from what is kept. */
const MAX_PARAMETERS = 256;
/** A query inside a value (`redirect=https%3A%2F%2F…%3Ftoken%3D…`) is read this deep. */
const MAX_NESTING = 2;
const MAX_ACTIONS = 4;
/** `{"id":1}` with its brackets, quotes and colon bare. */
const MIN_NESTED = 8;

type Pseudonymise = (value: string) => string;

/** Where a query stands. */
export interface QueryPlace {
  /** Kind of an object named just `id`. */
  readonly bareKind: string;
  /** Something is confirmed, reset or redeemed here: a token of whatever name is the code for it. */
  readonly takesCodes: boolean;
}

/** What a request without a query holds. */
export const NO_QUERY: Readonly<QueryReading> = Object.freeze({
  query: '',
  objects: [],
  apiKey: '',
  code: '',
  identifier: '',
  hasPassword: false,
  operationName: '',
  actions: [],
});

/** Reads a query: values that look secret by name or shape become pseudonyms, ids become objects. */
export function readQuery(query: string, place: QueryPlace, pseudonymise: Pseudonymise): QueryReading {
  if (query === '') return NO_QUERY;
  const reading: QueryReading = {
    query,
    objects: [],
    apiKey: '',
    code: '',
    identifier: '',
    hasPassword: false,
    operationName: '',
    actions: [],
  };
  const context = {
    reading,
    bareKind: place.bareKind,
    pseudonymise,
    depth: 0,
    inJson: false,
    unnamed: { code: '', text: '' },
  };
  let safe = read(query, context);
  const { code, text } = context.unnamed;
  if (
    reading.code === '' &&
    code !== '' &&
    (place.takesCodes || reading.actions.some((action) => roleAfterSegment(action) === 'code'))
  ) {
    reading.code = code;
    safe = safe.replace(`=${text}`, () => `=${code}`);
    const asObject = reading.objects.findIndex(({ id }) => id === text);
    if (asObject >= 0) reading.objects.splice(asObject, 1);
  }
  // A password says that a parameter called `user` or `name` is one who logs in.
  reading.query = cutText(reading.hasPassword ? hideNames(safe, context) : safe, TEXT_LIMIT.query);
  return reading;
}

interface Context {
  readonly reading: QueryReading;
  readonly bareKind: string;
  readonly pseudonymise: Pseudonymise;
  readonly depth: number;
  readonly inJson: boolean;
  /** The first value that may be a code although its name does not say so: its pseudonym, and as it stands now. */
  readonly unnamed: { code: string; text: string };
}

/** Names that say nothing by themselves, behind which mailed links carry their token, or what is printed on a card. */
const UNNAMED_CODES = /^(?:[chkst]|hash|key|token|secret|ticket|card|serial|number)$/i;
const CODE_SHAPES = new Set(['hex', 'token', 'coded', 'uuid', 'secret']);

function read(query: string, context: Context): string {
  let out = '';
  let kept = 0;
  let changed = false;
  let count = 0;
  for (let start = 0; start <= query.length; ) {
    let end = query.indexOf('&', start);
    if (end < 0) end = query.length;
    if (++count > MAX_PARAMETERS) return out + query.slice(kept, Math.max(kept, start - 1));
    const equals = query.indexOf('=', start);
    if (equals >= 0 && equals < end) {
      const value = query.slice(equals + 1, end);
      const safe = value === '' ? value : readParameter(query.slice(start, equals), value, context);
      if (safe !== value) {
        out += query.slice(kept, equals + 1) + safe;
        kept = end;
        changed = true;
      }
    } else if (end > start) {
      // A query that is one bare value (`?eyJhbGciOi…`).
      const text = query.slice(start, end);
      const safe = isSecretShape(text) ? context.pseudonymise(decodeLeniently(text)) : text;
      if (safe !== text) {
        out += query.slice(kept, start) + safe;
        kept = end;
        changed = true;
      }
    }
    start = end + 1;
  }
  return changed ? out + query.slice(kept) : query;
}

/** Whether a query names a password. */
export function hasPassword(query: string): boolean {
  return query.split('&', MAX_PARAMETERS).some((part) => {
    const equals = part.indexOf('=');
    return equals > 0 && equals < part.length - 1 && parameterName(decodeLeniently(part.slice(0, equals))).password;
  });
}

function hideNames(query: string, { reading, pseudonymise }: Context): string {
  return query.replace(LOGIN_NAME, (_all, before: string, value: string) => {
    const identifier = isPseudonym(value) ? value : pseudonymise(decodeValue(value));
    if (reading.identifier === '') reading.identifier = identifier;
    return before + identifier;
  });
}

const LOGIN_NAME = /((?:^|&)(?:user|usr|uname|name|account|u|userid|user_id|benutzer|usuario|utilisateur)=)([^&]+)/gi;

/** Returns what may be kept of the value. */
function readParameter(rawName: string, value: string, context: Context): string {
  const { reading, pseudonymise } = context;
  const name = parameterName(decodeLeniently(rawName));
  const hide = () => (isPseudonym(value) ? value : pseudonymise(decodeValue(value)));
  switch (name.role) {
    case 'secret':
      if (name.password) {
        reading.hasPassword = true;
        return hide();
      }
      return noteUnnamed(rawName, hide(), context, true);
    case 'code': {
      const code = hide();
      if (context.depth === 0 && reading.code === '') reading.code = code;
      return code;
    }
    case 'apiKey': {
      const key = hide();
      if (context.depth === 0 && reading.apiKey === '') reading.apiKey = key;
      return key;
    }
    case 'identifier': {
      const identifier = hide();
      if (context.depth === 0 && reading.identifier === '') reading.identifier = identifier;
      return identifier;
    }
    case 'object':
      return noteUnnamed(rawName, readObjects(name.kind || context.bareKind, value, context), context, false);
    default:
      if (name.action && context.depth === 0 && !context.inJson && reading.actions.length < MAX_ACTIONS) {
        const action = actionOf(rawName, decodeValue(value));
        if (action !== '') reading.actions.push(action);
      }
      if (rawName === 'operationName' && context.depth === 0 && !context.inJson)
        reading.operationName = cutText(decodeValue(value), 128);
      return noteUnnamed(rawName, readPlain(value, context), context, false);
  }
}

/** Takes note of a value that may be a code; `kept` is what is kept of it so far. */
function noteUnnamed(name: string, kept: string, context: Context, isHidden: boolean): string {
  const { unnamed } = context;
  if (context.depth > 0 || unnamed.code !== '' || !UNNAMED_CODES.test(name)) return kept;
  if (!isHidden && !CODE_SHAPES.has(shapeOf(kept))) return kept;
  unnamed.code = isPseudonym(kept) ? kept : context.pseudonymise(decodeValue(kept));
  unnamed.text = kept;
  return kept;
}

function readPlain(value: string, context: Context): string {
  if (isPseudonym(value)) return value;
  if (isSecretShape(value)) return context.pseudonymise(decodeValue(value));
  if (context.depth >= MAX_NESTING || value.length < MIN_NESTED) return value;
  const decoded = decodeLeniently(value);
  if (decoded.charCodeAt(0) === 123 && !context.inJson) {
    const json = decodeValue(value);
    const inside = { ...context, inJson: true };
    const safe = readJsonValue(json, (name, text) => readParameter(name, text, inside));
    if (safe !== undefined) return safe === json ? value : encodeURIComponent(safe);
  }
  const mark = decoded.indexOf('?');
  if (mark < 0 || !decoded.includes('=', mark)) return value;
  const inner = decoded.slice(mark + 1);
  const safe = read(inner, { ...context, depth: context.depth + 1 });
  return safe === inner ? value : encodeURIComponent(decoded.slice(0, mark + 1) + safe);
}

const REFERENCE = /^[A-Z][A-Za-z]{2,40}\/[^/]+$/;
const SHORT_ID = /^(?=[^.]*\d)[A-Za-z0-9_-]{2,40}$/;

/** One id or a list of them, separated by commas. Values that are not id-shaped are kept as any other text. */
function readObjects(kind: string, value: string, context: Context): string {
  const { reading } = context;
  const decoded = decodeLeniently(value);
  const ids = decoded.includes(',') ? decoded.split(',', MAX_OBJECTS) : [decoded];
  let hidden = false;
  const safe = ids.map((given) => {
    // FHIR names an object by its kind and id.
    const text = REFERENCE.test(given) ? given.slice(given.indexOf('/') + 1) : given;
    const shape = shapeOf(text);
    // The name says that it is an id: any digit in the value will do.
    if (shape === 'date' || (shape === 'word' && !SHORT_ID.test(text))) return given;
    const id = shape === 'secret' || shape === 'email' ? context.pseudonymise(text) : text;
    if (id !== text) hidden = true;
    if (context.depth === 0 && reading.objects.length < MAX_OBJECTS) {
      reading.objects.push({ kind: objectKind(kind), id: cutText(id, TEXT_LIMIT.name), hash: hashObjectId(id) });
    }
    return id === text ? given : id;
  });
  return hidden ? safe.join(',') : value;
}

function isSecretShape(value: string): boolean {
  const shape = shapeOf(value);
  return shape === 'secret' || shape === 'email';
}

function decodeValue(value: string): string {
  return decodeLeniently(value.includes('+') ? value.replaceAll('+', ' ') : value);
}
