export {
  type Activity,
  ActivitySchema,
  ALERT_CHANGES,
  ALERT_STATUSES,
  type Alert,
  type AlertChange,
  type AlertEvent,
  AlertEventSchema,
  AlertSchema,
  type AlertStatus,
  RESOLUTIONS,
  type Resolution,
  type ScoreTerm,
  ScoreTermSchema,
} from './alert.js';
export { ALERT_TYPE_INFO, ALERT_TYPES, type AlertFamily, type AlertType, type AlertTypeInfo } from './alert-type.js';
export {
  type AgentHealth,
  AgentHealthSchema,
  type AgentList,
  AgentListSchema,
  type AlertDetail,
  AlertDetailSchema,
  type AlertList,
  AlertListSchema,
  type ComparedNumber,
  type ErrorBody,
  ErrorBodySchema,
  type Explanation,
  ExplanationSchema,
  type RequestList,
  RequestListSchema,
  type RequestRow,
  RequestRowSchema,
  type Session,
  SessionRequestSchema,
  SessionSchema,
  type Stats,
  StatsSchema,
  type Traffic,
  TrafficSchema,
  type TriageRequest,
  TriageRequestSchema,
} from './api.js';
export {
  ATTR,
  LEGACY_ATTR,
  SENSITIVE_KINDS,
  SENSITIVE_UNREAD,
  type SensitiveKind,
  VEDETTE_ATTR,
} from './attributes.js';
export {
  DELIVERY_OUTCOMES,
  type DeliveryAttempted,
  type DeliveryEnqueued,
  type DeliveryEvent,
  type DeliveryKey,
  type DeliveryOutcome,
  type OutboxStore,
  type PendingDelivery,
} from './delivery.js';
export { VedetteError } from './errors.js';
export { type Baseline, BaselineSchema, type Evidence, EvidenceSchema } from './evidence.js';
export type { Discount, Finding, Outcome } from './finding.js';
export {
  type CreatedIngestToken,
  CreatedIngestTokenSchema,
  type CreateIngestToken,
  CreateIngestTokenSchema,
  type IngestToken,
  type IngestTokenList,
  IngestTokenListSchema,
  IngestTokenSchema,
  type TokenLimits,
  TokenLimitsSchema,
} from './ingest-token.js';
export { hashObjectId } from './object-id.js';
export {
  type ActorKind,
  type AuthEvent,
  type AuthOutcome,
  type RequestEvent,
  type RequestedObject,
  requestEventKey,
} from './request-event.js';
export {
  ChangeSettingsSchema,
  checkSettings,
  DEFAULT_SETTINGS,
  type ExpectedEvent,
  FALSE_ALARMS_PER_DAY,
  parseSettings,
  REQUESTS_PER_DAY,
  type Settings,
  SettingsChangesSchema,
  type SettingsInput,
  SettingsSchema,
  type SettingsState,
  SettingsStateSchema,
  TRUST_KINDS,
  type TrustedSource,
  type TrustKind,
} from './settings.js';
export { SEVERITIES, SEVERITY_FLOOR, type Severity, severityOf } from './severity.js';
export {
  STREAM_PROTOCOL,
  type StreamMessage,
  StreamMessageSchema,
  type TrafficStats,
  TrafficStatsSchema,
} from './stream.js';
export { type WebhookPayload, WebhookPayloadSchema } from './webhook.js';
