import type { AlertBook, EngineOptions } from '@vedette/detection';
import {
  ALERT_STATUSES,
  ALERT_TYPE_INFO,
  type Alert,
  AlertDetailSchema,
  AlertListSchema,
  AlertSchema,
  ExplanationSchema,
  type RequestEvent,
  RequestListSchema,
  type RequestRow,
  TriageRequestSchema,
} from '@vedette/protocol';
import type { RequestFilter, Storage } from '@vedette/storage';
import { z } from 'zod';
import { type AlertLog, compareAlerts } from '../alerts/alert-log.js';
import { explain } from '../detection/explain.js';
import { HttpError, notFound } from '../http/http-error.js';
import { type Operation, operation } from './operation.js';

const Id = z.object({ id: z.string().min(1).max(100) });
const Limit = z.coerce.number().int().min(1).max(200).default(50);
const Cursor = z.string().max(200).optional();

export interface AlertOperationsOptions {
  readonly book: AlertBook;
  readonly log: AlertLog;
  readonly storage: Pick<Storage, 'alertEvents' | 'requestEvents'>;
  /** As the live engine has them at the moment. */
  readonly engine: () => EngineOptions;
}

/** Everything that the API does with alerts. */
export function alertOperations({ book, log, storage, engine }: AlertOperationsOptions): Operation[] {
  let isExplaining = false;
  const find = (id: string): Alert => {
    const alert = book.get(id);
    if (alert === undefined) throw notFound('this alert');
    return alert;
  };

  return [
    operation({
      method: 'GET',
      path: '/api/alerts',
      summary: 'Alerts, newest activity first',
      role: 'viewer',
      query: z.object({ status: z.enum(ALERT_STATUSES).optional(), limit: Limit, cursor: Cursor }),
      response: AlertListSchema,
      handle: async ({ query }) => {
        const streamCursor = log.sequence;
        const sorted = book
          .list()
          .filter((alert) => query.status === undefined || alert.status === query.status)
          .sort(compareAlerts);
        const start = query.cursor === undefined ? 0 : positionAfter(sorted, query.cursor);
        const alerts = sorted.slice(start, start + query.limit);
        const last = alerts.at(-1);
        const isMore = start + alerts.length < sorted.length;
        return { alerts, nextCursor: isMore && last ? `${last.lastSeen}~${last.id}` : null, streamCursor };
      },
    }),
    operation({
      method: 'GET',
      path: '/api/alerts/{id}',
      summary: 'One alert with what happened to it',
      role: 'viewer',
      params: Id,
      response: AlertDetailSchema,
      handle: async ({ params }) => {
        const alert = find(params.id);
        const events = await storage.alertEvents.history(alert.id);
        return { alert, history: events.map(({ alert: _, ...event }) => event) };
      },
    }),
    operation({
      method: 'GET',
      path: '/api/alerts/{id}/requests',
      summary: 'The request events behind an alert, newest first',
      role: 'viewer',
      params: Id,
      query: z.object({ limit: Limit, cursor: Cursor }),
      response: RequestListSchema,
      handle: async ({ params, query }) => {
        const page = { limit: query.limit, cursor: query.cursor ?? null };
        const { events, nextCursor } = await storage.requestEvents.page(requestsOf(find(params.id)), page);
        return { requests: events.map(toRow), nextCursor };
      },
    }),
    operation({
      method: 'GET',
      path: '/api/alerts/{id}/explanation',
      summary: 'The alert made once more from the stored request events, number by number',
      role: 'viewer',
      params: Id,
      response: ExplanationSchema,
      handle: async ({ params }) => {
        const alert = find(params.id);
        // It goes through everything that is stored: one at a time leaves room for the live traffic.
        if (isExplaining) throw new HttpError(429, 'VDT_RATE_LIMITED', 'another alert is being explained; try again');
        isExplaining = true;
        try {
          return await explain(alert, { storage, engine: engine() });
        } finally {
          isExplaining = false;
        }
      },
    }),
    operation({
      method: 'POST',
      path: '/api/alerts/{id}/triage',
      summary: 'Acknowledge, resolve or reopen an alert',
      role: 'analyst',
      params: Id,
      body: TriageRequestSchema,
      response: z.object({ alert: AlertSchema }),
      handle: async ({ params, body, session }) => {
        find(params.id);
        const update = book.triage(params.id, { status: body.status, resolution: body.resolution });
        if (update === null) throw new HttpError(409, 'VDT_ALERT_UNCHANGED', 'the alert is in this state already');
        await log.append(update, { by: session.user, comment: body.comment });
        return { alert: update.alert };
      },
    }),
  ];
}

/**
 * Selects the request events that an alert speaks of. An accused actor is narrower than its address, which others may
 * share; logins have no actor yet, so there the addresses select.
 */
function requestsOf(alert: Alert): RequestFilter {
  const isByActor = alert.actors.length > 0 && ALERT_TYPE_INFO[alert.type].family !== 'authentication';
  return {
    service: alert.service,
    ...(isByActor ? { actors: alert.actors } : { sources: alert.sources }),
    routes: alert.routes,
    fromMs: Date.parse(alert.firstSeen),
    toMs: Date.parse(alert.lastSeen) + 1,
  };
}

function toRow(event: RequestEvent): RequestRow {
  return {
    traceId: event.traceId,
    spanId: event.spanId,
    time: new Date(event.startMs).toISOString(),
    service: event.service,
    source: event.source,
    actor: event.actor,
    method: event.method,
    path: event.path,
    query: event.query,
    route: event.route,
    status: event.status,
    durationMs: event.durationMs,
    responseBytes: event.responseBytes,
    userAgent: event.userAgent,
    authOutcome: event.authOutcome,
    authIdentifier: event.authIdentifier,
  };
}

/** Index of the first alert behind a cursor, also when the alert that it names has moved. */
function positionAfter(sorted: readonly Alert[], cursor: string): number {
  const [lastSeen, id] = cursor.split('~', 2);
  if (id === undefined || Number.isNaN(Date.parse(lastSeen!))) {
    throw new HttpError(400, 'VDT_CURSOR_INVALID', 'cursor: not one that this list handed out');
  }
  const mark = { lastSeen, id } as Alert;
  const index = sorted.findIndex((alert) => compareAlerts(alert, mark) > 0);
  return index === -1 ? sorted.length : index;
}
