import { type AgentStatus, runningAgent } from './handle.js';
import type { EventReport, LoginReport, ReportedActorKind, RequestLike } from './reports.js';

export type { AgentStatus } from './handle.js';
export type {
  EventReport,
  LoginReport,
  ReportedActorKind,
  ReportedOutcome,
  ReportTarget,
  RequestLike,
} from './reports.js';

/**
 * Sends all that waits now, for instance before a function-as-a-service freezes the process.
 *
 * @param timeoutMs how long to keep trying, 2 s unless given
 * @returns whether everything was delivered; `true` where no agent runs
 */
export function flush(timeoutMs = 2_000): Promise<boolean> {
  return runningAgent()?.flush(timeoutMs) ?? Promise.resolve(true);
}

/** Counts of the agent in this process, or `undefined` where none runs. */
export function status(): AgentStatus | undefined {
  return runningAgent()?.status();
}

/**
 * Says that a request is an attempt to get in, and how it ended; holds against whatever the agent would have read from
 * the request. To be called before the response ends. Does nothing where no agent runs; never throws.
 */
export function trackLogin(report: LoginReport): void {
  runningAgent()?.trackEvent({ event: 'login', ...report });
}

/**
 * Says that a request is an authentication event, or that a code was tried with it: a coupon, a gift card, an invitation.
 * To be called before the response ends. Does nothing where no agent runs; never throws.
 */
export function trackEvent(report: EventReport): void {
  runningAgent()?.trackEvent(report);
}

/**
 * Says who makes a request; holds against token, cookie and `req.user`. To be called before the response ends. Does nothing
 * where no agent runs; never throws.
 *
 * @param id what the service knows the actor by, always the same one. Leaves the process only as a pseudonym
 * @param options.kind `user` unless given
 */
export function setActor(
  request: RequestLike,
  id: string | number | bigint,
  options: { readonly kind?: ReportedActorKind } = {},
): void {
  runningAgent()?.setActor(request, id, options.kind ?? 'user');
}
