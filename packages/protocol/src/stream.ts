import { z } from 'zod';
import { ALERT_CHANGES, AlertSchema } from './alert.js';

/** Counts of the traffic, at most one message a second. Rates are per second over the last full second. */
export const TrafficStatsSchema = z.object({
  /** Unix ms, start of the second that the rates cover (arrival time). */
  atMs: z.number(),
  requests: z.number(),
  /** Responses with status 500 and above. */
  errors: z.number(),
  loginsFailed: z.number(),
  loginsSucceeded: z.number(),
});

/** First message: who speaks, and the cursor from which a client that connects now has everything. */
const Hello = z.object({
  type: z.literal('hello'),
  version: z.string(),
  /** Cursor of the newest alert event. */
  cursor: z.number().int().nonnegative(),
  serverTimeMs: z.number(),
  /** Interval at which the server sends `heartbeat`. A client that hears nothing for three of them reconnects. */
  heartbeatMs: z.number(),
});

const AlertMessage = z.object({
  type: z.literal('alert'),
  cursor: z.number().int().positive(),
  change: z.enum(ALERT_CHANGES),
  alert: AlertSchema,
});

const Stats = z.object({ type: z.literal('stats'), traffic: TrafficStatsSchema });

/** The cursor asked for is older than what the server keeps, or this client was too slow: reload by REST, go on from `cursor`. */
const Gap = z.object({ type: z.literal('gap'), cursor: z.number().int().nonnegative() });

const Heartbeat = z.object({
  type: z.literal('heartbeat'),
  cursor: z.number().int().nonnegative(),
  serverTimeMs: z.number(),
});

/** Every message that the server sends on `/api/stream`. The client sends none. */
export const StreamMessageSchema = z.discriminatedUnion('type', [Hello, AlertMessage, Stats, Gap, Heartbeat]);

export type TrafficStats = z.infer<typeof TrafficStatsSchema>;
export type StreamMessage = z.infer<typeof StreamMessageSchema>;

/** Subprotocol that a client must offer; `bearer.<base64url token>` may stand beside it where no header can be set. */
export const STREAM_PROTOCOL = 'vedette.v1';
