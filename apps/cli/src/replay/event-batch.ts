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

// Names that are packed as their place in one of these lists, a few bits each.
export const ROUTE_FROM = ['', 'span', 'learned'] as const;
export const ACTOR_KINDS = ['', 'user', 'api_key', 'session'] as const;
export const AUTH_EVENTS = ['', 'login', 'signup', 'reset', 'otp'] as const;
export const OUTCOMES = ['', 'success', 'failure'] as const;
export const AUTH_FROM = ['', 'agent', 'inferred'] as const;
export const HAS_QUERY = 1 << 11;

/** Words and numbers that every event has. */
export const FIXED_WORDS = 17;
export const FIXED_NUMBERS = 4;
