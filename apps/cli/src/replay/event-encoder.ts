import type { RequestEvent } from '@vedette/protocol';
import {
  ACTOR_KINDS,
  AUTH_EVENTS,
  AUTH_FROM,
  type EventBatch,
  FIXED_NUMBERS,
  FIXED_WORDS,
  HAS_QUERY,
  OUTCOMES,
  ROUTE_FROM,
} from './event-batch.js';

/** Repeating texts remembered on both sides; then both start anew. */
const MAX_TEXTS = 65_536;
/** How many objects, ids handed out and kinds of sensitive values. */
const LENGTH_WORDS = 3;

/** Packs events for an `EventDecoder`, which has to get all batches in order. */
export class EventEncoder {
  #numbers = new Float64Array(4096);
  #numberCount = 0;
  #words = new Uint32Array(32_768);
  #wordCount = 0;
  readonly #known = new Map<string, number>([['', 0]]);
  #added: string[] = [];
  #texts: string[] = [];
  #count = 0;
  #isFresh = true;
  // Service, instance, peer, method and host seldom change from one event to the next.
  readonly #lastTexts = ['', '', '', '', ''];
  readonly #lastNumbers = [0, 0, 0, 0, 0];

  /** Events since the last {@link take}. */
  get count(): number {
    return this.#count;
  }

  add(event: RequestEvent): void {
    this.#count++;
    const { objects, handedOut, sensitive } = event;
    const kinds = Object.keys(sensitive);
    const lists = 2 * objects.length + handedOut.length + kinds.length;
    this.#makeRoom(FIXED_WORDS + LENGTH_WORDS + lists, FIXED_NUMBERS + kinds.length);
    const numbers = this.#numbers;
    let n = this.#numberCount;
    numbers[n++] = event.startMs;
    numbers[n++] = event.durationMs;
    numbers[n++] = event.requestBytes;
    numbers[n++] = event.responseBytes;
    for (const kind of kinds) numbers[n++] = sensitive[kind]!;
    this.#numberCount = n;

    const words = this.#words;
    let w = this.#wordCount;
    words[w++] =
      ROUTE_FROM.indexOf(event.routeFrom) |
      (ACTOR_KINDS.indexOf(event.actorKind) << 2) |
      (AUTH_EVENTS.indexOf(event.authEvent) << 4) |
      (OUTCOMES.indexOf(event.authOutcome) << 7) |
      (AUTH_FROM.indexOf(event.authFrom) << 9) |
      (event.query === '' ? 0 : HAS_QUERY);
    words[w++] = this.#same(0, event.service);
    words[w++] = this.#same(1, event.instance);
    words[w++] = this.#number(event.source);
    words[w++] = this.#same(2, event.peer);
    words[w++] = this.#same(3, event.method);
    words[w++] = this.#same(4, event.host);
    words[w++] = this.#number(event.route);
    words[w++] = this.#number(event.operation);
    words[w++] = event.status;
    words[w++] = this.#number(event.userAgent);
    words[w++] = this.#number(event.fingerprint);
    words[w++] = this.#number(event.actor);
    words[w++] = this.#number(event.session);
    words[w++] = this.#number(event.authIdentifier);
    words[w++] = event.authAttempts;
    words[w++] = this.#number(event.authCode);
    this.#texts.push(event.traceId, event.spanId, event.path);
    if (event.query !== '') this.#texts.push(event.query);
    words[w++] = objects.length;
    for (const { kind, id, hash } of objects) {
      words[w++] = this.#number(kind);
      this.#texts.push(id);
      words[w++] = hash;
    }
    words[w++] = handedOut.length;
    for (let i = 0; i < handedOut.length; i++) words[w++] = handedOut[i]!;
    words[w++] = kinds.length;
    for (const kind of kinds) words[w++] = this.#number(kind);
    this.#wordCount = w;
  }

  /** The events added since the last call. */
  take(): EventBatch {
    const batch: EventBatch = {
      count: this.#count,
      numbers: this.#numbers.slice(0, this.#numberCount),
      words: this.#words.slice(0, this.#wordCount),
      added: this.#added,
      texts: this.#texts,
      isFresh: this.#isFresh,
    };
    this.#count = this.#numberCount = this.#wordCount = 0;
    this.#added = [];
    this.#texts = [];
    this.#isFresh = this.#known.size > MAX_TEXTS;
    if (this.#isFresh) {
      this.#known.clear();
      this.#known.set('', 0);
      this.#lastTexts.fill('');
      this.#lastNumbers.fill(0);
    }
    return batch;
  }

  #same(column: number, text: string): number {
    if (text === this.#lastTexts[column]) return this.#lastNumbers[column]!;
    this.#lastTexts[column] = text;
    const number = this.#number(text);
    this.#lastNumbers[column] = number;
    return number;
  }

  #number(text: string): number {
    if (text === '') return 0;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const number = this.#known.size;
    this.#known.set(text, number);
    this.#added.push(text);
    return number;
  }

  #makeRoom(words: number, numbers: number): void {
    if (this.#wordCount + words > this.#words.length) {
      const larger = new Uint32Array(2 * this.#words.length + words);
      larger.set(this.#words);
      this.#words = larger;
    }
    if (this.#numberCount + numbers > this.#numbers.length) {
      const larger = new Float64Array(2 * this.#numbers.length + numbers);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
  }
}
