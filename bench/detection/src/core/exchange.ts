import type { ActorKind, AuthEvent, AuthOutcome } from '@vedette/protocol';
import type { Campaign } from './campaign.js';

/** What the network and the headers show of whoever sends a request. */
export interface Client {
  /** Canonical client address. */
  readonly address: string;
  readonly userAgent: string;
  /** Hash of header order and client kind, as the agent would compute it. */
  readonly fingerprint: string;
}

/**
 * One request with its response as the simulated service knows it: everything that any kind of instrumentation might
 * report, plus who really sent it. Adapters write from it only what their form shows; `label` and `campaign` reach the
 * scorer alone.
 */
export interface Exchange {
  /** Ids of its span, given when it is sent. */
  traceId: string;
  spanId: string;
  startMs: number;
  durationMs: number;
  client: Client;
  /** Address of the socket's other end, or `''` for the load balancer. */
  peer: string;
  method: string;
  /** Path as sent, without query. */
  path: string;
  /** Query without `?`. */
  query: string;
  /** Template as the framework writes it, or `''` where it reports none. */
  template: string;
  /** GraphQL operation, or `''`. */
  operation: string;
  status: number;
  requestBytes: number;
  responseBytes: number;
  /** Pseudonym, or `''`. */
  actor: string;
  actorKind: ActorKind | '';
  /** Pseudonym, or `''`. */
  session: string;
  /** User name as an access log shows it (HTTP authentication), or `''`. */
  logUser: string;
  authEvent: AuthEvent | '';
  authIdentifier: string;
  authOutcome: AuthOutcome;
  authAttempts: number;
  authCode: string;
  /** Ids in the body or in GraphQL variables. */
  bodyIds: readonly string[];
  /** Ids that the response listed. */
  handedOut: readonly string[];
  /** Sensitive values in the response by kind, or `null`. */
  sensitive: Readonly<Record<string, number>> | null;
  referer: string;
  /** Name of the behaviour that sent it: `visit`, a look-alike's id, or a campaign's. */
  label: string;
  campaign: Campaign | null;
  /** True for what a hostile party does to look ordinary: it is the campaign's, but no attack. */
  isCover: boolean;
}

const NO_IDS: readonly string[] = [];

/** An exchange with every field present, in one order, so that all of them share a hidden class. */
export function createExchange(startMs: number, client: Client, label: string, campaign: Campaign | null): Exchange {
  return {
    traceId: '',
    spanId: '',
    startMs,
    durationMs: 0,
    client,
    peer: '',
    method: 'GET',
    path: '/',
    query: '',
    template: '',
    operation: '',
    status: 200,
    requestBytes: 0,
    responseBytes: 0,
    actor: '',
    actorKind: '',
    session: '',
    logUser: '',
    authEvent: '',
    authIdentifier: '',
    authOutcome: '',
    authAttempts: 0,
    authCode: '',
    bodyIds: NO_IDS,
    handedOut: NO_IDS,
    sensitive: null,
    referer: '',
    label,
    campaign,
    isCover: false,
  };
}
