import { cutText } from '../limits.js';
import type { OtlpEncoding } from './decode-traces.js';

/** Longest message sent back to a sender, in UTF-16 units. */
const MAX_MESSAGE = 1024;

/**
 * Body of the 200 answer: `ExportTraceServiceResponse`, with `partial_success` exactly where spans were rejected, as the
 * OTLP specification asks ("Partial Success").
 */
export function encodeTraceResponse(
  encoding: OtlpEncoding,
  rejected?: { readonly spans: number; readonly message: string },
): Uint8Array {
  if (rejected === undefined || rejected.spans <= 0) return encoding === 'json' ? EMPTY_JSON : EMPTY;
  const message = cutText(rejected.message, MAX_MESSAGE);
  if (encoding === 'json') {
    // The JSON mapping of protobuf writes 64-bit integers as text.
    return Buffer.from(
      JSON.stringify({ partialSuccess: { rejectedSpans: String(rejected.spans), errorMessage: message } }),
    );
  }
  // ExportTracePartialSuccess { int64 rejected_spans = 1; string error_message = 2 }
  const partial = Buffer.concat([Buffer.from([0x08]), varint(rejected.spans), stringField(0x12, message)]);
  return Buffer.concat([Buffer.from([0x0a]), varint(partial.length), partial]);
}

/** Body of an error answer: `google.rpc.Status` with only its message, as the OTLP specification asks ("Failures"). */
export function encodeErrorStatus(encoding: OtlpEncoding, message: string): Uint8Array {
  const text = cutText(message, MAX_MESSAGE);
  return encoding === 'json' ? Buffer.from(JSON.stringify({ message: text })) : stringField(0x12, text);
}

const EMPTY = new Uint8Array(0);
const EMPTY_JSON = Buffer.from('{}');

function stringField(tag: number, text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.from([tag]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
