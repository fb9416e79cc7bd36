import type { RawRequest } from '@vedette/intake';
import { hashObjectId } from '@vedette/protocol';
import type { Exchange } from '../core/exchange.js';
import type { Form } from './form.js';

const NO_IDS: readonly number[] = [];
const NO_COUNTS: Readonly<Record<string, number>> = {};

/** Writes exchanges as intake's raw requests, with only what the form shows. */
export class RawRequestWriter {
  constructor(
    private readonly service: { readonly name: string; readonly host: string },
    private readonly form: Form,
  ) {}

  write(exchange: Exchange): RawRequest {
    const { form } = this;
    const isEnriched = form === 'enriched';
    const isLog = form === 'log';
    return {
      traceId: exchange.traceId,
      spanId: exchange.spanId,
      service: this.service.name,
      instance: isLog ? '' : `${this.service.name}-1`,
      startMs: isLog ? Math.floor(exchange.startMs / 1000) * 1000 : exchange.startMs,
      durationMs: isLog ? 0 : exchange.durationMs,
      source: exchange.client.address,
      peer: isLog ? '' : exchange.peer || LOAD_BALANCER,
      method: exchange.method,
      host: isLog ? '' : this.service.host,
      path: exchange.path,
      query: exchange.query,
      route: isLog ? '' : exchange.template,
      graphqlOperation: isEnriched ? exchange.operation : '',
      rpcOperation: '',
      status: exchange.status,
      requestBytes: isEnriched ? exchange.requestBytes : -1,
      responseBytes: exchange.responseBytes,
      userAgent: exchange.client.userAgent,
      fingerprint: isEnriched ? exchange.client.fingerprint : '',
      enduserPseudoId: isEnriched ? exchange.actor : '',
      enduserId: '',
      user: isLog ? exchange.logUser : '',
      actorKind: isEnriched ? exchange.actorKind : '',
      session: isEnriched ? exchange.session : '',
      authEvent: isEnriched ? exchange.authEvent : '',
      authIdentifier: isEnriched ? exchange.authIdentifier : '',
      authOutcome: isEnriched ? exchange.authOutcome : '',
      authAttempts: isEnriched ? Math.max(1, exchange.authAttempts) : 1,
      authCode: isEnriched ? exchange.authCode : '',
      requestObjectIds: isEnriched && exchange.bodyIds.length > 0 ? exchange.bodyIds.map(hashObjectId) : NO_IDS,
      responseObjectIds: isEnriched && exchange.handedOut.length > 0 ? exchange.handedOut.map(hashObjectId) : NO_IDS,
      sensitive: isEnriched && exchange.sensitive !== null ? exchange.sensitive : NO_COUNTS,
    };
  }
}

/** The socket's other end, where requests come through a load balancer. */
export const LOAD_BALANCER = '10.4.0.7';
