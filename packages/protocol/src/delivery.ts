/**
 * The durable outbox of webhooks: what was asked to be sent, what came of every attempt. The notifier writes and reads it,
 * storage keeps it; it is a log of events, and the state of a delivery follows from its events.
 */

/** One message for one endpoint. The pair of both ids names it. */
export interface DeliveryKey {
  /** Id of the message: the `webhook-id` header, the same for every endpoint and every attempt. */
  readonly deliveryId: string;
  readonly endpointId: string;
}

/** A message was accepted for an endpoint. */
export interface DeliveryEnqueued extends DeliveryKey {
  readonly kind: 'enqueued';
  /** Wall clock, Unix ms. */
  readonly atMs: number;
  /** The body to send, byte for byte (as text, because the signature covers it). */
  readonly body: string;
}

/**
 * How an attempt left a delivery: `retry` goes on; `delivered`, `gone` (the endpoint answered 410) and `failed` (attempts
 * used up, or an answer that no retry can better) end it.
 */
export const DELIVERY_OUTCOMES = ['retry', 'delivered', 'gone', 'failed'] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** A message was sent to its endpoint, and this came of it. */
export interface DeliveryAttempted extends DeliveryKey {
  readonly kind: 'attempted';
  /** Wall clock at the end of the attempt, Unix ms. */
  readonly atMs: number;
  /** From 1. */
  readonly attempt: number;
  readonly outcome: DeliveryOutcome;
  /** HTTP status, or `null` where no answer came. */
  readonly status: number | null;
  /** Why it did not succeed, for people, or `null`. */
  readonly error: string | null;
  /** Beginning of the answer's body, at most 1024 bytes. Hostile text. */
  readonly responseBody: string;
  readonly durationMs: number;
  /** When the next attempt is due, Unix ms; `null` unless the outcome is `retry`. */
  readonly nextAttemptAtMs: number | null;
}

export type DeliveryEvent = DeliveryEnqueued | DeliveryAttempted;

/** A delivery that has not ended. */
export interface PendingDelivery extends DeliveryKey {
  readonly enqueuedAtMs: number;
  readonly body: string;
  /** Attempts made so far. */
  readonly attempts: number;
  /** When the next attempt is due, Unix ms; at once where none was made. */
  readonly nextAttemptAtMs: number;
}

/** Where the notifier keeps its deliveries. */
export interface OutboxStore {
  /** Durable when resolved, all of the events or none. */
  append(events: readonly DeliveryEvent[]): Promise<void>;
  /** Deliveries that have not ended, oldest first. A message that was enqueued twice for one endpoint is one delivery. */
  pending(): Promise<PendingDelivery[]>;
  /** Events of one message over all endpoints, in the order in which they were appended. */
  history(deliveryId: string): Promise<DeliveryEvent[]>;
}
