import type { StreamMessage } from '@vedette/protocol';
import { type Guard, isNumber, isShape, isString } from '../api/guard.js';
import { isAlert, isChange, isTrafficStats } from '../api/shapes.js';

/** Longest message looked at, UTF-16 code units. An alert with every list full is far below. */
const MAX_LENGTH = 1_000_000;

type Message<T extends StreamMessage['type']> = Extract<StreamMessage, { type: T }>;

const GUARDS: { readonly [T in StreamMessage['type']]: Guard<Message<T>> } = {
  hello: isShape<Message<'hello'>>({
    type: isType('hello'),
    version: isString,
    cursor: isNumber,
    serverTimeMs: isNumber,
    heartbeatMs: isNumber,
  }),
  alert: isShape<Message<'alert'>>({ type: isType('alert'), cursor: isNumber, change: isChange, alert: isAlert }),
  stats: isShape<Message<'stats'>>({ type: isType('stats'), traffic: isTrafficStats }),
  gap: isShape<Message<'gap'>>({ type: isType('gap'), cursor: isNumber }),
  heartbeat: isShape<Message<'heartbeat'>>({ type: isType('heartbeat'), cursor: isNumber, serverTimeMs: isNumber }),
};

export type ParsedMessage =
  | { readonly ok: true; readonly message: StreamMessage }
  /** `unknown`: of a kind that a newer collector may send, to be passed over. `broken`: not to be relied on. */
  | { readonly ok: false; readonly reason: 'unknown' | 'broken' };

/** Reads one text message of the stream. */
export function parseMessage(data: unknown): ParsedMessage {
  if (typeof data !== 'string' || data.length > MAX_LENGTH) return { ok: false, reason: 'broken' };
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { ok: false, reason: 'broken' };
  }
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  if (typeof type !== 'string') return { ok: false, reason: 'broken' };
  if (!Object.hasOwn(GUARDS, type)) return { ok: false, reason: 'unknown' };
  const guard: Guard<StreamMessage> = GUARDS[type as StreamMessage['type']] as Guard<StreamMessage>;
  return guard(value) ? { ok: true, message: value } : { ok: false, reason: 'broken' };
}

function isType<const T extends string>(type: T): Guard<T> {
  return (value): value is T => value === type;
}
