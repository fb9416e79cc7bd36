import { hashObjectId } from '@vedette/protocol/object-id';
import { pseudonym } from '@vedette/protocol/pseudonym';
import { type AttributeValue, type MixedText, ObjectIds, Secret, type SpanRecord } from '../span-record.js';
import { ProtoWriter } from './proto-writer.js';

/** `SPAN_KIND_SERVER` and `STATUS_CODE_ERROR` of opentelemetry/proto/trace/v1/trace.proto. */
const KIND_SERVER = 2;
const STATUS_ERROR = 2;

/** Pseudonyms that are remembered, and the longest value, characters, that they are remembered for. */
const MAX_KNOWN = 2_048;
const MAX_KNOWN_LENGTH = 512;

/** Encodes spans as OTLP, with every secret replaced by its pseudonym. */
export class SpanEncoder {
  readonly #key: string;
  readonly #writer = new ProtoWriter();
  readonly #known = new Map<string, string>();

  constructor(pseudonymKey: string) {
    this.#key = pseudonymKey;
  }

  /**
   * One entry of `ScopeSpans.spans` (field 2), tag and length included.
   *
   * @returns bytes that are valid until the next call
   */
  encode(span: SpanRecord): Buffer {
    const writer = this.#writer;
    writer.reset();
    writer.message(2, () => {
      writer.hexField(1, span.traceId);
      writer.hexField(2, span.spanId);
      if (span.parentSpanId !== '') writer.hexField(4, span.parentSpanId);
      writer.stringField(5, span.name);
      writer.varintField(6, KIND_SERVER);
      writer.fixed64Field(7, span.startUnixNs);
      writer.fixed64Field(8, span.endUnixNs);
      for (const [name, value] of span.attributes) this.#attribute(name, value);
      if (span.failed) writer.message(15, () => writer.varintField(3, STATUS_ERROR));
    });
    return writer.written;
  }

  #attribute(name: string, value: AttributeValue): void {
    const writer = this.#writer;
    writer.message(9, () => {
      writer.stringField(1, name);
      writer.message(2, () => {
        if (typeof value === 'number') writer.varintField(3, value);
        else if (value instanceof ObjectIds) this.#hashes(value);
        else writer.stringField(1, this.#text(value));
      });
    });
  }

  #hashes({ ids }: ObjectIds): void {
    const writer = this.#writer;
    writer.message(5, () => {
      for (const id of ids) writer.varintMessage(1, 3, hashObjectId(this.#part(id)));
    });
  }

  #text(value: string | Secret | MixedText): string {
    if (typeof value === 'string' || value instanceof Secret) return this.#part(value);
    let text = '';
    for (const part of value) text += this.#part(part);
    return text;
  }

  #part(part: string | Secret): string {
    return part instanceof Secret ? this.#pseudonym(part.raw) : part;
  }

  /** An actor sends many requests, so that remembering a few spares most of the hashing. */
  #pseudonym(raw: string): string {
    const known = this.#known.get(raw);
    if (known !== undefined) return known;
    const hash = pseudonym(this.#key, raw);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    if (raw.length <= MAX_KNOWN_LENGTH) this.#known.set(raw, hash);
    return hash;
  }
}

/** Version and name under which spans are sent. */
export interface Scope {
  readonly name: string;
  readonly version: string;
}

/** Wraps spans, encoded by {@link SpanEncoder}, into one `ExportTraceServiceRequest`. */
export class RequestEnvelope {
  readonly #resource: Buffer;
  readonly #scope: Buffer;

  constructor(resource: ReadonlyMap<string, string>, scope: Scope) {
    const writer = new ProtoWriter();
    writer.message(1, () => {
      for (const [name, value] of resource) {
        writer.message(1, () => {
          writer.stringField(1, name);
          writer.message(2, () => writer.stringField(1, value));
        });
      }
    });
    this.#resource = Buffer.from(writer.written);
    writer.reset();
    writer.message(1, () => {
      writer.stringField(1, scope.name);
      writer.stringField(2, scope.version);
    });
    this.#scope = Buffer.from(writer.written);
  }

  wrap(spans: Buffer): Buffer {
    const scopeSpans = prefixed(2, [this.#scope, spans]);
    return Buffer.concat(prefixed(1, [this.#resource, ...scopeSpans]));
  }
}

/** Parts of one message field: tag and length, then its content. */
function prefixed(field: number, content: readonly Buffer[]): readonly Buffer[] {
  let length = 0;
  for (const part of content) length += part.length;
  const writer = new ProtoWriter();
  writer.lengthPrefix(field, length);
  return [writer.written, ...content];
}
