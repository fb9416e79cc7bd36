import type { AuthEvent } from '@vedette/protocol';
import { findExchange } from './capture/find-exchange.js';
import type { EventReport, ReportedActorKind, RequestLike } from './reports.js';

/** Longest identifier and code that are believed, characters. */
const MAX_TEXT = 512;
const MAX_ATTEMPTS = 1_000;
const EVENTS: ReadonlySet<string> = new Set<AuthEvent | 'code'>(['login', 'signup', 'reset', 'otp', 'code']);
const KINDS: ReadonlySet<string> = new Set<ReportedActorKind>(['user', 'api_key', 'session']);

/** How a report was taken: as said, not at all for want of a request under way, or because it makes no sense. */
export type Taken = 'taken' | 'no request' | 'invalid';

/** Notes an attempt that the service reports; the last report of a request holds. JavaScript may pass anything. */
export function takeEvent(report: EventReport): Taken {
  const { event, identifier, code, outcome, attempts } = report;
  if (!EVENTS.has(event)) return 'invalid';
  const exchange = findExchange(report.request) ?? findExchange(report.response);
  if (exchange === undefined) return 'no request';
  exchange.said = {
    actor: exchange.said?.actor,
    attempt: {
      event,
      identifier: textOf(identifier),
      code: textOf(code),
      outcome: outcome === 'success' || outcome === 'failure' ? outcome : '',
      attempts: Number.isInteger(attempts) ? Math.min(MAX_ATTEMPTS, Math.max(1, attempts ?? 1)) : 1,
    },
  };
  return 'taken';
}

/** Notes the actor that the service names. */
export function takeActor(request: RequestLike, id: string | number | bigint, kind: ReportedActorKind): Taken {
  const text = textOf(id);
  if (text === '' || !KINDS.has(kind)) return 'invalid';
  const exchange = findExchange(request);
  if (exchange === undefined) return 'no request';
  exchange.said = { actor: { id: text, kind }, attempt: exchange.said?.attempt };
  return 'taken';
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT);
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}
