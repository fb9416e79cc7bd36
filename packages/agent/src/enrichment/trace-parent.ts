import type { TraceContext } from '../capture/exchange.js';

/** A span of its own. */
const NEW_TRACE: TraceContext = { traceId: '', spanId: '', parentSpanId: '' };

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/;
const ZEROES = /^0+$/;

/**
 * The trace that a request belongs to by its `traceparent` header (W3C Trace Context, 3.2), whether or not it is sampled: a
 * client cannot hide by saying that it is not.
 *
 * @param header `''` where there is none
 */
export function traceOf(header: string): TraceContext {
  if (header === '') return NEW_TRACE;
  const [, traceId = '', parentSpanId = ''] = TRACEPARENT.exec(header) ?? [];
  if (traceId === '' || header.startsWith('ff') || ZEROES.test(traceId) || ZEROES.test(parentSpanId)) return NEW_TRACE;
  return { traceId, spanId: '', parentSpanId };
}
