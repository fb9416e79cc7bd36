/** Different (service, place) pairs whose responses are known; the rest is not judged. */
const MAX_PLACES = 4_000;
const MAX_SERVICES = 256;
const MAX_KINDS = 16;
/** Powers of two that counts per response are told apart by. */
const LEVELS = 12;
/** Past this many responses all counts are halved, so that the newer half weighs as much as all before. */
const FORGET_AT = 100_000;

/** What is counted of one kind of sensitive data at one place, for all callers or for those without authentication. */
export interface Stream {
  /** Past responses by the power of two of their count. */
  readonly levels: number[];
  /** Responses that may be news, or null. */
  suspicion: Suspicion | null;
  /** When it was last reported or went on after that, and at which level; −1 before. */
  saidMs: number;
  saidLevel: number;
}

/** Evidence that is being gathered. */
export interface Suspicion {
  /** Share of the past's responses that held as much, when the evidence began. */
  readonly usual: number;
  /** Responses when it began: of the place, of its service, of the service without authentication. */
  readonly seenBefore: number;
  readonly serviceBefore: number;
  readonly anonymousBefore: number;
  readonly sinceMs: number;
  readonly level: number;
  hits: number;
  /** All responses that held as much, repeated objects included: the past's when it comes to nothing. */
  learnable: number;
  values: number;
  /** Distinct objects; where the place has no objects callers, some of them more than once. */
  readonly units: number[];
  readonly callers: number[];
  /** Names of the first callers. */
  readonly readers: string[];
}

/** One route or operation. */
export interface Place {
  readonly firstMs: number;
  /** Responses so far, and the same with the old ones halved away. */
  seen: number;
  past: number;
  /** By kind: what was returned to anyone, and to callers without authentication. */
  readonly streams: Map<string, Stream>;
  readonly anonymous: Map<string, Stream>;
}

export interface ServicePlaces {
  readonly firstMs: number;
  readonly places: Map<string, Place>;
  /** Responses so far, and those of them to callers without authentication. */
  seen: number;
  anonymous: number;
}

/** The responses of all places, plain data. */
export class ExposurePlaces {
  #services = new Map<string, ServicePlaces>();
  #count = 0;

  /** @returns null when there is no more room */
  service(name: string, atMs: number): ServicePlaces | null {
    let service = this.#services.get(name);
    if (service === undefined) {
      if (this.#services.size >= MAX_SERVICES) return null;
      service = { firstMs: atMs, places: new Map(), seen: 0, anonymous: 0 };
      this.#services.set(name, service);
    }
    return service;
  }

  /** @returns null when there is no more room */
  place(service: ServicePlaces, name: string, atMs: number): Place | null {
    let place = service.places.get(name);
    if (place === undefined) {
      if (this.#count >= MAX_PLACES) return null;
      this.#count++;
      place = { firstMs: atMs, seen: 0, past: 0, streams: new Map(), anonymous: new Map() };
      service.places.set(name, place);
    }
    return place;
  }

  save(): unknown {
    return this.#services;
  }

  load(saved: unknown): void {
    this.#services = saved as Map<string, ServicePlaces>;
    this.#count = 0;
    for (const service of this.#services.values()) this.#count += service.places.size;
  }
}

/** Counts one response, after it was judged. */
export function countResponse(service: ServicePlaces, place: Place, isAnonymous: boolean): void {
  place.seen++;
  if (++place.past >= FORGET_AT) {
    place.past /= 2;
    for (const streams of [place.streams, place.anonymous]) {
      for (const { levels } of streams.values()) for (let i = 0; i < LEVELS; i++) levels[i] = levels[i]! / 2;
    }
  }
  service.seen++;
  if (isAnonymous) service.anonymous++;
}

export function streamOf(streams: Map<string, Stream>, kind: string): Stream | null {
  let stream = streams.get(kind);
  if (stream === undefined) {
    if (streams.size >= MAX_KINDS) return null;
    stream = { levels: new Array<number>(LEVELS).fill(0), suspicion: null, saidMs: -1, saidLevel: -1 };
    streams.set(kind, stream);
  }
  return stream;
}

export function levelOf(count: number): number {
  return Math.min(LEVELS - 1, Math.floor(Math.log2(Math.max(1, count))));
}

/** Past responses that held at least as much. */
export function atLeast(stream: Stream, level: number): number {
  let sum = 0;
  for (let i = level; i < LEVELS; i++) sum += stream.levels[i]!;
  return sum;
}
