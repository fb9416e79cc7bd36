import { hashObjectId, type RequestEvent, type RequestedObject } from '@vedette/protocol';
import type { Exchange } from '../core/exchange.js';
import type { Form } from './form.js';
import { LOAD_BALANCER } from './raw-request.js';

const NO_OBJECTS: readonly RequestedObject[] = [];
const NO_IDS: readonly number[] = [];
const NO_COUNTS: Readonly<Record<string, number>> = {};

/**
 * Request events as an intake would give them that reads every enriched span perfectly. Comparing with the real intake
 * shows what is lost in reading and what in detecting.
 */
export function readPerfectly(
  service: { readonly name: string; readonly host: string },
  exchange: Exchange,
  form: Form,
): RequestEvent {
  const isEnriched = form === 'enriched';
  const route = exchange.template.replace(/:(\w+)/g, '{$1}');
  return {
    traceId: exchange.traceId,
    spanId: exchange.spanId,
    service: service.name,
    instance: `${service.name}-1`,
    startMs: exchange.startMs,
    durationMs: exchange.durationMs,
    source: exchange.client.address,
    peer: exchange.peer || LOAD_BALANCER,
    method: exchange.method,
    host: service.host,
    path: exchange.path,
    query: exchange.query,
    route,
    routeFrom: route === '' ? '' : 'span',
    operation: exchange.operation,
    status: exchange.status,
    requestBytes: isEnriched ? exchange.requestBytes : -1,
    responseBytes: exchange.responseBytes,
    userAgent: exchange.client.userAgent,
    fingerprint: isEnriched ? exchange.client.fingerprint : '',
    actor: isEnriched ? exchange.actor : '',
    actorKind: isEnriched ? exchange.actorKind : '',
    session: isEnriched ? exchange.session : '',
    authEvent: isEnriched ? exchange.authEvent : '',
    authIdentifier: isEnriched ? exchange.authIdentifier : '',
    authOutcome: isEnriched ? exchange.authOutcome : '',
    authFrom: isEnriched && exchange.authEvent !== '' ? 'agent' : '',
    authAttempts: isEnriched ? exchange.authAttempts : 0,
    authCode: isEnriched ? exchange.authCode : '',
    objects: objectsOf(exchange, route, isEnriched),
    handedOut: isEnriched && exchange.handedOut.length > 0 ? exchange.handedOut.map(hashObjectId) : NO_IDS,
    sensitive: isEnriched && exchange.sensitive !== null ? exchange.sensitive : NO_COUNTS,
  };
}

function objectsOf(exchange: Exchange, route: string, isEnriched: boolean): readonly RequestedObject[] {
  const objects: RequestedObject[] = [];
  if (route.includes('{')) {
    const template = route.split('/');
    const path = exchange.path.split('/');
    for (let i = 1; i < template.length; i++) {
      const id = path[i];
      if (template[i]!.startsWith('{') && id !== undefined)
        objects.push({ kind: template[i - 1]!, id, hash: hashObjectId(id) });
    }
  }
  if (isEnriched)
    for (const id of exchange.bodyIds) objects.push({ kind: exchange.operation, id: '', hash: hashObjectId(id) });
  return objects.length === 0 ? NO_OBJECTS : objects;
}
