import type { RawRequest } from '../raw-request.js';

/** How many spans were refused for one reason. The reasons are a small closed set, fit for a metric's label. */
export interface Rejection {
  reason: string;
  count: number;
}

/**
 * What one OTLP trace body held. Every span is counted once:
 * `received = ignored + (sum of rejected) + requests.length`.
 */
export type DecodeResult =
  | {
      ok: true;
      requests: RawRequest[];
      /** Spans in the body. */
      received: number;
      /** Not a server span, or a server span that speaks neither of HTTP nor of RPC. */
      ignored: number;
      rejected: Rejection[];
    }
  /** The body is malformed: what, and where (byte and field for protobuf, position and path for JSON). */
  | { ok: false; reason: string };

/** Collects what a decoder finds. */
export class DecodeTally {
  readonly requests: RawRequest[] = [];
  received = 0;
  ignored = 0;
  readonly #rejected: Rejection[] = [];

  reject(reason: string): void {
    const known = this.#rejected.find((rejection) => rejection.reason === reason);
    if (known === undefined) this.#rejected.push({ reason, count: 1 });
    else known.count++;
  }

  result(): DecodeResult {
    return {
      ok: true,
      requests: this.requests,
      received: this.received,
      ignored: this.ignored,
      rejected: this.#rejected,
    };
  }
}

/** Reason under which spans past {@link DecodeLimits.maxSpans} are rejected. */
export const TOO_MANY_SPANS = 'too many spans in one request';

/** `SPAN_KIND_SERVER` of opentelemetry/proto/trace/v1/trace.proto. */
export const KIND_SERVER = 2;
