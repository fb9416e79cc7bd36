import { z } from 'zod';
import { AlertSchema } from './alert.js';

/**
 * Body of a webhook, signed by Standard Webhooks (headers `webhook-id`, `webhook-timestamp`, `webhook-signature`).
 * `webhook-id` stays the same over retries, so a receiver that keeps ids handles each once.
 */
export const WebhookPayloadSchema = z.object({
  type: z.enum(['alert.raised', 'alert.escalated', 'alert.recurred', 'alert.withdrawn']),
  timestamp: z.iso.datetime(),
  data: z.object({
    alert: AlertSchema,
    /** Page of the alert in the dashboard, or `null` where the collector's public address is not configured. */
    url: z.string().nullable(),
  }),
});

export type WebhookPayload = z.infer<typeof WebhookPayloadSchema>;
