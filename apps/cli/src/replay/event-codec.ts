import type { RequestEvent, RequestedObject } from '@vedette/protocol';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Events as they pass between threads: columns of numbers, and each text that comes again and again only once. */
export interface EventBatch {
  readonly count: number;
  /** Per event four numbers: start, duration, bytes in, bytes out; then the counts of sensitive values. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Per event the numbers of its repeating texts, its small numbers and its hashes. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Texts that are new to the receiver, in the order of their numbers. */
  readonly added: readonly string[];
  /** Texts that seldom come again, in the order in which they are read. */
  readonly texts: readonly string[];
  /** The receiver forgets all texts first. */
  readonly isFresh: boolean;
}

/** Repeating texts remembered on both sides; then both start anew. */
const MAX_TEXTS = 65_536;

const ROUTE_FROM = ['', 'span', 'learned'] as const;
const ACTOR_KINDS = ['', 'user', 'api_key', 'session'] as const;
const AUTH_EVENTS = ['', 'login', 'signup', 'reset', 'otp'] as const;
const OUTCOMES = ['', 'success', 'failure'] as const;
const AUTH_FROM = ['', 'agent', 'inferred'] as const;

/** Packs events for an {@link EventDecoder}, which has to get all batches in order. */
export class EventEncoder {
  readonly #numbers = new Column((length) => new Float64Array(length));
  readonly #words = new Column((length) => new Uint32Array(length));
  readonly #known = new Map<string, number>([['', 0]]);
  #added: string[] = [];
  #texts: string[] = [];
  #count = 0;
  #isFresh = true;

  /** Events since the last {@link take}. */
  get count(): number {
    return this.#count;
  }

  add(event: RequestEvent): void {
    this.#count++;
    const numbers = this.#numbers;
    numbers.push(event.startMs);
    numbers.push(event.durationMs);
    numbers.push(event.requestBytes);
    numbers.push(event.responseBytes);
    this.#texts.push(event.traceId, event.spanId);
    this.#word(event.service);
    this.#word(event.instance);
    this.#word(event.source);
    this.#word(event.peer);
    this.#word(event.method);
    this.#word(event.host);
    this.#texts.push(event.path);
    const words = this.#words;
    const flags =
      ROUTE_FROM.indexOf(event.routeFrom) |
      (ACTOR_KINDS.indexOf(event.actorKind) << 2) |
      (AUTH_EVENTS.indexOf(event.authEvent) << 4) |
      (OUTCOMES.indexOf(event.authOutcome) << 7) |
      (AUTH_FROM.indexOf(event.authFrom) << 9) |
      (event.query === '' ? 0 : 1 << 11);
    words.push(flags);
    if (event.query !== '') this.#texts.push(event.query);
    this.#word(event.route);
    this.#word(event.operation);
    words.push(event.status);
    this.#word(event.userAgent);
    this.#word(event.fingerprint);
    this.#word(event.actor);
    this.#word(event.session);
    this.#word(event.authIdentifier);
    words.push(event.authAttempts);
    this.#word(event.authCode);
    words.push(event.objects.length);
    for (const { kind, id, hash } of event.objects) {
      this.#word(kind);
      this.#texts.push(id);
      words.push(hash);
    }
    words.push(event.handedOut.length);
    for (const hash of event.handedOut) words.push(hash);
    let kinds = 0;
    for (const _ in event.sensitive) kinds++;
    words.push(kinds);
    for (const kind in event.sensitive) {
      this.#word(kind);
      numbers.push(event.sensitive[kind]!);
    }
  }

  /** The events added since the last call. */
  take(): EventBatch {
    const batch: EventBatch = {
      count: this.#count,
      numbers: this.#numbers.take(),
      words: this.#words.take(),
      added: this.#added,
      texts: this.#texts,
      isFresh: this.#isFresh,
    };
    this.#count = 0;
    this.#added = [];
    this.#texts = [];
    this.#isFresh = this.#known.size > MAX_TEXTS;
    if (this.#isFresh) {
      this.#known.clear();
      this.#known.set('', 0);
    }
    return batch;
  }

  #word(text: string): void {
    let number = this.#known.get(text);
    if (number === undefined) {
      number = this.#known.size;
      this.#known.set(text, number);
      this.#added.push(text);
    }
    this.#words.push(number);
  }
}

const NO_OBJECTS: readonly RequestedObject[] = [];
const NO_IDS: readonly number[] = [];
const NO_COUNTS: Readonly<Record<string, number>> = Object.freeze({});

/** Unpacks the batches of one {@link EventEncoder}. */
export class EventDecoder {
  #known: string[] = [''];

  decode(batch: EventBatch): RequestEvent[] {
    if (batch.isFresh) this.#known = [''];
    for (const text of batch.added) this.#known.push(text);
    const known = this.#known;
    const { numbers, words, texts } = batch;
    let n = 0;
    let w = 0;
    let t = 0;
    const events: RequestEvent[] = new Array(batch.count);
    for (let i = 0; i < batch.count; i++) {
      const flags = words[w + 6]!;
      const event: Mutable<RequestEvent> = {
        traceId: texts[t++]!,
        spanId: texts[t++]!,
        service: known[words[w++]!]!,
        instance: known[words[w++]!]!,
        startMs: numbers[n]!,
        durationMs: numbers[n + 1]!,
        source: known[words[w++]!]!,
        peer: known[words[w++]!]!,
        method: known[words[w++]!]!,
        host: known[words[w++]!]!,
        path: texts[t++]!,
        query: (flags & (1 << 11)) === 0 ? '' : texts[t++]!,
        // The flags stand between the host and the route.
        route: known[words[++w]!]!,
        routeFrom: ROUTE_FROM[flags & 3]!,
        operation: known[words[++w]!]!,
        status: words[++w]!,
        requestBytes: numbers[n + 2]!,
        responseBytes: numbers[n + 3]!,
        userAgent: known[words[++w]!]!,
        fingerprint: known[words[++w]!]!,
        actor: known[words[++w]!]!,
        actorKind: ACTOR_KINDS[(flags >> 2) & 3]!,
        session: known[words[++w]!]!,
        authEvent: AUTH_EVENTS[(flags >> 4) & 7]!,
        authIdentifier: known[words[++w]!]!,
        authOutcome: OUTCOMES[(flags >> 7) & 3]!,
        authFrom: AUTH_FROM[(flags >> 9) & 3]!,
        authAttempts: words[++w]!,
        authCode: known[words[++w]!]!,
        objects: NO_OBJECTS,
        handedOut: NO_IDS,
        sensitive: NO_COUNTS,
      };
      n += 4;
      const objects = words[++w]!;
      if (objects > 0) {
        const list: RequestedObject[] = new Array(objects);
        for (let o = 0; o < objects; o++) list[o] = { kind: known[words[++w]!]!, id: texts[t++]!, hash: words[++w]! };
        event.objects = list;
      }
      const handedOut = words[++w]!;
      if (handedOut > 0) event.handedOut = Array.from(words.subarray(w + 1, w + 1 + handedOut));
      w += handedOut;
      const kinds = words[++w]!;
      if (kinds > 0) {
        const sensitive: Record<string, number> = {};
        for (let k = 0; k < kinds; k++) sensitive[known[words[++w]!]!] = numbers[n++]!;
        event.sensitive = sensitive;
      }
      w++;
      events[i] = event;
    }
    return events;
  }
}

/** A typed array that grows. */
class Column<T extends Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>> {
  readonly #make: (length: number) => T;
  #values: T;
  #length = 0;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#values = make(4096);
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = this.#make(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** A copy of what was pushed; the column is then empty. */
  take(): T {
    const taken = this.#make(this.#length);
    taken.set(this.#values.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }
}
