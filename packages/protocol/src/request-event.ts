/** What kind of actor a pseudonym stands for. */
export type ActorKind = 'user' | 'api_key' | 'session';

/** Kinds of authentication event that detection knows. */
export type AuthEvent = 'login' | 'signup' | 'reset' | 'otp';

/** How an authentication event ended; `''` where it cannot be told. */
export type AuthOutcome = 'success' | 'failure' | '';

/** One object that a request asked for. */
export interface RequestedObject {
  /** What the id names, taken from the place it stood in: the path segment before it (`orders`), or the parameter's name. */
  readonly kind: string;
  /** The id as it stood in the path or query (redacted ids are pseudonyms); `''` where only its hash is known. */
  readonly id: string;
  /** {@link hashObjectId} of the id: unsigned 32 bits. */
  readonly hash: number;
}

/**
 * One finished HTTP request as Vedette keeps it: the normal form of a server span.
 *
 * Every field is always present, in this order, so that the engine sees one hidden class. "Unknown" is `''` for strings
 * and `-1` for sizes. All strings are bounded by intake and still hostile text.
 */
export interface RequestEvent {
  /** 32 lower-case hex characters; for access-log lines derived from the line. Together with `spanId` it identifies the event. */
  readonly traceId: string;
  /** 16 lower-case hex characters. */
  readonly spanId: string;
  readonly service: string;
  readonly instance: string;
  /** Start of the request, Unix time in ms (fraction allowed). The event time of everything downstream. */
  readonly startMs: number;
  readonly durationMs: number;
  /** Client address in canonical form (IPv4-mapped IPv6 as IPv4, IPv6 compressed, lower case), or `''`. */
  readonly source: string;
  /** Address of the socket's other end, canonical, or `''`. */
  readonly peer: string;
  /** Upper case. */
  readonly method: string;
  /** Host name that the client asked for, or `''`. */
  readonly host: string;
  /** Path without query; secret-looking segments are already pseudonyms. */
  readonly path: string;
  /** Query without `?`; secret-looking values are already pseudonyms. */
  readonly query: string;
  /** Route template with parameters written `{name}`, or `''` while it is not known. */
  readonly route: string;
  /** Who knew the template: the service's framework, or intake, which learned it from the traffic. */
  readonly routeFrom: 'span' | 'learned' | '';
  /** GraphQL operation or RPC method, or `''`. */
  readonly operation: string;
  /** HTTP status; 0 where no response was sent. */
  readonly status: number;
  /** Body size in bytes, or -1. */
  readonly requestBytes: number;
  /** Body size in bytes, or -1. */
  readonly responseBytes: number;
  readonly userAgent: string;
  /** Agent's hash of header order and client kind, or `''`. */
  readonly fingerprint: string;
  /**
   * Pseudonym of the actor exactly as it came in the span, or `''`. Where only a session cookie names one, of the account
   * that logged in with it, once that is known.
   */
  readonly actor: string;
  readonly actorKind: ActorKind | '';
  /** Pseudonym of the session, or `''`. */
  readonly session: string;
  readonly authEvent: AuthEvent | '';
  /** Pseudonym of the identifier tried, or `''`. */
  readonly authIdentifier: string;
  readonly authOutcome: AuthOutcome;
  /** Who knew that this was an authentication event. */
  readonly authFrom: 'agent' | 'inferred' | '';
  /** Attempts in this request; 0 where `authEvent` is `''`. */
  readonly authAttempts: number;
  /** Pseudonym of a one-time code, coupon or token that was tried, or `''`. */
  readonly authCode: string;
  /** Objects asked for; usually none or one, at most 64. */
  readonly objects: readonly RequestedObject[];
  /** {@link hashObjectId} of the ids that the response handed out; at most 200. */
  readonly handedOut: readonly number[];
  /** Sensitive values in the response, counted by kind; {@link SENSITIVE_UNREAD} where nobody looked. */
  readonly sensitive: Readonly<Record<string, number>>;
}

/** The identity by which a repeated event is recognised. */
export function requestEventKey(event: Pick<RequestEvent, 'traceId' | 'spanId'>): string {
  return event.traceId + event.spanId;
}
