/**
 * One server span as enrichment hands it to export. Values that must not leave the process in clear are wrapped in
 * {@link Secret}; export replaces each by its pseudonym while it encodes, once the key is known.
 */
export interface SpanRecord {
  readonly head: SpanHead;
  readonly attributes: readonly SpanAttribute[];
}

/** What every span has. */
export interface SpanHead {
  /** 32 lower-case hex characters; `''` for a new trace. */
  readonly traceId: string;
  /** 16 lower-case hex characters; `''` for one that is drawn when the span is encoded. */
  readonly spanId: string;
  /** 16 lower-case hex characters, or `''` for a root span. */
  readonly parentSpanId: string;
  readonly name: string;
  /** Unix ms, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
}

export type SpanAttribute = readonly [name: AttributeName, value: AttributeValue];

/**
 * A text, a whole number, a secret (sent as its pseudonym), a text with secrets in it, or ids that are sent as the
 * 32-bit hashes of `hashObjectId`.
 */
export type AttributeValue = string | number | Secret | MixedText | ObjectIds;

/** Text in which some parts are secret. */
export type MixedText = readonly (string | Secret)[];

/** A raw value that may only leave as its keyed hash. */
export class Secret {
  constructor(readonly raw: string) {}
}

/** Ids handed out by a response; a secret-looking id is hashed in its pseudonymised form, as it stands in paths. */
export class ObjectIds {
  constructor(readonly ids: readonly (string | Secret)[]) {}
}

/** An attribute's name with its encoding, made once: names are few and go out with every span. */
export class AttributeName {
  /** `KeyValue.key` (field 1) in OTLP's protobuf. */
  readonly encoded: Uint8Array;

  /** @param name up to 125 bytes in UTF-8 */
  constructor(readonly name: string) {
    const text = Buffer.from(name);
    if (text.length > 125) throw new RangeError('an attribute name has at most 125 bytes');
    this.encoded = Uint8Array.of(0x0a, text.length, ...text);
  }
}

/**
 * Attributes that come together again and again, such as what a connection's requests have in common: their encoding is
 * kept.
 */
export class AttributeGroup {
  encoded: Uint8Array | undefined = undefined;

  /** @param describe writes the attributes; always the same ones */
  constructor(readonly describe: (sink: SpanSink) => void) {}
}

/** Takes the attributes of the span that was begun last. */
export interface SpanSink {
  attribute(name: AttributeName, value: AttributeValue): void;
  group(group: AttributeGroup): void;
}
