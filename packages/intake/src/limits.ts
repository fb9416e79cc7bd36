/** What one OTLP body may hold. What is over a limit is left out and counted, never a reason to refuse the rest. */
export interface DecodeLimits {
  /** Spans read from one body; further ones are rejected. An SDK's batch holds 512 by default. */
  readonly maxSpans: number;
  /** Attributes read of one span or resource; further ones are skipped. The SDKs' own default limit is 128. */
  readonly maxAttributes: number;
  /** Values read of one array attribute; further ones are skipped. */
  readonly maxArrayLength: number;
}

export const DEFAULT_LIMITS: DecodeLimits = { maxSpans: 65_536, maxAttributes: 256, maxArrayLength: 256 };

/** Longest text kept, in UTF-16 units, by what it holds. */
export const TEXT_LIMIT = {
  /** Names, ids, hosts, routes' parts, pseudonyms. */
  name: 256,
  method: 24,
  path: 2048,
  query: 2048,
  url: 4096,
  userAgent: 512,
} as const;

/** Objects kept of one request (contract of `RequestEvent.objects`). */
export const MAX_OBJECTS = 64;
/** Handed-out ids kept of one response (contract of `RequestEvent.handedOut`). */
export const MAX_HANDED_OUT = 200;
/** Kinds of sensitive data kept of one response. */
export const MAX_SENSITIVE_KINDS = 32;

/** The first `limit` UTF-16 units of a text, one fewer where that would split a surrogate pair. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? limit - 1 : limit);
}
