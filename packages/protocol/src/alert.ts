import { z } from 'zod';
import { ALERT_TYPES } from './alert-type.js';
import { EvidenceSchema } from './evidence.js';
import { SEVERITIES } from './severity.js';

/** RFC 3339 time in UTC with milliseconds. */
const Time = z.iso.datetime();

/** `expected`: it was announced in the settings; it pages nobody unless it goes beyond what was announced. */
export const ALERT_STATUSES = ['new', 'acknowledged', 'snoozed', 'resolved', 'withdrawn', 'expected'] as const;
export const RESOLUTIONS = ['true_positive', 'benign', 'false_positive', 'drill'] as const;

/** One term of the score: `impact`, `confidence`, `volume`, `outcome`, `discount` or `limit`. */
export const ScoreTermSchema = z.object({
  name: z.enum(['impact', 'confidence', 'volume', 'outcome', 'discount', 'limit']),
  points: z.number(),
  /** Why that many, with the numbers. */
  text: z.string(),
});

/** Requests of the campaign over its life, for a sparkline: `counts[i]` covers `[start + i·bucketMs, start + (i+1)·bucketMs)`. */
export const ActivitySchema = z.object({
  start: Time,
  bucketMs: z.number().positive(),
  counts: z.array(z.number().int().nonnegative()).max(60),
});

/** The thing a person triages: the findings of one campaign grouped. Published as JSON Schema at `/api/schemas/alert.json`. */
export const AlertSchema = z.object({
  /** Deterministic: two nodes that see one campaign write one alert. */
  id: z.string(),
  type: z.enum(ALERT_TYPES),
  severity: z.enum(SEVERITIES),
  /** 0 to 100. */
  score: z.number().min(0).max(100),
  scoreTerms: z.array(ScoreTermSchema),
  title: z.string(),
  /** One or two sentences with the numbers. */
  summary: z.string(),
  service: z.string(),
  /** Alerts of one story belong together (stuffing, the takeover it led to, the exfiltration by those accounts). */
  storyId: z.string(),
  status: z.enum(ALERT_STATUSES),
  resolution: z.enum(RESOLUTIONS).nullable(),
  /** True when the campaign came back after it had been resolved. */
  recurring: z.boolean(),
  firstSeen: Time,
  lastSeen: Time,
  /** Event time at which it was first raised. */
  raisedAt: Time,
  /** Client addresses, most involved first; bounded, `sourceCount` is the true number. */
  sources: z.array(z.string()),
  sourceCount: z.number().int().nonnegative(),
  /** Actor pseudonyms exactly as they came in the spans; bounded. */
  actors: z.array(z.string()),
  actorCount: z.number().int().nonnegative(),
  /** What was attacked, as `kind:value`; bounded. */
  targets: z.array(z.string()),
  targetCount: z.number().int().nonnegative(),
  /** Routes used, as `METHOD template`; bounded. */
  routes: z.array(z.string()),
  /** Accounts that got in, as pseudonyms; bounded. */
  compromised: z.array(z.string()),
  /** Requests of the campaign so far. */
  requests: z.number().int().nonnegative(),
  evidence: z.array(EvidenceSchema),
  activity: ActivitySchema,
  owaspAutomatedThreats: z.array(z.string()),
  owaspApi: z.array(z.string()),
  attack: z.array(z.string()),
});

export type Alert = z.infer<typeof AlertSchema>;
export type AlertStatus = Alert['status'];
export type Resolution = (typeof RESOLUTIONS)[number];
export type ScoreTerm = z.infer<typeof ScoreTermSchema>;
export type Activity = z.infer<typeof ActivitySchema>;

/**
 * Why an alert changed. `raised` and `escalated` (a higher severity band, or ten times the size) notify people;
 * `expected` is `raised` for one that was announced, and notifies nobody.
 */
export const ALERT_CHANGES = [
  'raised',
  'updated',
  'escalated',
  'withdrawn',
  'recurred',
  'triaged',
  'expected',
] as const;
export type AlertChange = (typeof ALERT_CHANGES)[number];

/** One appended event of an alert's life. The newest event of an alert carries its present state. */
export const AlertEventSchema = z.object({
  /** Position in the log of all alert events of this collector, from 1, without gaps. The stream's cursor. */
  sequence: z.number().int().positive(),
  change: z.enum(ALERT_CHANGES),
  /** When the collector wrote it (wall clock). */
  recordedAt: Time,
  /** Who triaged, or `null` for the engine. */
  by: z.string().nullable(),
  comment: z.string().nullable(),
  alert: AlertSchema,
});

export type AlertEvent = z.infer<typeof AlertEventSchema>;
