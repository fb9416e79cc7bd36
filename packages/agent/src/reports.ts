/**
 * What a service may say of its requests itself, through the functions of this package. Own types: the published
 * declarations stand alone.
 */

/**
 * The request (or response) that a report is about: Node's own, or what a framework hands to its handlers: Express'
 * `req` or `res`, Fastify's `request` or `reply`, Koa's or Hono's context.
 */
export type RequestLike = object;

/** Kinds of actor. */
export type ReportedActorKind = 'user' | 'api_key' | 'session';

/** How an attempt ended. */
export type ReportedOutcome = 'success' | 'failure';

/** Where the request is found: one of the two. */
export interface ReportTarget {
  readonly request?: RequestLike;
  readonly response?: RequestLike;
}

/** An attempt to get in. */
export interface LoginReport extends ReportTarget {
  /** The account that was tried, as the client named it. Leaves the process only as a pseudonym. */
  readonly identifier: string;
  readonly outcome: ReportedOutcome;
  /** `login` unless given. */
  readonly event?: 'login' | 'signup' | 'reset' | 'otp';
}

/** An authentication event, or a try of a coupon, gift card, voucher or invitation (`code`). */
export interface EventReport extends ReportTarget {
  readonly event: 'login' | 'signup' | 'reset' | 'otp' | 'code';
  /** The account that was tried. Leaves the process only as a pseudonym. */
  readonly identifier?: string;
  /** What was tried: a one-time code, a coupon, the number of a gift card. Leaves the process only as a pseudonym. */
  readonly code?: string;
  /** Told by the response unless given. */
  readonly outcome?: ReportedOutcome;
  /** Attempts in this one request, as in batched GraphQL; 1 unless given. */
  readonly attempts?: number;
}
