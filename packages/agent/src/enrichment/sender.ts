import { ATTR, VEDETTE_ATTR } from '@vedette/protocol/attributes';
import type { Exchange } from '../capture/exchange.js';
import type { RequestHeaders } from '../request-headers.js';
import { AttributeGroup, AttributeName, Secret, type SpanSink } from '../span-record.js';
import { readActor } from './actor.js';
import { clientAddress, type TrustedProxies } from './client-address.js';

/** What headers that a connection repeats say of who sent them, ready to be written again. */
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

/** Host names that are remembered: a service has few, and who makes them up only costs himself a little time. */
const MAX_HOSTS = 256;

/**
 * Writes who sent a request: client and peer address, user agent, host asked for, fingerprint, actor and session.
 *
 * @param isRefused whether the answer was 401: whoever is refused may have forged the token that names the actor
 */
export function describeSender(
  { headers, connection }: Exchange,
  trustedProxies: TrustedProxies,
  out: { readonly sink: SpanSink; readonly isRefused: boolean },
): void {
  const { sink, isRefused } = out;
  if (!headers.repeated) {
    describeClient(headers, connection.peerAddress, trustedProxies, sink);
    if (!isRefused) describeActor(headers, sink);
    return;
  }
  headers.sender ??= {
    client: new AttributeGroup((group) => describeClient(headers, connection.peerAddress, trustedProxies, group)),
    actor: new AttributeGroup((group) => describeActor(headers, group)),
  };
  sink.group(headers.sender.client);
  if (!isRefused) sink.group(headers.sender.actor);
}

function describeClient(headers: RequestHeaders, peer: string, trustedProxies: TrustedProxies, sink: SpanSink): void {
  const client = clientAddress(peer, headers.forwarded, trustedProxies);
  if (client !== '') sink.attribute(CLIENT_ADDRESS, client);
  if (peer !== '') sink.attribute(NETWORK_PEER_ADDRESS, peer);
  const { userAgent } = headers;
  if (userAgent !== '') {
    sink.attribute(USER_AGENT, userAgent.length > MAX_USER_AGENT ? userAgent.slice(0, MAX_USER_AGENT) : userAgent);
  }
  const host = hostName(headers.host);
  if (host !== '') sink.attribute(SERVER_ADDRESS, host);
  sink.attribute(CLIENT_FINGERPRINT, headers.fingerprint.toString(16).padStart(8, '0'));
}

const hostNames = new Map<string, string>();

/** The host a client asked for, without port; `''` for what cannot be a host name. */
function hostName(header: string): string {
  const known = hostNames.get(header);
  if (known !== undefined) return known;
  const host = header
    .slice(0, MAX_HOST + 8)
    .replace(/:\d{0,5}$/, '')
    .replace(/^\[|\]$/g, '');
  const name = host.length <= MAX_HOST && /^[A-Za-z0-9._:-]+$/.test(host) ? host.toLowerCase() : '';
  if (hostNames.size >= MAX_HOSTS) hostNames.clear();
  if (header.length <= MAX_HOST) hostNames.set(header, name);
  return name;
}

function describeActor(headers: RequestHeaders, sink: SpanSink): void {
  const { id, kind, session } = readActor(headers);
  if (id !== '' && kind !== '') {
    sink.attribute(ACTOR, new Secret(id));
    sink.attribute(ACTOR_KIND, kind);
  }
  if (session !== '') sink.attribute(SESSION, new Secret(session));
}
