import { ATTR, VEDETTE_ATTR } from '@vedette/protocol/attributes';
import type { Exchange } from '../capture/exchange.js';
import { Memo } from '../memo.js';
import type { RequestHeaders } from '../request-headers.js';
import { AttributeGroup, AttributeName, Secret, type SpanSink } from '../span-record.js';
import { type Actor, readActor } from './actor.js';
import { clientAddress, type TrustedProxies } from './client-address.js';
import { knownUser } from './known-user.js';

/** What headers that a connection repeats say of who sent them, ready to be written again. */
export interface SenderFacts {
  /** Addresses, host, user agent, fingerprint. */
  readonly client: AttributeGroup;
  /** Actor and session. */
  readonly actor: AttributeGroup;
  /** The session alone. */
  readonly session: AttributeGroup;
  /** See {@link Actor.isOpaque}. */
  readonly isOpaque: boolean;
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

/**
 * Writes who sent a request: client and peer address, user agent, host asked for, fingerprint, actor and session.
 *
 * The actor is whom the service names through `setActor`; else whom a token, HTTP Basic or an API key names; else the
 * user that the service's own middleware found; else the opaque token or session cookie. Only the first of these counts
 * in a request that was answered 401.
 *
 * @param isRefused whether the answer was 401: whoever is refused may have forged the token that names the actor
 * @param newSession the session that the answer began, which stands for that of the request; `''` for none
 */
export function describeSender(
  exchange: Exchange,
  trustedProxies: TrustedProxies,
  out: { readonly sink: SpanSink; readonly isRefused: boolean; readonly newSession: string },
): void {
  const { headers, connection, said } = exchange;
  const { sink, isRefused, newSession } = out;
  if (headers.repeated) headers.sender ??= factsOf(headers, connection.peerAddress, trustedProxies);
  const facts = headers.sender;
  if (facts === undefined) describeClient(headers, connection.peerAddress, trustedProxies, sink);
  else sink.group(facts.client);
  if (said?.actor !== undefined) {
    sink.attribute(ACTOR, new Secret(said.actor.id));
    sink.attribute(ACTOR_KIND, said.actor.kind);
    if (!isRefused) describeSession(newSession || readActor(headers).session, sink);
    return;
  }
  if (isRefused) return;
  const known = newSession === '' ? facts : undefined;
  const actor = known === undefined ? readActor(headers) : undefined;
  const user = (known ?? actor)?.isOpaque ? knownUser(exchange) : '';
  if (user !== '') {
    sink.attribute(ACTOR, new Secret(user));
    sink.attribute(ACTOR_KIND, 'user');
    if (known !== undefined) sink.group(known.session);
    else if (actor !== undefined) describeSession(newSession || actor.session, sink);
  } else if (known !== undefined) sink.group(known.actor);
  else if (actor !== undefined) describeActor(actor, newSession || actor.session, sink);
}

function factsOf(headers: RequestHeaders, peer: string, trustedProxies: TrustedProxies): SenderFacts {
  const actor = readActor(headers);
  return {
    client: new AttributeGroup((group) => describeClient(headers, peer, trustedProxies, group)),
    actor: new AttributeGroup((group) => describeActor(actor, actor.session, group)),
    session: new AttributeGroup((group) => describeSession(actor.session, group)),
    isOpaque: actor.isOpaque,
  };
}

function describeClient(headers: RequestHeaders, peer: string, trustedProxies: TrustedProxies, sink: SpanSink): void {
  const client = clientAddress(peer, headers.forwarded, trustedProxies);
  if (client !== '') sink.attribute(CLIENT_ADDRESS, client);
  if (peer !== '') sink.attribute(NETWORK_PEER_ADDRESS, peer);
  const { userAgent } = headers;
  if (userAgent !== '') {
    sink.attribute(USER_AGENT, userAgent.length > MAX_USER_AGENT ? userAgent.slice(0, MAX_USER_AGENT) : userAgent);
  }
  const host = hostNames.of(headers.host);
  if (host !== '') sink.attribute(SERVER_ADDRESS, host);
  sink.attribute(CLIENT_FINGERPRINT, headers.fingerprint.toString(16).padStart(8, '0'));
}

/** The host a client asked for, without port; `''` for what cannot be a host name. A service has few. */
const hostNames = new Memo({ entries: 256, length: MAX_HOST }, (header) => {
  const host = header
    .slice(0, MAX_HOST + 8)
    .replace(/:\d{0,5}$/, '')
    .replace(/^\[|\]$/g, '');
  return host.length <= MAX_HOST && /^[A-Za-z0-9._:-]+$/.test(host) ? host.toLowerCase() : '';
});

function describeActor({ id, kind }: Actor, session: string, sink: SpanSink): void {
  if (id !== '' && kind !== '') {
    sink.attribute(ACTOR, new Secret(id));
    sink.attribute(ACTOR_KIND, kind);
  }
  describeSession(session, sink);
}

function describeSession(session: string, sink: SpanSink): void {
  if (session !== '') sink.attribute(SESSION, new Secret(session));
}
