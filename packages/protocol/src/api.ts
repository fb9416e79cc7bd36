import { z } from 'zod';
import { ALERT_STATUSES, AlertEventSchema, AlertSchema, RESOLUTIONS } from './alert.js';
import { TrafficStatsSchema } from './stream.js';

/** Every error answer of the API. `code` is stable (docs/errors.md), `error` is for people. */
export const ErrorBodySchema = z.object({ code: z.string(), error: z.string() });

/** `GET /api/alerts` */
export const AlertListSchema = z.object({
  alerts: z.array(AlertSchema),
  /** Pass as `cursor` for the next page; `null` on the last. */
  nextCursor: z.string().nullable(),
  /** Position in the alert log that this list reflects: open the stream from here and nothing is missed or shown twice. */
  streamCursor: z.number().int().nonnegative(),
});

/** `GET /api/alerts/{id}` */
export const AlertDetailSchema = z.object({
  alert: AlertSchema,
  history: z.array(AlertEventSchema.omit({ alert: true })),
});

/** `POST /api/alerts/{id}/triage` */
export const TriageRequestSchema = z
  .object({
    status: z.enum(ALERT_STATUSES).exclude(['withdrawn', 'snoozed', 'expected']),
    resolution: z.enum(RESOLUTIONS).nullable().default(null),
    comment: z.string().max(4000).nullable().default(null),
  })
  .strict()
  .refine((triage) => (triage.status === 'resolved') === (triage.resolution !== null), {
    message: 'a resolution is given exactly when the status is "resolved"',
    path: ['resolution'],
  });

/** One request event as the dashboard shows it. */
export const RequestRowSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  time: z.iso.datetime(),
  service: z.string(),
  source: z.string(),
  actor: z.string(),
  method: z.string(),
  path: z.string(),
  query: z.string(),
  route: z.string(),
  status: z.number(),
  durationMs: z.number(),
  responseBytes: z.number(),
  userAgent: z.string(),
  authOutcome: z.string(),
  authIdentifier: z.string(),
});

/** `GET /api/alerts/{id}/requests`, newest first */
export const RequestListSchema = z.object({ requests: z.array(RequestRowSchema), nextCursor: z.string().nullable() });

/** One number of an alert: as it was stored, and as it comes out of the stored request events today. */
export const ComparedNumberSchema = z.object({
  /** `score`, `requests`, or a piece of evidence and its part, as `accounts_failed.observed`. */
  name: z.string(),
  stored: z.number().nullable(),
  recomputed: z.number().nullable(),
  matches: z.boolean(),
});

/** `GET /api/alerts/{id}/explanation`: the alert made once more from the stored request events */
export const ExplanationSchema = z.object({
  alertId: z.string(),
  /** Whether the same alert comes out, with the same numbers. */
  matches: z.boolean(),
  /** Why it does not, where it does not. */
  reason: z.string().nullable(),
  /** Request events gone through, and their range. */
  requestEvents: z.number().int().nonnegative(),
  oldest: z.iso.datetime().nullable(),
  newest: z.iso.datetime().nullable(),
  numbers: z.array(ComparedNumberSchema),
  /** The alert as it comes out today; `null` where none does. */
  recomputed: AlertSchema.nullable(),
});

/** `GET /api/stats`, counted in storage */
export const StatsSchema = z.object({
  requestEvents: z.number().int().nonnegative(),
  oldest: z.iso.datetime().nullable(),
  newest: z.iso.datetime().nullable(),
  alerts: z.number().int().nonnegative(),
});

/** `GET /api/traffic`: the last minutes, a point a second, oldest first, zero-filled */
export const TrafficSchema = z.object({ points: z.array(TrafficStatsSchema) });

/** How one agent is, as it told last */
export const AgentHealthSchema = z.object({
  /** `service.instance.id` */
  instance: z.string(),
  service: z.string(),
  host: z.string(),
  /** Id of the process, as the agent gives it. */
  process: z.string(),
  version: z.string(),
  node: z.string(),
  /** Capture mode, `channel` or `otel`. */
  capture: z.string(),
  frameworks: z.array(z.string()),
  /** `stale`: nothing was heard for three turns of 30 s. `ended`: it said so. */
  state: z.enum(['up', 'stale', 'ended']),
  /** `false` once faults of the agent have turned capture off. */
  isCapturing: z.boolean(),
  startedAt: z.iso.datetime().nullable(),
  lastSeen: z.iso.datetime(),
  /** Spans that wait to be sent, and what they take. */
  queueSpans: z.number().int().nonnegative(),
  queueBytes: z.number().int().nonnegative(),
  /** Spans since the agent's start: taken by the collector, dropped for want of room, refused by the collector. */
  delivered: z.number().int().nonnegative(),
  dropped: z.number().int().nonnegative(),
  rejected: z.number().int().nonnegative(),
  /** Faults of the agent that were kept from its service. */
  faults: z.number().int().nonnegative(),
  /** What the agent's hooks cost a request, estimated, µs; `null` until it is known. */
  overheadUs: z.number().nonnegative().nullable(),
});

/** `GET /api/agents`: the agents that were heard in the last day, by service, the last started first */
export const AgentListSchema = z.object({ agents: z.array(AgentHealthSchema) });

/** `GET /api/session` */
export const SessionSchema = z.object({
  user: z.string(),
  role: z.enum(['viewer', 'analyst', 'admin']),
  expires: z.iso.datetime(),
});

/** `POST /api/session`: a one-time token from the start line, or an API token */
export const SessionRequestSchema = z.object({ token: z.string().min(1).max(512) }).strict();

export type ComparedNumber = z.infer<typeof ComparedNumberSchema>;
export type Explanation = z.infer<typeof ExplanationSchema>;
export type ErrorBody = z.infer<typeof ErrorBodySchema>;
export type AlertList = z.infer<typeof AlertListSchema>;
export type AlertDetail = z.infer<typeof AlertDetailSchema>;
export type TriageRequest = z.infer<typeof TriageRequestSchema>;
export type RequestRow = z.infer<typeof RequestRowSchema>;
export type RequestList = z.infer<typeof RequestListSchema>;
export type Stats = z.infer<typeof StatsSchema>;
export type Traffic = z.infer<typeof TrafficSchema>;
export type AgentHealth = z.infer<typeof AgentHealthSchema>;
export type AgentList = z.infer<typeof AgentListSchema>;
export type Session = z.infer<typeof SessionSchema>;
