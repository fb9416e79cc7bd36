import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { isAccepted, isFinal } from './judge-reply.js';
import { readPartialSuccess } from './partial-success.js';
import type { Reply, Transport } from './transport.js';

const compress = promisify(gzip);

/** Smaller bodies are sent as they are, bytes. */
const MIN_COMPRESSED_BYTES = 1024;

/** What became of a body: taken but for some spans, refused for good, or to be sent again. */
export type Receipt =
  | { readonly kind: 'taken'; readonly rejected: number; readonly message: string }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'kept'; readonly reply: Reply };

/** How bodies are sent. */
export interface Sending {
  readonly transport: Transport;
  /** Whether bodies are compressed with gzip. */
  readonly compress: boolean;
}

/** Sends an encoded `ExportTraceServiceRequest`. */
export async function postSpans(body: Buffer, sending: Sending): Promise<Receipt> {
  const compressed =
    !sending.compress || body.length < MIN_COMPRESSED_BYTES
      ? undefined
      : await compress(body, { level: 1 }).catch(() => undefined);
  const reply = await sending.transport.call({
    method: 'POST',
    path: '/v1/traces',
    headers: {
      'content-type': 'application/x-protobuf',
      ...(compressed ? { 'content-encoding': 'gzip' } : {}),
    },
    body: compressed ?? body,
  });
  if (reply.kind === 'answered' && isAccepted(reply)) return { kind: 'taken', ...readPartialSuccess(reply) };
  if (reply.kind === 'answered' && isFinal(reply.status)) {
    return { kind: 'refused', status: reply.status, message: reply.body.toString('utf8') };
  }
  return { kind: 'kept', reply };
}
