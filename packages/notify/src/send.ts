import { Webhook } from 'standardwebhooks';
import type { WebhookEndpoint } from './endpoint.js';
import { retryAfterMs } from './retry.js';

/** What came of one POST. */
export interface SendResult {
  /** HTTP status, or `null` where no answer came. */
  readonly status: number | null;
  /** Why it did not succeed, or `null` when it did. */
  readonly error: string | null;
  /** The first kilobyte of the answer's body, as text. */
  readonly responseBody: string;
  readonly durationMs: number;
  /** The pause that the receiver asked for, ms; 0 for none. */
  readonly retryAfterMs: number;
}

export interface SendRequest {
  readonly endpoint: WebhookEndpoint;
  readonly deliveryId: string;
  /** Sent byte for byte. */
  readonly body: string;
}

export interface SendOptions {
  /** For the whole exchange, ms. */
  readonly timeoutMs: number;
  /** Breaks the exchange off. */
  readonly signal: AbortSignal;
}

/** Bytes of an answer that are read; the rest is not waited for. */
const RESPONSE_BYTES = 1024;

/**
 * POSTs a signed message (Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`, `webhook-signature`). Redirects are not
 * followed: they would carry the alert to a place that nobody configured. Never throws.
 */
export async function send({ endpoint, deliveryId, body }: SendRequest, options: SendOptions): Promise<SendResult> {
  const startedAt = performance.now();
  const now = new Date();
  const finish = (result: Omit<SendResult, 'durationMs'>): SendResult => ({
    ...result,
    durationMs: Math.round(performance.now() - startedAt),
  });
  try {
    const response = await fetch(endpoint.url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Vedette-Webhooks/1',
        'webhook-id': deliveryId,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(endpoint.secret).sign(deliveryId, now, body),
      },
      body,
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]),
    });
    const answer = {
      status: response.status,
      responseBody: await readBeginning(response),
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), now.getTime()),
    };
    if (response.ok) return finish({ ...answer, error: null });
    const isRedirect = response.status >= 300 && response.status < 400;
    return finish({ ...answer, error: isRedirect ? 'redirects are not followed' : `answered ${response.status}` });
  } catch (error) {
    return finish({ status: null, error: describe(error, options), responseBody: '', retryAfterMs: 0 });
  }
}

/**
 * The first kilobyte. An answer whose status said success has succeeded, so a body that breaks off or never ends (the
 * timeout ends it) takes nothing from it.
 */
async function readBeginning(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body) {
      chunks.push(chunk);
      length += chunk.length;
      // Leaving the loop cancels the rest.
      if (length >= RESPONSE_BYTES) break;
    }
  } catch {
    // What came is what there is.
  }
  return Buffer.concat(chunks).subarray(0, RESPONSE_BYTES).toString('utf8');
}

function describe(error: unknown, options: SendOptions): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${options.timeoutMs} ms`;
  const { cause } = error;
  const text = cause instanceof Error && cause.message !== '' ? cause.message : error.message;
  return text.slice(0, 500);
}
