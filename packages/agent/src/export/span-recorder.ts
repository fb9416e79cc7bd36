import {
  type AttributeGroup,
  type AttributeName,
  type AttributeValue,
  ObjectIds,
  Secret,
  type SpanAttribute,
  type SpanHead,
  type SpanRecord,
  type SpanSink,
} from '../span-record.js';

/** A span that waits for the pseudonym key, raw values and all. */
export interface WaitingSpan extends SpanRecord {
  /** Memory that it takes, bytes; an estimate. */
  readonly bytes: number;
}

/** Texts around an attribute's value, and the objects around a span, bytes. */
const ATTRIBUTE_BYTES = 64;
const SPAN_BYTES = 512;

/** Keeps spans as they are described, as long as they cannot be encoded. */
export class SpanRecorder implements SpanSink {
  #head: SpanHead | undefined;
  #attributes: SpanAttribute[] = [];
  #bytes = 0;

  begin(head: SpanHead): void {
    this.#head = head;
    this.#attributes = [];
    this.#bytes = SPAN_BYTES;
  }

  attribute(name: AttributeName, value: AttributeValue): void {
    this.#attributes.push([name, value]);
    this.#bytes += ATTRIBUTE_BYTES + lengthOf(value);
  }

  group(group: AttributeGroup): void {
    group.describe(this);
  }

  /** @throws Error where no span was begun */
  end(): WaitingSpan {
    if (this.#head === undefined) throw new Error('a span ends that was not begun');
    const span = { head: this.#head, attributes: this.#attributes, bytes: this.#bytes };
    this.#head = undefined;
    return span;
  }
}

function lengthOf(value: AttributeValue): number {
  if (typeof value === 'number') return 0;
  if (typeof value === 'string') return value.length;
  if (value instanceof Secret) return 32 + value.raw.length;
  const parts = value instanceof ObjectIds ? value.ids : value;
  let length = 0;
  for (const part of parts) length += 16 + (typeof part === 'string' ? part.length : 32 + part.raw.length);
  return length;
}
