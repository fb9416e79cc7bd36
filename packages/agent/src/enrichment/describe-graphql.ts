import { ATTR } from '@vedette/protocol/attributes';
import type { Exchange, SaidAttempt } from '../capture/exchange.js';
import { AttributeName, type SpanSink } from '../span-record.js';
import { bodyText } from './body-text.js';
import { type GraphqlRequest, isGraphqlTarget, readGraphql } from './graphql.js';
import { looksSecret } from './secret-shape.js';

const OPERATION_NAME = new AttributeName(ATTR.graphqlOperationName);
const OPERATION_TYPE = new AttributeName(ATTR.graphqlOperationType);

/** What a request does where it is GraphQL, else `undefined`. */
export function graphqlOf({ request, target, headers, requestBody }: Exchange): GraphqlRequest | undefined {
  if (!isGraphqlTarget(target)) return undefined;
  const method = request.method ?? '';
  if (method !== 'GET' && (method !== 'POST' || requestBody === undefined || requestBody.isEmpty)) return undefined;
  const body = requestBody === undefined ? '' : bodyText(requestBody, headers.contentEncoding);
  return readGraphql({ method, target, contentType: headers.contentType, body });
}

/** A document's inline values, and variables, are whatever the client puts there. */
const TEXTS: ReadonlySet<string> = new Set(['query', 'variables']);
const NONE: ReadonlySet<string> = new Set();

/** Query parameters of a target whose values may hold anything, so that only their pseudonyms leave. */
export function hiddenParameters(target: string): ReadonlySet<string> {
  return isGraphqlTarget(target) ? TEXTS : NONE;
}

/** Writes which operation a request is: in GraphQL that is its route. */
export function describeGraphql({ name, type }: GraphqlRequest, sink: SpanSink): void {
  // A name is the client's to choose.
  if (name !== '' && !looksSecret(name)) sink.attribute(OPERATION_NAME, name);
  if (type !== '') sink.attribute(OPERATION_TYPE, type);
}

/** The attempts of a GraphQL request: account and code of the first, and how many there were. */
export function graphqlAttempt({ attempt }: GraphqlRequest): SaidAttempt | undefined {
  return attempt && { ...attempt, outcome: '' };
}
