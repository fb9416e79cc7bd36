import { SENSITIVE_KINDS, SENSITIVE_UNREAD, type SensitiveKind, VEDETTE_ATTR } from '@vedette/protocol/attributes';
import type { Exchange } from '../capture/exchange.js';
import { Memo } from '../memo.js';
import { AttributeName, type SpanSink } from '../span-record.js';
import { bodyText } from './body-text.js';
import { CostBudget } from './cost-budget.js';
import { isJson } from './credentials.js';
import { askedForIds, handedOutIds } from './object-ids.js';
import { responseHeader } from './response-headers.js';
import { countSensitive } from './sensitive/count-sensitive.js';

const REQUEST_IDS = new AttributeName(VEDETTE_ATTR.requestObjectIds);
const RESPONSE_IDS = new AttributeName(VEDETTE_ATTR.responseObjectIds);
const SENSITIVE = new Map<SensitiveKind, AttributeName>(
  SENSITIVE_KINDS.map((kind) => [kind, new AttributeName(`${VEDETTE_ATTR.sensitivePrefix}${kind}`)]),
);
const UNREAD = new AttributeName(VEDETTE_ATTR.sensitivePrefix + SENSITIVE_UNREAD);

/** Of a response that is looked into, bytes. */
const RESPONSE_PREFIX = 16 * 1024;
/** Longest JSON request in which ids are looked for, bytes. */
const MAX_REQUEST = 4 * 1024;
/** Longest text that is charged by its length, characters, and what a character costs, µs: measuring would cost more. */
const MAX_ESTIMATED = 256;
const US_PER_CHARACTER = 0.003;

/** Text in which people and machines read values. */
const READABLE = /^\s*(?:text\/|application\/(?:[\w.+-]{1,64}\+)?(?:json|xml|ndjson|x-ndjson)\b)/i;
/** A service writes few content types. */
const readableTypes = new Memo({ entries: 256, length: 256 }, (contentType) => READABLE.test(contentType));

/** What looking into bodies may cost, each on its own so that neither takes the other's share. */
export class BodyBudgets {
  /** Ids that requests ask for and lists hand out. */
  readonly ids = new CostBudget();
  readonly sensitive = new CostBudget();

  /** Credits a request. */
  credit(nowMs: number): void {
    this.ids.credit(nowMs);
    this.sensitive.credit(nowMs);
  }
}

/** Bytes of a request's body that are kept for {@link describeBodies}. */
export function requestPrefix({ headers }: Exchange, { ids }: BodyBudgets): number {
  const { contentLength, contentType } = headers;
  return contentLength > 0 && contentLength <= MAX_REQUEST && ids.isOpen && isJson(contentType) ? contentLength : 0;
}

/** Bytes of a response's body that are kept for {@link describeBodies}. */
export function responsePrefix(exchange: Exchange, { ids, sensitive }: BodyBudgets): number {
  const { response } = exchange;
  if (response.statusCode < 200 || response.statusCode > 299) return 0;
  if (!sensitive.isOpen && !ids.isOpen) {
    // Without searching rendered headers, which is dear: a picture may be called unread, in which nobody would look.
    const type = response.getHeader('content-type');
    exchange.isUnread = typeof type !== 'string' || readableTypes.of(type);
    return 0;
  }
  return readableTypes.of(responseHeader(response, 'content-type')) ? RESPONSE_PREFIX : 0;
}

/**
 * Writes what the kept beginnings of the bodies hold, as far as the budgets allow: ids that a JSON request asks for, ids
 * that a JSON list hands out, and how many sensitive values of each kind a response holds, or that nobody looked.
 *
 * @param isAttempt whether the request was an authentication attempt, whose fields name persons, not objects
 */
export function describeBodies(
  exchange: Exchange,
  isAttempt: boolean,
  to: { readonly sink: SpanSink; readonly budgets: BodyBudgets },
): void {
  const { sink, budgets } = to;
  const { request, response, requestBody, responseBody, headers } = exchange;
  if (!isAttempt && requestBody !== undefined && !requestBody.isEmpty && budgets.ids.isOpen) {
    if (requestBody.bytes <= MAX_REQUEST && isJson(headers.contentType)) {
      const sinceMs = performance.now();
      const ids = askedForIds(bodyText(requestBody, headers.contentEncoding));
      if (ids) sink.attribute(REQUEST_IDS, ids);
      budgets.ids.spend(sinceMs);
    }
  }
  if (responseBody.isEmpty) {
    if (exchange.isUnread && responseBody.bytes > 0 && request.method !== 'HEAD') sink.attribute(UNREAD, 1);
    return;
  }
  if (response.statusCode < 200 || response.statusCode > 299) return;
  const type = responseHeader(response, 'content-type');
  if (!readableTypes.of(type)) return;
  const encoding = responseHeader(response, 'content-encoding');
  const isList = request.method === 'GET' && isJson(type);
  if (encoding === '' && responseBody.bytes <= MAX_ESTIMATED) {
    const text = responseBody.text;
    if (budgets.sensitive.isOpen) describeSensitive(text, sink);
    else sink.attribute(UNREAD, 1);
    if (isList) describeHandedOut(text, sink);
    budgets.sensitive.charge(text.length * US_PER_CHARACTER);
    return;
  }
  if (!budgets.sensitive.isOpen) {
    sink.attribute(UNREAD, 1);
    if (!isList || !budgets.ids.isOpen) return;
  }
  let sinceMs = performance.now();
  const text = bodyText(responseBody, encoding);
  if (budgets.sensitive.isOpen) {
    describeSensitive(text, sink);
    sinceMs = budgets.sensitive.spend(sinceMs);
  }
  if (isList && budgets.ids.isOpen) {
    describeHandedOut(text, sink);
    budgets.ids.spend(sinceMs);
  }
}

function describeHandedOut(text: string, sink: SpanSink): void {
  const ids = handedOutIds(text);
  if (ids) sink.attribute(RESPONSE_IDS, ids);
}

function describeSensitive(text: string, sink: SpanSink): void {
  const counts = countSensitive(text);
  if (counts === undefined) return;
  for (const [kind, count] of counts) sink.attribute(SENSITIVE.get(kind) as AttributeName, count);
}
