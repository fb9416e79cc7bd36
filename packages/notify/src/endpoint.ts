import { VedetteError } from '@vedette/protocol';
import { z } from 'zod';

/** A place that webhooks are sent to. */
export interface WebhookEndpoint {
  /** Stable name: deliveries that wait are found by it after a restart. 1 to 128 characters of `A-Z a-z 0-9 _ -`. */
  readonly id: string;
  /** http or https, without user and password. */
  readonly url: string;
  /** `whsec_` and base64 of 24 to 64 bytes; see {@link createWebhookSecret}. */
  readonly secret: string;
}

const EndpointsSchema = z
  .array(
    z.object({
      id: z.string().regex(/^[\w-]{1,128}$/, 'must be 1 to 128 letters, digits, "_" or "-"'),
      url: z.string().refine(isWebUrl, { message: 'must be an http or https URL without user and password' }),
      secret: z.string().refine(isSecret, { message: 'must be "whsec_" and base64 of 24 to 64 bytes' }),
    }),
  )
  .refine((endpoints) => new Set(endpoints.map(({ id }) => id)).size === endpoints.length, {
    message: 'ids must differ',
  });

/** @throws VedetteError `VDT_NOTIFY_INVALID` that names the field; never the secret */
export function checkEndpoints(endpoints: readonly WebhookEndpoint[]): readonly WebhookEndpoint[] {
  const checked = EndpointsSchema.safeParse(endpoints);
  if (checked.success) return checked.data;
  const { path, message } = checked.error.issues[0]!;
  throw new VedetteError('VDT_NOTIFY_INVALID', `webhook endpoint ${path.join('.')} ${message}`.replace(/ +/g, ' '));
}

function isWebUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}

function isSecret(secret: string): boolean {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  if (base64 === undefined) return false;
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === base64;
}
