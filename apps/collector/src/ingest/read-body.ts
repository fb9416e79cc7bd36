import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Largest body accepted, bytes: as sent, and once inflated. A batch of 512 spans is about 0.4 MB inflated. */
export const BODY_LIMITS = { sentBytes: 8 * 1024 * 1024, inflatedBytes: 32 * 1024 * 1024 } as const;

export type BodyResult =
  | { readonly ok: true; readonly body: Buffer }
  | { readonly ok: false; readonly status: 400 | 413 | 415; readonly reason: string };

/**
 * Reads a request body into memory, inflating `gzip`. Stops reading at once when a limit is passed, so that a zip bomb
 * costs no more than the limit.
 */
export async function readBody(stream: Readable, encoding: string | undefined): Promise<BodyResult> {
  const coding = (encoding ?? 'identity').trim().toLowerCase();
  if (coding === 'identity' || coding === '') return collect(stream, BODY_LIMITS.sentBytes, 'the body');
  if (coding !== 'gzip' && coding !== 'x-gzip') {
    return {
      ok: false,
      status: 415,
      reason: `content-encoding "${coding.slice(0, 40)}" is not supported; send gzip or none`,
    };
  }
  const sent = await collect(stream, BODY_LIMITS.sentBytes, 'the compressed body');
  if (!sent.ok) return sent;
  const gunzip = createGunzip();
  gunzip.end(sent.body);
  try {
    return await collect(gunzip, BODY_LIMITS.inflatedBytes, 'the body once inflated');
  } catch (error) {
    return { ok: false, status: 400, reason: `the body is not valid gzip: ${(error as Error).message}` };
  } finally {
    gunzip.destroy();
  }
}

async function collect(stream: Readable, limitBytes: number, what: string): Promise<BodyResult> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) return { ok: false, status: 413, reason: `${what} is larger than ${limitBytes} bytes` };
    chunks.push(chunk);
  }
  return { ok: true, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size) };
}
