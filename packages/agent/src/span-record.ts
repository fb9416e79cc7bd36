/**
 * One server span as enrichment hands it to export. Values that must not leave the process in clear are wrapped in
 * {@link Secret}; export replaces each by its pseudonym while it encodes, once the key is known.
 */
export interface SpanRecord {
  /** 32 lower-case hex characters. */
  readonly traceId: string;
  /** 16 lower-case hex characters. */
  readonly spanId: string;
  /** 16 lower-case hex characters, or `''` for a root span. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly startUnixNs: bigint;
  readonly endUnixNs: bigint;
  readonly failed: boolean;
  readonly attributes: readonly SpanAttribute[];
}

export type SpanAttribute = readonly [name: string, value: AttributeValue];

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
