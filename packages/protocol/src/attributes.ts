/**
 * Names of the span and resource attributes that Vedette reads and writes.
 *
 * Standard names are those of the OpenTelemetry semantic conventions (HTTP 1.23 and later, with the names that they
 * replaced); names that begin with `vedette.` exist only where no standard name does.
 */

/** Stable HTTP semantic conventions, plus the few general ones that a server span carries. */
export const ATTR = {
  httpRequestMethod: 'http.request.method',
  httpRequestMethodOriginal: 'http.request.method_original',
  urlPath: 'url.path',
  urlQuery: 'url.query',
  urlFull: 'url.full',
  httpRoute: 'http.route',
  httpResponseStatusCode: 'http.response.status_code',
  clientAddress: 'client.address',
  networkPeerAddress: 'network.peer.address',
  userAgentOriginal: 'user_agent.original',
  httpRequestBodySize: 'http.request.body.size',
  httpResponseBodySize: 'http.response.body.size',
  serverAddress: 'server.address',
  serviceName: 'service.name',
  serviceInstanceId: 'service.instance.id',
  enduserPseudoId: 'enduser.pseudo.id',
  enduserId: 'enduser.id',
  sessionId: 'session.id',
  graphqlOperationName: 'graphql.operation.name',
  graphqlOperationType: 'graphql.operation.type',
  rpcSystem: 'rpc.system',
  rpcService: 'rpc.service',
  rpcMethod: 'rpc.method',
  rpcGrpcStatusCode: 'rpc.grpc.status_code',
} as const;

/** Names that older SDKs still send (HTTP semantic conventions before 1.23), by the stable name that replaced them. */
export const LEGACY_ATTR = {
  httpMethod: 'http.method',
  httpTarget: 'http.target',
  httpUrl: 'http.url',
  httpStatusCode: 'http.status_code',
  httpClientIp: 'http.client_ip',
  netPeerIp: 'net.peer.ip',
  netSockPeerAddr: 'net.sock.peer.addr',
  httpUserAgent: 'http.user_agent',
  httpRequestContentLength: 'http.request_content_length',
  httpResponseContentLength: 'http.response_content_length',
  httpHost: 'http.host',
  netHostName: 'net.host.name',
} as const;

/** Vedette's own names. */
export const VEDETTE_ATTR = {
  /** `login`, `signup`, `reset` or `otp`. */
  authEvent: 'vedette.auth.event',
  /** Keyed hash of the identifier that was tried (see pseudonym.ts). */
  authIdentifier: 'vedette.auth.identifier',
  /** `success` or `failure`; absent where it cannot be told. */
  authOutcome: 'vedette.auth.outcome',
  /** Number of attempts in one request (batched GraphQL); absent means 1. */
  authAttempts: 'vedette.auth.attempts',
  /** Keyed hash of a one-time code, coupon or token that was tried. */
  authCode: 'vedette.auth.code',
  /** `user`, `api_key` or `session`. */
  actorKind: 'vedette.actor.kind',
  /** 32-bit hashes (see object-id.ts) of the ids that a list response handed out. */
  responseObjectIds: 'vedette.response.object_ids',
  /** Ids asked for in the body or in GraphQL variables, as 32-bit hashes. */
  requestObjectIds: 'vedette.request.object_ids',
  /** Hash of header order and client kind. */
  clientFingerprint: 'vedette.client.fingerprint',
  /** Prefix; the rest is the kind (`card`, `email`, `iban`, …), the value a count in this response. */
  sensitivePrefix: 'vedette.sensitive.',
} as const;

/**
 * Kinds of sensitive data that are told apart, as they stand behind {@link VEDETTE_ATTR.sensitivePrefix}. The agent counts
 * all but `phone`, which nothing tells from other numbers for certain; other senders may.
 */
export const SENSITIVE_KINDS = ['card', 'email', 'iban', 'national_id', 'phone', 'secret', 'jwt'] as const;

/**
 * Stands behind {@link VEDETTE_ATTR.sensitivePrefix} in place of a kind, with 1 as its value: nothing was counted in this
 * response, because the sender had no time to look into it. So none does not mean that there was none.
 */
export const SENSITIVE_UNREAD = 'unread';

export type SensitiveKind = (typeof SENSITIVE_KINDS)[number];
