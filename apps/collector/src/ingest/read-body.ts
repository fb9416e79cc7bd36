import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Largest body accepted, bytes: as sent, and once inflated. A batch of 512 spans is about 0.4 MB inflated. */
export const BODY_LIMITS = { sentBytes: 8 * 1024 * 1024, inflatedBytes: 32 * 1024 * 1024 } as const;

export type Refusal = { readonly ok: false; readonly status: 400 | 408 | 413 | 415 | 503; readonly reason: string };
export type BodyResult = { readonly ok: true; readonly body: Buffer } | Refusal;

/** How a body is packed. */
export type Coding = 'identity' | 'gzip';

/** Which coding a `content-encoding` header names. */
export function codingOf(header: string | undefined): { readonly ok: true; readonly coding: Coding } | Refusal {
  const coding = (header ?? 'identity').trim().toLowerCase();
  if (coding === 'identity' || coding === '') return { ok: true, coding: 'identity' };
  if (coding === 'gzip' || coding === 'x-gzip') return { ok: true, coding: 'gzip' };
  const reason = `content-encoding "${coding.slice(0, 40)}" is not supported; send gzip or none`;
  return { ok: false, status: 415, reason };
}

/**
 * Reads a request body into memory as it was sent, and stops at once where it is larger than the limit.
 *
 * @param hold told of bytes as they arrive; `false` where there is no room for them
 */
export async function readSent(stream: Readable, hold: (bytes: number) => boolean = () => true): Promise<BodyResult> {
  try {
    return await collect(stream, { limitBytes: BODY_LIMITS.sentBytes, what: 'the body', hold });
  } catch {
    // The sender went away, or the server broke off a request that took too long; nobody reads the answer.
    return { ok: false, status: 408, reason: 'the body did not arrive in whole' };
  }
}

/** What a gzip body says that it holds, bytes (RFC 1952, ISIZE): a guess, as senders may lie, within what is possible. */
export function likelyInflatedBytes(sent: Buffer): number {
  if (sent.length < 18) return sent.length;
  return Math.min(BODY_LIMITS.inflatedBytes, Math.max(sent.length, sent.readUInt32LE(sent.length - 4)));
}

/** Inflates a body. A zip bomb costs no more than the limit. */
export async function inflate(sent: Buffer): Promise<BodyResult> {
  const gunzip = createGunzip();
  gunzip.end(sent);
  try {
    const what = 'the body once inflated';
    return await collect(gunzip, { limitBytes: BODY_LIMITS.inflatedBytes, what, hold: () => true });
  } catch (error) {
    return { ok: false, status: 400, reason: `the body is not valid gzip: ${(error as Error).message}` };
  } finally {
    gunzip.destroy();
  }
}

interface Bounds {
  readonly limitBytes: number;
  readonly what: string;
  readonly hold: (bytes: number) => boolean;
}

async function collect(stream: Readable, { limitBytes, what, hold }: Bounds): Promise<BodyResult> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Left open where it is given up, so that the answer can still be sent on its connection.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) return { ok: false, status: 413, reason: `${what} is larger than ${limitBytes} bytes` };
    if (!hold(chunk.length))
      return { ok: false, status: 503, reason: 'too many bodies wait already; send it again later' };
    chunks.push(chunk);
  }
  return { ok: true, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size) };
}
