import { ATTR, LEGACY_ATTR, VEDETTE_ATTR } from '@vedette/protocol';
import { TEXT_LIMIT } from '../limits.js';

/** What an attribute's value is read as. */
export type SlotKind = 'text' | 'number' | 'ids' | 'sensitive';

/** One wanted attribute: where its value goes. Texts, numbers and id lists are numbered separately, each from 0. */
export interface Slot {
  readonly name: string;
  readonly kind: SlotKind;
  readonly index: number;
  /** Longest text kept, in UTF-16 units. */
  readonly limit: number;
  /** True where few values come again and again, so that one string object can serve them all. */
  readonly repeats: boolean;
}

const slots: Slot[] = [];
const counts = { text: 0, number: 0, ids: 0 };

function text(name: string, limit: number = TEXT_LIMIT.name, repeats = true): number {
  slots.push({ name, kind: 'text', index: counts.text, limit, repeats });
  return counts.text++;
}

function number(name: string): number {
  slots.push({ name, kind: 'number', index: counts.number, limit: 0, repeats: false });
  return counts.number++;
}

function ids(name: string): number {
  slots.push({ name, kind: 'ids', index: counts.ids, limit: 0, repeats: false });
  return counts.ids++;
}

/** Index of each wanted text attribute. RPC names: semantic conventions 1.38 and, where they were renamed, before. */
export const TEXT = {
  method: text(ATTR.httpRequestMethod, TEXT_LIMIT.method),
  methodOriginal: text(ATTR.httpRequestMethodOriginal, TEXT_LIMIT.method),
  path: text(ATTR.urlPath, TEXT_LIMIT.path, false),
  query: text(ATTR.urlQuery, TEXT_LIMIT.query, false),
  urlFull: text(ATTR.urlFull, TEXT_LIMIT.url, false),
  route: text(ATTR.httpRoute, TEXT_LIMIT.path),
  client: text(ATTR.clientAddress),
  peer: text(ATTR.networkPeerAddress),
  userAgent: text(ATTR.userAgentOriginal, TEXT_LIMIT.userAgent),
  serverAddress: text(ATTR.serverAddress),
  serviceName: text(ATTR.serviceName),
  serviceInstance: text(ATTR.serviceInstanceId),
  hostName: text('host.name'),
  enduserPseudoId: text(ATTR.enduserPseudoId),
  enduserId: text(ATTR.enduserId),
  session: text(ATTR.sessionId),
  graphqlOperation: text(ATTR.graphqlOperationName),
  rpcSystem: text(ATTR.rpcSystem),
  rpcSystemName: text('rpc.system.name'),
  rpcService: text(ATTR.rpcService),
  rpcMethod: text(ATTR.rpcMethod),
  rpcStatus: text('rpc.response.status_code'),
  connectError: text('rpc.connect_rpc.error_code'),
  oldMethod: text(LEGACY_ATTR.httpMethod, TEXT_LIMIT.method),
  oldTarget: text(LEGACY_ATTR.httpTarget, TEXT_LIMIT.url, false),
  oldUrl: text(LEGACY_ATTR.httpUrl, TEXT_LIMIT.url, false),
  oldClientIp: text(LEGACY_ATTR.httpClientIp),
  oldSockPeer: text(LEGACY_ATTR.netSockPeerAddr),
  oldPeerIp: text(LEGACY_ATTR.netPeerIp),
  oldUserAgent: text(LEGACY_ATTR.httpUserAgent, TEXT_LIMIT.userAgent),
  oldHost: text(LEGACY_ATTR.httpHost),
  oldHostName: text(LEGACY_ATTR.netHostName),
  authEvent: text(VEDETTE_ATTR.authEvent),
  authIdentifier: text(VEDETTE_ATTR.authIdentifier),
  authOutcome: text(VEDETTE_ATTR.authOutcome),
  authCode: text(VEDETTE_ATTR.authCode),
  actorKind: text(VEDETTE_ATTR.actorKind),
  fingerprint: text(VEDETTE_ATTR.clientFingerprint),
} as const;

/** Index of each wanted numeric attribute. */
export const NUMBER = {
  status: number(ATTR.httpResponseStatusCode),
  oldStatus: number(LEGACY_ATTR.httpStatusCode),
  requestBytes: number(ATTR.httpRequestBodySize),
  oldRequestBytes: number(LEGACY_ATTR.httpRequestContentLength),
  responseBytes: number(ATTR.httpResponseBodySize),
  oldResponseBytes: number(LEGACY_ATTR.httpResponseContentLength),
  grpcStatus: number(ATTR.rpcGrpcStatusCode),
  authAttempts: number(VEDETTE_ATTR.authAttempts),
} as const;

/** Index of each wanted list of ids. */
export const IDS = {
  request: ids(VEDETTE_ATTR.requestObjectIds),
  response: ids(VEDETTE_ATTR.responseObjectIds),
} as const;

export const TEXT_SLOTS = counts.text;
export const NUMBER_SLOTS = counts.number;
export const ID_SLOTS = counts.ids;

const byName = new Map(slots.map((slot) => [slot.name, slot]));
const SENSITIVE: Slot = {
  name: VEDETTE_ATTR.sensitivePrefix,
  kind: 'sensitive',
  index: 0,
  limit: 0,
  repeats: false,
};

/** The slot of an attribute name, or `undefined` where nobody wants it. */
export function slotOf(name: string): Slot | undefined {
  return byName.get(name) ?? (name.startsWith(VEDETTE_ATTR.sensitivePrefix) ? SENSITIVE : undefined);
}

/**
 * The same for a name that is still bytes, without making a string: three bytes and the length choose a bucket, then
 * the bytes are compared.
 */
export function slotOfBytes(bytes: Uint8Array, start: number, end: number): Slot | undefined {
  const length = end - start;
  if (length < 8) return undefined;
  const bucket = buckets[bucketOf(bytes, start, end)];
  if (bucket !== undefined) {
    for (let i = 0; i < bucket.length; i++) {
      const candidate = bucket[i]!;
      if (equal(candidate.bytes, bytes, start, length)) return candidate.slot;
    }
  }
  if (length > sensitiveBytes.length && equal(sensitiveBytes, bytes, start, sensitiveBytes.length)) return SENSITIVE;
  return undefined;
}

const sensitiveBytes = Buffer.from(VEDETTE_ATTR.sensitivePrefix, 'latin1');
const buckets: ({ bytes: Uint8Array; slot: Slot }[] | undefined)[] = new Array(512).fill(undefined);
for (const slot of slots) {
  const bytes = Buffer.from(slot.name, 'latin1');
  const at = bucketOf(bytes, 0, bytes.length);
  const bucket = buckets[at] ?? [];
  buckets[at] = bucket;
  bucket.push({ bytes, slot });
}

function bucketOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  return (length * 37 + bytes[end - 1]! * 11 + bytes[end - 5]! * 5 + bytes[start + (length >> 1)]!) & 511;
}

function equal(expected: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (expected.length !== length) return false;
  for (let i = length - 1; i >= 0; i--) if (expected[i] !== bytes[start + i]) return false;
  return true;
}
