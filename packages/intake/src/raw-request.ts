import type { ActorKind, AuthEvent, AuthOutcome } from '@vedette/protocol';

/**
 * One HTTP server request as it was read from a span or a log line, before normalisation: standard attributes picked
 * out under one name each, addresses canonical, everything else as it came. Every field is always present, in this
 * order; "unknown" is `''`, -1 for sizes and 0 for the status. Texts are cut to {@link TEXT_LIMIT} and hostile.
 *
 * It may still hold secrets in clear (paths, queries, `enduserId`, `user`): only the normaliser may read it.
 */
export interface RawRequest {
  /** 32 lower-case hex characters. */
  readonly traceId: string;
  /** 16 lower-case hex characters. */
  readonly spanId: string;
  readonly service: string;
  readonly instance: string;
  /** Unix time in ms, with fraction. */
  readonly startMs: number;
  readonly durationMs: number;
  /** Canonical address of the client, or `''`. */
  readonly source: string;
  /** Canonical address of the socket's other end, or `''`. */
  readonly peer: string;
  /** Upper case. */
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  /** Template as the framework writes it. */
  readonly route: string;
  readonly graphqlOperation: string;
  /** `service/method` of a remote procedure call. */
  readonly rpcOperation: string;
  /** HTTP status; an RPC status is already translated. */
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly userAgent: string;
  readonly fingerprint: string;
  /** `enduser.pseudo.id`. */
  readonly enduserPseudoId: string;
  /** `enduser.id`: an identifier in clear. */
  readonly enduserId: string;
  /** User name in clear that a web server logged after HTTP authentication. */
  readonly user: string;
  readonly actorKind: ActorKind | '';
  readonly session: string;
  readonly authEvent: AuthEvent | '';
  readonly authIdentifier: string;
  readonly authOutcome: AuthOutcome;
  readonly authAttempts: number;
  readonly authCode: string;
  /** Unsigned 32-bit hashes. */
  readonly requestObjectIds: readonly number[];
  /** Unsigned 32-bit hashes. */
  readonly responseObjectIds: readonly number[];
  readonly sensitive: Readonly<Record<string, number>>;
}

/** Shared by all requests that carry no ids. */
export const NO_IDS: readonly number[] = [];
/** Shared by all requests that carry no sensitive counts. */
export const NO_COUNTS: Readonly<Record<string, number>> = Object.freeze({});
