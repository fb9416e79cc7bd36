import type { Reply } from './transport.js';

/** What a receiver said about spans that it did not take (OTLP `ExportTracePartialSuccess`). */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

const NONE: PartialSuccess = { rejected: 0, message: '' };

/** Reads the body of a 200; one that cannot be read counts as full success. */
export function readPartialSuccess(reply: Reply & { kind: 'answered' }): PartialSuccess {
  if (reply.body.length === 0) return NONE;
  try {
    return /json/i.test(reply.contentType) ? fromJson(reply.body) : fromProtobuf(reply.body);
  } catch {
    return NONE;
  }
}

function fromJson(body: Buffer): PartialSuccess {
  const parsed: { partialSuccess?: { rejectedSpans?: unknown; errorMessage?: unknown } } = JSON.parse(
    body.toString('utf8'),
  );
  const { rejectedSpans, errorMessage } = parsed.partialSuccess ?? {};
  return {
    rejected: Math.max(0, Number(rejectedSpans ?? 0)) || 0,
    message: typeof errorMessage === 'string' ? errorMessage : '',
  };
}

/** `ExportTraceServiceResponse { partial_success = 1 { rejected_spans = 1: int64, error_message = 2: string } }` */
function fromProtobuf(body: Buffer): PartialSuccess {
  const inner = fieldsOf(body).get(1);
  if (!Buffer.isBuffer(inner)) return NONE;
  const fields = fieldsOf(inner);
  const rejected = fields.get(1);
  const message = fields.get(2);
  return {
    rejected: typeof rejected === 'number' ? rejected : 0,
    message: Buffer.isBuffer(message) ? message.toString('utf8') : '',
  };
}

/** Varint and length-delimited fields of a message; the last of each number. */
function fieldsOf(message: Buffer): Map<number, number | Buffer> {
  const fields = new Map<number, number | Buffer>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = message.readUInt8(at++);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wireType = tag % 8;
    const field = Math.floor(tag / 8);
    if (wireType === 0) fields.set(field, varint());
    else if (wireType === 2) {
      const length = varint();
      fields.set(field, message.subarray(at, at + length));
      at += length;
    } else return fields;
  }
  return fields;
}
