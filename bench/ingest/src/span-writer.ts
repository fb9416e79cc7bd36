import { createHash } from 'node:crypto';
import { ATTR, type RequestEvent, VEDETTE_ATTR } from '@vedette/protocol';

/** One attribute: text, whole number or list of whole numbers. */
export type Attribute = readonly [name: string, value: string | number | readonly number[]];

/** The attributes that Vedette's agent sends for a request. */
export function attributesOf(event: RequestEvent): Attribute[] {
  const attributes: Attribute[] = [
    [ATTR.httpRequestMethod, event.method],
    [ATTR.urlPath, event.path],
    ['url.scheme', 'https'],
    [ATTR.httpResponseStatusCode, event.status],
    [ATTR.clientAddress, event.source],
    [ATTR.networkPeerAddress, event.peer],
    [ATTR.serverAddress, event.host],
    [ATTR.userAgentOriginal, event.userAgent],
    [ATTR.httpRequestBodySize, event.requestBytes],
    [ATTR.httpResponseBodySize, event.responseBytes],
    [VEDETTE_ATTR.clientFingerprint, event.fingerprint],
  ];
  const optional: readonly Attribute[] = [
    [ATTR.urlQuery, event.query],
    [ATTR.httpRoute, event.route],
    [ATTR.graphqlOperationName, event.operation],
    [ATTR.enduserPseudoId, pseudonymOf(event.actor)],
    [VEDETTE_ATTR.actorKind, event.actorKind],
    [ATTR.sessionId, pseudonymOf(event.session)],
    [VEDETTE_ATTR.authEvent, event.authEvent],
    [VEDETTE_ATTR.authIdentifier, pseudonymOf(event.authIdentifier)],
    [VEDETTE_ATTR.authOutcome, event.authOutcome],
    [VEDETTE_ATTR.requestObjectIds, event.objects.filter(isNotInPath).map((object) => object.hash)],
    [VEDETTE_ATTR.responseObjectIds, event.handedOut],
  ];
  for (const attribute of optional) {
    const value = attribute[1];
    if (typeof value === 'number' || value.length > 0) attributes.push(attribute);
  }
  for (const [kind, count] of Object.entries(event.sensitive)) {
    attributes.push([VEDETTE_ATTR.sensitivePrefix + kind, count]);
  }
  return attributes;

  function isNotInPath(object: { readonly id: string }): boolean {
    return !event.path.endsWith(`/${object.id}`);
  }
}

/** An agent sends no identifier in clear. */
function pseudonymOf(id: string): string {
  return id === '' ? '' : createHash('sha256').update(id).digest('hex').slice(0, 16);
}

/** An OTLP body, and where in it stand the values that must be new each time it is sent. */
export interface Body {
  readonly bytes: Buffer;
  readonly kind: 'protobuf' | 'json';
  /** Per span the offsets of trace id, span id, start and end. */
  readonly places: Uint32Array;
  /** Of each request, ms. */
  readonly durations: Float64Array;
}

export const PLACES = 4;
