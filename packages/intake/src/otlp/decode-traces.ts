import { isUtf8 } from 'node:buffer';
import { jsonExcess } from '../json-bounds.js';
import { DEFAULT_LIMITS, type DecodeLimits } from '../limits.js';
import { decodeJsonText } from './decode-json.js';
import { decodeProtobuf } from './decode-protobuf.js';
import type { DecodeResult } from './decode-result.js';
import { scanTraces } from './scan-json.js';

export type OtlpEncoding = 'protobuf' | 'json';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads an OTLP trace body (`ExportTraceServiceRequest`) into requests. Never throws: a malformed body gives a reason
 * that says where, a span that cannot be used is counted.
 *
 * @example
 * const decoded = decodeTraces(body, 'protobuf');
 * if (decoded.ok) for (const raw of decoded.requests) engine.observe(normaliser.normalise(raw));
 */
export function decodeTraces(
  body: Uint8Array,
  encoding: OtlpEncoding,
  limits: DecodeLimits = DEFAULT_LIMITS,
): DecodeResult {
  if (encoding === 'protobuf') return decodeProtobuf(body, limits);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const scanned = isUtf8(bytes) ? scanTraces(bytes, 0, bytes.length, limits) : undefined;
  if (scanned !== undefined) return scanned;
  const excess = jsonExcess(bytes);
  if (excess !== undefined) return { ok: false, reason: `malformed JSON: ${excess}` };
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return { ok: false, reason: 'malformed JSON: the body is not valid UTF-8' };
  }
  return decodeJsonText(text, limits);
}
