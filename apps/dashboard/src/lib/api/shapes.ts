import {
  type Activity,
  type AgentHealth,
  type AgentList,
  ALERT_TYPES,
  type Alert,
  type AlertChange,
  type AlertDetail,
  type AlertList,
  type AlertStatus,
  type Baseline,
  type ErrorBody,
  type Evidence,
  type RequestList,
  type RequestRow,
  type Resolution,
  type ScoreTerm,
  SEVERITIES,
  type Session,
  type Stats,
  type Traffic,
  type TrafficStats,
} from '@vedette/protocol';
import { isBoolean, isListOf, isNullOr, isNumber, isOneOf, isShape, isString, isTime } from './guard.js';

// The protocol's zod schemas would be half of the bundle. These guards cost a few hundred bytes; the compiler keeps their
// fields complete, and shapes.test.ts checks them against the schemas.

const STATUSES = [
  'new',
  'acknowledged',
  'snoozed',
  'resolved',
  'withdrawn',
  'expected',
] as const satisfies AlertStatus[];
export const RESOLUTIONS = ['true_positive', 'benign', 'false_positive', 'drill'] as const satisfies Resolution[];
const CHANGES = [
  'raised',
  'updated',
  'escalated',
  'withdrawn',
  'recurred',
  'triaged',
  'expected',
] as const satisfies AlertChange[];
const TERMS = ['impact', 'confidence', 'volume', 'outcome', 'discount', 'limit'] as const satisfies ScoreTerm['name'][];
const BASELINES = ['source', 'actor', 'peers', 'route', 'service', 'prior'] as const satisfies Baseline['of'][];

const isStrings = isListOf(isString);

const isEvidence = isShape<Evidence>({
  name: isString,
  text: isString,
  observed: isNumber,
  expected: isNullOr(isNumber),
  unit: isString,
  baseline: isNullOr(isShape<Baseline>({ of: isOneOf(BASELINES), size: isNumber })),
  logLikelihood: isNullOr(isNumber),
});

export const isChange = isOneOf(CHANGES);

export const isAlert = isShape<Alert>({
  id: isString,
  type: isOneOf(ALERT_TYPES),
  severity: isOneOf(SEVERITIES),
  score: isNumber,
  scoreTerms: isListOf(isShape<ScoreTerm>({ name: isOneOf(TERMS), points: isNumber, text: isString })),
  title: isString,
  summary: isString,
  service: isString,
  storyId: isString,
  status: isOneOf(STATUSES),
  resolution: isNullOr(isOneOf(RESOLUTIONS)),
  recurring: isBoolean,
  firstSeen: isTime,
  lastSeen: isTime,
  raisedAt: isTime,
  sources: isStrings,
  sourceCount: isNumber,
  actors: isStrings,
  actorCount: isNumber,
  targets: isStrings,
  targetCount: isNumber,
  routes: isStrings,
  compromised: isStrings,
  requests: isNumber,
  evidence: isListOf(isEvidence),
  activity: isShape<Activity>({ start: isTime, bucketMs: isNumber, counts: isListOf(isNumber) }),
  owaspAutomatedThreats: isStrings,
  owaspApi: isStrings,
  attack: isStrings,
});

export const isAlertList = isShape<AlertList>({
  alerts: isListOf(isAlert),
  nextCursor: isNullOr(isString),
  streamCursor: isNumber,
});

export const isAlertDetail = isShape<AlertDetail>({
  alert: isAlert,
  history: isListOf(
    isShape<AlertDetail['history'][number]>({
      sequence: isNumber,
      change: isChange,
      recordedAt: isTime,
      by: isNullOr(isString),
      comment: isNullOr(isString),
    }),
  ),
});

export const isTriaged = isShape<{ alert: Alert }>({ alert: isAlert });

export const isRequestList = isShape<RequestList>({
  requests: isListOf(
    isShape<RequestRow>({
      traceId: isString,
      spanId: isString,
      time: isTime,
      service: isString,
      source: isString,
      actor: isString,
      method: isString,
      path: isString,
      query: isString,
      route: isString,
      status: isNumber,
      durationMs: isNumber,
      responseBytes: isNumber,
      userAgent: isString,
      authOutcome: isString,
      authIdentifier: isString,
    }),
  ),
  nextCursor: isNullOr(isString),
});

export const isTrafficStats = isShape<TrafficStats>({
  atMs: isNumber,
  requests: isNumber,
  errors: isNumber,
  loginsFailed: isNumber,
  loginsSucceeded: isNumber,
});

export const isTraffic = isShape<Traffic>({ points: isListOf(isTrafficStats) });

export const isStats = isShape<Stats>({
  requestEvents: isNumber,
  oldest: isNullOr(isTime),
  newest: isNullOr(isTime),
  alerts: isNumber,
});

export const isAgentList = isShape<AgentList>({
  agents: isListOf(
    isShape<AgentHealth>({
      instance: isString,
      service: isString,
      host: isString,
      process: isString,
      version: isString,
      node: isString,
      capture: isString,
      frameworks: isStrings,
      state: isOneOf(['up', 'stale', 'ended']),
      isCapturing: isBoolean,
      startedAt: isNullOr(isTime),
      lastSeen: isTime,
      queueSpans: isNumber,
      queueBytes: isNumber,
      delivered: isNumber,
      dropped: isNumber,
      rejected: isNumber,
      faults: isNumber,
      overheadUs: isNullOr(isNumber),
    }),
  ),
});

export const isSession = isShape<Session>({
  user: isString,
  role: isOneOf(['viewer', 'analyst', 'admin']),
  expires: isTime,
});

export const isErrorBody = isShape<ErrorBody>({ code: isString, error: isString });
