import type { ActorKind, AuthEvent, AuthOutcome } from '@vedette/protocol';
import { canonicalAddress } from '../ip-address.js';
import { cutText, MAX_SENSITIVE_KINDS, TEXT_LIMIT } from '../limits.js';
import { NO_COUNTS, NO_IDS, type RawRequest } from '../raw-request.js';
import { hostOnly, splitUrl } from '../url-parts.js';
import { ID_SLOTS, IDS, NUMBER, NUMBER_SLOTS, TEXT, TEXT_SLOTS } from './attribute-slots.js';
import { httpStatusOfRpcCode, httpStatusOfRpcName } from './rpc-status.js';

/** What both decoders fill for one span and then turn into a request. One object serves all spans of a body. */
export class SpanFields {
  traceId = '';
  spanId = '';
  kind = 0;
  startMs = 0;
  endMs = 0;
  /** By index of {@link TEXT}; `''` where absent. */
  readonly texts: string[] = new Array(TEXT_SLOTS).fill('');
  /** By index of {@link NUMBER}; NaN where absent. */
  readonly numbers = new Float64Array(NUMBER_SLOTS).fill(Number.NaN);
  /** By index of {@link IDS}. */
  readonly ids: (readonly number[])[] = new Array(ID_SLOTS).fill(NO_IDS);
  sensitive: Record<string, number> | undefined = undefined;

  reset(): void {
    this.traceId = '';
    this.spanId = '';
    this.kind = 0;
    this.startMs = 0;
    this.endMs = 0;
    for (let i = 0; i < TEXT_SLOTS; i++) this.texts[i] = '';
    for (let i = 0; i < NUMBER_SLOTS; i++) this.numbers[i] = Number.NaN;
    for (let i = 0; i < ID_SLOTS; i++) this.ids[i] = NO_IDS;
    this.sensitive = undefined;
  }

  setSensitive(kind: string, count: number): void {
    if (!(count > 0) || kind === '' || kind === '__proto__') return;
    this.sensitive ??= {};
    if (kind in this.sensitive || Object.keys(this.sensitive).length < MAX_SENSITIVE_KINDS) {
      this.sensitive[kind] = Math.floor(count);
    }
  }

  /** True for a span that speaks of HTTP or of a remote procedure call. */
  isRequest(): boolean {
    const { texts } = this;
    return (
      texts[TEXT.method] !== '' ||
      texts[TEXT.oldMethod] !== '' ||
      texts[TEXT.path] !== '' ||
      texts[TEXT.route] !== '' ||
      texts[TEXT.urlFull] !== '' ||
      texts[TEXT.oldTarget] !== '' ||
      texts[TEXT.oldUrl] !== '' ||
      texts[TEXT.rpcMethod] !== '' ||
      texts[TEXT.rpcService] !== '' ||
      !Number.isNaN(this.numbers[NUMBER.status]!) ||
      !Number.isNaN(this.numbers[NUMBER.oldStatus]!)
    );
  }

  /** Why this span cannot be taken, or `''`. */
  defect(): string {
    if (this.traceId === '') return 'trace id missing or invalid';
    if (this.spanId === '') return 'span id missing or invalid';
    if (!(this.startMs > 0)) return 'start time missing';
    return '';
  }

  /** Call only where {@link isRequest} holds and {@link defect} is `''`. */
  toRequest(resource: ResourceFields): RawRequest {
    const { texts, numbers } = this;
    let path = texts[TEXT.path]!;
    let query = texts[TEXT.query]!;
    let host = texts[TEXT.serverAddress]! || texts[TEXT.oldHost]! || texts[TEXT.oldHostName]!;
    if (path === '') {
      const target = texts[TEXT.oldTarget]! || texts[TEXT.urlFull]! || texts[TEXT.oldUrl]!;
      const parts = splitUrl(target);
      path = parts.path;
      if (query === '') query = parts.query;
      if (host === '') host = parts.host;
    } else if (path.includes('?') || path.includes('#')) {
      const parts = splitUrl(path);
      path = parts.path;
      if (query === '') query = parts.query;
    }
    if (query.charCodeAt(0) === 63) query = query.slice(1);
    const rpcMethod = texts[TEXT.rpcMethod]!;
    const rpcService = texts[TEXT.rpcService]!;
    const rpcOperation =
      rpcService === '' || rpcMethod.includes('/') ? rpcMethod || rpcService : `${rpcService}/${rpcMethod}`;
    let method = texts[TEXT.method]! || texts[TEXT.oldMethod]!;
    if (method === '_OTHER') method = texts[TEXT.methodOriginal]! || method;
    if (method === '' && rpcOperation !== '') method = 'POST';
    if (path === '' && rpcOperation !== '' && texts[TEXT.route] === '') path = `/${rpcOperation}`;
    const peer =
      canonicalAddress(texts[TEXT.peer]!) ||
      canonicalAddress(texts[TEXT.oldSockPeer]!) ||
      canonicalAddress(texts[TEXT.oldPeerIp]!);
    const actorKind = texts[TEXT.actorKind]!;
    const authEvent = texts[TEXT.authEvent]!;
    const authOutcome = texts[TEXT.authOutcome]!;
    return {
      traceId: this.traceId,
      spanId: this.spanId,
      service: texts[TEXT.serviceName]! || resource.service,
      instance: resource.instance,
      startMs: this.startMs,
      durationMs: this.endMs > this.startMs ? this.endMs - this.startMs : 0,
      source: canonicalAddress(texts[TEXT.client]!) || canonicalAddress(texts[TEXT.oldClientIp]!) || peer,
      peer,
      method: upperCase(method),
      host: hostOnly(host),
      path: cutText(path, TEXT_LIMIT.path),
      query: cutText(query, TEXT_LIMIT.query),
      route: texts[TEXT.route]!,
      graphqlOperation: texts[TEXT.graphqlOperation]!,
      rpcOperation,
      status: this.#status(),
      requestBytes: size(numbers[NUMBER.requestBytes]!, numbers[NUMBER.oldRequestBytes]!),
      responseBytes: size(numbers[NUMBER.responseBytes]!, numbers[NUMBER.oldResponseBytes]!),
      userAgent: texts[TEXT.userAgent]! || texts[TEXT.oldUserAgent]!,
      fingerprint: texts[TEXT.fingerprint]!,
      enduserPseudoId: texts[TEXT.enduserPseudoId]!,
      enduserId: texts[TEXT.enduserId]!,
      user: '',
      actorKind: isActorKind(actorKind) ? actorKind : '',
      session: texts[TEXT.session]!,
      authEvent: isAuthEvent(authEvent) ? authEvent : '',
      authIdentifier: texts[TEXT.authIdentifier]!,
      authOutcome: isAuthOutcome(authOutcome) ? authOutcome : '',
      authAttempts: attempts(numbers[NUMBER.authAttempts]!),
      authCode: texts[TEXT.authCode]!,
      requestObjectIds: this.ids[IDS.request]!,
      responseObjectIds: this.ids[IDS.response]!,
      sensitive: this.sensitive ?? NO_COUNTS,
    };
  }

  #status(): number {
    const { texts, numbers } = this;
    const http = httpStatus(numbers[NUMBER.status]!) || httpStatus(numbers[NUMBER.oldStatus]!);
    if (http !== 0 && http !== 200) return http;
    const grpc = numbers[NUMBER.grpcStatus]!;
    const rpc = Number.isNaN(grpc)
      ? httpStatusOfRpcName(texts[TEXT.rpcStatus]!) || httpStatusOfRpcName(texts[TEXT.connectError]!)
      : httpStatusOfRpcCode(grpc);
    return rpc || http;
  }
}

/** What the spans of one resource have in common. */
export interface ResourceFields {
  readonly service: string;
  readonly instance: string;
}

/** Reads a resource whose attributes were put into `fields` as if it were a span. */
export function resourceOf(fields: SpanFields): ResourceFields {
  return {
    // The fallback name is the one that SDKs use where no service name is configured.
    service: fields.texts[TEXT.serviceName]! || 'unknown_service',
    instance: fields.texts[TEXT.serviceInstance]! || fields.texts[TEXT.hostName]!,
  };
}

function httpStatus(value: number): number {
  return value >= 100 && value <= 599 ? Math.floor(value) : 0;
}

function size(value: number, old: number): number {
  const bytes = Number.isNaN(value) ? old : value;
  return bytes >= 0 && bytes <= Number.MAX_SAFE_INTEGER ? Math.floor(bytes) : -1;
}

function attempts(value: number): number {
  return value >= 1 ? Math.min(Math.floor(value), 10_000) : 1;
}

function upperCase(method: string): string {
  for (let i = 0; i < method.length; i++) {
    const code = method.charCodeAt(i);
    if (code < 65 || code > 90) return method.toUpperCase();
  }
  return method;
}

function isActorKind(text: string): text is ActorKind {
  return text === 'user' || text === 'api_key' || text === 'session';
}

function isAuthEvent(text: string): text is AuthEvent {
  return text === 'login' || text === 'signup' || text === 'reset' || text === 'otp';
}

function isAuthOutcome(text: string): text is AuthOutcome {
  return text === 'success' || text === 'failure';
}
