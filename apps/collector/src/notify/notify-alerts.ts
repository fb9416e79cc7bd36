import type { Notifier } from '@vedette/notify';
import type { AlertChange, AlertEvent, WebhookPayload } from '@vedette/protocol';
import type { Logger } from 'pino';

/** Changes that people are told of; the others only move what is on the screen. */
const PAYLOAD_TYPE: Readonly<Partial<Record<AlertChange, WebhookPayload['type']>>> = {
  raised: 'alert.raised',
  escalated: 'alert.escalated',
  recurred: 'alert.recurred',
  withdrawn: 'alert.withdrawn',
};

/**
 * Puts an alert event into the webhook outbox, if people are to hear of it. The id is made from the event's place in the
 * log, so a repeated hand-over after a restart is the same webhook.
 */
export function notifyOf(
  event: AlertEvent,
  options: { notifier: Notifier; publicUrl: string | undefined; logger: Logger },
): void {
  const type = PAYLOAD_TYPE[event.change];
  if (type === undefined) return;
  const url = options.publicUrl === undefined ? null : new URL(`/alerts/${event.alert.id}`, options.publicUrl).href;
  const payload: WebhookPayload = { type, timestamp: event.recordedAt, data: { alert: event.alert, url } };
  options.notifier.enqueue(`evt_${event.alert.id}_${event.sequence}`, payload).catch((error: unknown) => {
    options.logger.error({ err: error, alert: event.alert.id }, 'a webhook could not be put into the outbox');
  });
}
