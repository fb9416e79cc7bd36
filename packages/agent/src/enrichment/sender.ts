import { ATTR, VEDETTE_ATTR } from '@vedette/protocol/attributes';
import type { Exchange } from '../capture/exchange.js';
import type { RequestHeaders } from '../request-headers.js';
import { AttributeGroup, AttributeName, Secret, type SpanAttribute } from '../span-record.js';
import { readActor } from './actor.js';
import { clientAddress, type TrustedProxies } from './client-address.js';

/** What a request's headers say of who sent it; the same for all requests with these headers over a connection. */
export interface SenderFacts {
  /** Addresses, host, user agent, fingerprint. */
  readonly client: AttributeGroup;
  /** Actor and session. */
  readonly actor: AttributeGroup;
}

const CLIENT_ADDRESS = new AttributeName(ATTR.clientAddress);
const NETWORK_PEER_ADDRESS = new AttributeName(ATTR.networkPeerAddress);
const USER_AGENT = new AttributeName(ATTR.userAgentOriginal);
const SERVER_ADDRESS = new AttributeName(ATTR.serverAddress);
const CLIENT_FINGERPRINT = new AttributeName(VEDETTE_ATTR.clientFingerprint);
const ACTOR = new AttributeName(ATTR.enduserPseudoId);
const ACTOR_KIND = new AttributeName(VEDETTE_ATTR.actorKind);
const SESSION = new AttributeName(ATTR.sessionId);

/** Longest user agent and host name that are sent, characters. */
const MAX_USER_AGENT = 512;
const MAX_HOST = 255;

/** Who sent a request, derived once for each set of headers. */
export function senderOf({ headers, connection }: Exchange, trustedProxies: TrustedProxies): SenderFacts {
  headers.sender ??= {
    client: describeClient(headers, connection.peerAddress, trustedProxies),
    actor: describeActor(headers),
  };
  return headers.sender;
}

function describeClient(headers: RequestHeaders, peer: string, trustedProxies: TrustedProxies): AttributeGroup {
  const attributes: SpanAttribute[] = [];
  const client = clientAddress(peer, headers.forwarded, trustedProxies);
  if (client !== '') attributes.push([CLIENT_ADDRESS, client]);
  if (peer !== '') attributes.push([NETWORK_PEER_ADDRESS, peer]);
  if (headers.userAgent !== '') attributes.push([USER_AGENT, headers.userAgent.slice(0, MAX_USER_AGENT)]);
  const host = hostName(headers.host);
  if (host !== '') attributes.push([SERVER_ADDRESS, host]);
  attributes.push([CLIENT_FINGERPRINT, headers.fingerprint.toString(16).padStart(8, '0')]);
  return new AttributeGroup(attributes);
}

/** The host a client asked for, without port; `''` for what cannot be a host name. */
function hostName(header: string): string {
  const host = header
    .slice(0, MAX_HOST + 8)
    .replace(/:\d{0,5}$/, '')
    .replace(/^\[|\]$/g, '');
  return host.length <= MAX_HOST && /^[A-Za-z0-9._:-]+$/.test(host) ? host.toLowerCase() : '';
}

function describeActor(headers: RequestHeaders): AttributeGroup {
  const { id, kind, session } = readActor(headers);
  const attributes: SpanAttribute[] = [];
  if (id !== '' && kind !== '') attributes.push([ACTOR, new Secret(id)], [ACTOR_KIND, kind]);
  if (session !== '') attributes.push([SESSION, new Secret(session)]);
  return new AttributeGroup(attributes);
}
