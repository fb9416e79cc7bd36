import type { AuthEvent } from '@vedette/protocol';
import { splitTarget } from '../request-target.js';
import { type Credentials, credentialsOf, isJson } from './credentials.js';
import { type GraphqlOperation, graphqlOperations, type OperationType, type RootField } from './graphql-document.js';
import { type JsonField, jsonFields } from './json-fields.js';

/** What a GraphQL request does. */
export interface GraphqlRequest {
  /** Name of the operation, else of its first field; `''` where neither is known. Of a batch, that of the attempt, else the first. */
  readonly name: string;
  /** `''` where the request has no query text, as persisted queries. */
  readonly type: OperationType | '';
  readonly attempt: GraphqlAttempt | undefined;
}

/** Authentication attempts in one request: all root fields, in all operations of a batch, that make the same event. */
export interface GraphqlAttempt {
  readonly event: AuthEvent;
  /** Account that the first one tried, raw, or `''`. */
  readonly identifier: string;
  /** Code that the first one tried, raw, or `''`. */
  readonly code: string;
  readonly attempts: number;
}

/** How a request comes: the beginning of its body with its type, or the query of its target. */
export interface GraphqlSource {
  readonly method: string;
  readonly target: string;
  readonly contentType: string;
  readonly body: string;
}

/** One request of a batch, as GraphQL over HTTP has it. */
interface Entry {
  readonly query: string;
  readonly operationName: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const NAME = /^[A-Za-z_]\w{0,127}$/;
const MAX_ENTRIES = 1_000;
/** Places at which a batch that was cut off is tried to be closed. */
const MAX_REPAIRS = 8;
const LIMITS = { maxFields: 64, maxDepth: 4 } as const;

/** Whether a path is where GraphQL is served; the collector knows the same. */
export function isGraphqlTarget(target: string): boolean {
  const mark = target.indexOf('?');
  let end = mark < 0 ? target.length : mark;
  if (target.charCodeAt(end - 1) === 0x2f) end--;
  // The last letters of what follows, which most paths do not have.
  const last = target.charCodeAt(end - 1) | 0x20;
  if (last !== 0x6c && last !== 0x79) return false;
  const name = target.slice(target.lastIndexOf('/', end - 1) + 1, end).toLowerCase();
  return name.endsWith('graphql') || name === 'gql' || name === 'query';
}

/** Whether a body of this type may hold GraphQL: JSON, or a document by itself. */
export function isJsonOrGraphql(contentType: string): boolean {
  return isJson(contentType) || isDocument(contentType);
}

function isDocument(contentType: string): boolean {
  return /^\s*application\/graphql\s*(?:;|$)/i.test(contentType);
}

/** @returns `undefined` where the request holds no GraphQL */
export function readGraphql(source: GraphqlSource): GraphqlRequest | undefined {
  const read = entriesOf(source).map(readEntry);
  const first = read.find(({ name, type }) => name !== '' || type !== '');
  if (first === undefined) return undefined;
  const attempting = read.find(({ tries }) => tries.length > 0);
  const attempt = attempting?.tries[0];
  if (attempting === undefined || attempt === undefined)
    return { name: first.name, type: first.type, attempt: undefined };
  const attempts = read.reduce(
    (sum, { tries }) => sum + tries.filter(({ event }) => event === attempt.event).length,
    0,
  );
  return { name: attempting.name, type: attempting.type, attempt: { ...attempt, attempts } };
}

function entriesOf({ method, target, contentType, body }: GraphqlSource): readonly Entry[] {
  if (method === 'GET') {
    const query = new URLSearchParams(splitTarget(target).query);
    if (!query.has('query') && !query.has('operationName')) return [];
    return [
      {
        query: query.get('query') ?? '',
        operationName: query.get('operationName') ?? '',
        variables: recordOf(parse(query.get('variables') ?? '')),
      },
    ];
  }
  if (isDocument(contentType)) return [{ query: body, operationName: '', variables: {} }];
  const parsed = parse(body) ?? repaired(body);
  if (Array.isArray(parsed)) return parsed.slice(0, MAX_ENTRIES).map(entryOf);
  return parsed === undefined ? [cutEntry(body)] : [entryOf(parsed)];
}

function entryOf(value: unknown): Entry {
  const { query, operationName, variables } = recordOf(value);
  return {
    query: typeof query === 'string' ? query : '',
    operationName: typeof operationName === 'string' ? operationName : '',
    variables: recordOf(variables),
  };
}

/** A batch that was cut off, without what the end cuts. */
function repaired(text: string): unknown {
  if (!/^\s*\[/.test(text)) return undefined;
  let end = text.length;
  for (let i = 0; i < MAX_REPAIRS && end > 0; i++) {
    end = text.lastIndexOf('},', end - 1);
    const parsed = end < 0 ? undefined : parse(`${text.slice(0, end + 1)}]`);
    if (parsed !== undefined) return parsed;
  }
  return undefined;
}

/** A single request that was cut off: the scalars that came before, and a query text as far as it goes. */
function cutEntry(text: string): Entry {
  const fields = jsonFields(text, { maxFields: 256, maxDepth: 4 });
  const member = (key: string): string =>
    fields.find((field) => field.depth === 1 && field.key === key && field.kind === 'string')?.text ?? '';
  const cut = /"query"\s*:\s*("(?:[^"\\]|\\.)*)$/.exec(text)?.[1];
  return {
    query: member('query') || String((cut === undefined ? undefined : parse(`${cut}"`)) ?? ''),
    operationName: member('operationName'),
    variables: Object.fromEntries(
      fields.flatMap(({ depth, key, text }) => (depth > 1 && key !== '' ? [[key, text]] : [])),
    ),
  };
}

interface ReadEntry {
  readonly name: string;
  readonly type: OperationType | '';
  readonly tries: readonly Omit<GraphqlAttempt, 'attempts'>[];
}

function readEntry(entry: Entry): ReadEntry {
  const operations = entry.query === '' ? [] : graphqlOperations(entry.query);
  const asked = NAME.test(entry.operationName) ? entry.operationName : '';
  const operation = operations.find(({ name }) => name === asked) ?? operations[0];
  if (operation === undefined) {
    // A persisted query: the operation's name stands for its field, the variables for its arguments.
    const tried = tryOf(asked, 'mutation', credentialsOf(fieldsOfValue(entry.variables, '')));
    return { name: asked, type: '', tries: tried === undefined ? [] : [tried] };
  }
  return {
    name: asked || operation.name || (operation.fields[0]?.name ?? ''),
    type: operation.type,
    tries: triesOf(operation, entry.variables),
  };
}

function triesOf({ type, fields }: GraphqlOperation, variables: Entry['variables']): ReadEntry['tries'] {
  return fields.flatMap((field) => {
    if (field.arguments.length === 0) return [];
    return tryOf(field.name, type, credentialsOf(fieldsOfArguments(field, variables))) ?? [];
  });
}

function fieldsOfArguments(field: RootField, variables: Entry['variables']): readonly JsonField[] {
  return field.arguments.flatMap(({ name, text, variable }) =>
    variable === ''
      ? { key: name, kind: 'string' as const, text, depth: 1, inArray: false }
      : fieldsOfValue(Object.hasOwn(variables, variable) ? variables[variable] : undefined, name),
  );
}

/** Scalars in a value, with the innermost names; `name` is that of the value itself. */
function fieldsOfValue(value: unknown, name: string): readonly JsonField[] {
  if (typeof value === 'string') return [{ key: name, kind: 'string', text: value, depth: 1, inArray: false }];
  if (typeof value === 'number') return [{ key: name, kind: 'number', text: String(value), depth: 1, inArray: false }];
  return typeof value === 'object' && value !== null ? jsonFields(JSON.stringify(value), LIMITS) : [];
}

/** Words of field and operation names, joined by dashes, that make an event; what ends or manages a session makes none. */
const NEVER =
  /(?:^|-)(?:log-?out|sign-?out|sign-?off|change|update|set|edit|delete|remove|revoke|refresh|history|list)(?:-|$)/;
const EVENTS: readonly [RegExp, AuthEvent][] = [
  [/(?:^|-)(?:otp|totp|mfa|2fa|two-factor|second-factor|one-time)(?:-|$)/, 'otp'],
  [/(?:^|-)(?:verify|confirm|validate|check|redeem)-(?:.*-)?(?:code|pin|token|phone|email)(?:-|$)/, 'otp'],
  [/(?:^|-)(?:reset|forgot|forgotten|recover|lost)(?:-|$)/, 'reset'],
  [/(?:^|-)(?:sign-?up|register|registration|join)(?:-|$)/, 'signup'],
  [/^(?:create-(?:user|account|customer|member)|(?:user|account|customer|member)-create)(?:-|$)/, 'signup'],
  [/(?:^|-)(?:log-?in|sign-?in|log-?on|authenticate|auth|token-auth|obtain-token|access-token-create)(?:-|$)/, 'login'],
  [/(?:^|-)(?:create|generate|get|obtain)-(?:.*-)?(?:token|session|jwt)(?:-|$)/, 'login'],
];
/** Scalars in a mutation's arguments that are a login by their shape alone. */
const MAX_LOGIN_FIELDS = 6;

function tryOf(
  name: string,
  type: OperationType,
  { identifier, code, hasPassword, fieldCount }: Credentials,
): Omit<GraphqlAttempt, 'attempts'> | undefined {
  if (type === 'subscription' || (type === 'query' && !hasPassword)) return undefined;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll('_', '-');
  if (NEVER.test(words)) return undefined;
  const event = EVENTS.find(([pattern]) => pattern.test(words))?.[1];
  switch (event) {
    case 'otp':
      return code === '' ? undefined : { event, identifier, code };
    case 'reset':
      return identifier === '' && code === '' ? undefined : { event, identifier, code };
    case 'signup':
    case 'login':
      return identifier === '' && !hasPassword ? undefined : { event, identifier, code: '' };
    case undefined:
      return identifier !== '' && hasPassword && fieldCount <= MAX_LOGIN_FIELDS
        ? { event: 'login', identifier, code: '' }
        : undefined;
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
