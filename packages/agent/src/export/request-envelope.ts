import { ProtoWriter } from './proto-writer.js';

/** Version and name under which spans are sent. */
export interface Scope {
  readonly name: string;
  readonly version: string;
}

/** Wraps spans, encoded by `SpanEncoder`, into one `ExportTraceServiceRequest`. */
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
