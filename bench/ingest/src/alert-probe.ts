import { setTimeout as pause } from 'node:timers/promises';
import type { RequestEvent, StreamMessage } from '@vedette/protocol';
import { WebSocket } from 'ws';
import { renew } from './renew.js';
import { writeProtobuf } from './write-protobuf.js';

/** More tries than any attacker needs; one that is not seen by then is counted. */
const MAX_TRIES = 80;
const PAUSE_MS = 100;
const DURATION_MS = 20;

export interface ProbeOptions {
  readonly url: string;
  readonly ingestToken: string;
  readonly apiToken: string;
  readonly attackers: number;
  /** Nobody attacks after this time, ms. */
  readonly overMs: number;
}

export interface ProbeResult {
  /** From the end of the span that completed the evidence to the alert on the WebSocket, ms. */
  readonly latenciesMs: readonly number[];
  readonly unseen: number;
  /** Alerts raised about anyone, by type. */
  readonly raised: Readonly<Record<string, number>>;
}

/** Attackers who try stolen credentials, each from a network of its own (198.18.0.0/15, RFC 2544), and who hears of them when. */
export async function probeAlerts(options: ProbeOptions): Promise<ProbeResult> {
  const seen = new Map<string, { atMs: number; lastSeenMs: number }>();
  const raised: Record<string, number> = {};
  const socket = new WebSocket(`${options.url.replace('http', 'ws')}/api/stream`, ['vedette.v1'], {
    headers: { authorization: `Bearer ${options.apiToken}` },
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as StreamMessage;
    if (message.type !== 'alert' || message.change !== 'raised') return;
    raised[message.alert.type] = (raised[message.alert.type] ?? 0) + 1;
    const lastSeenMs = Date.parse(message.alert.lastSeen);
    for (const source of message.alert.sources) {
      if (!seen.has(source)) seen.set(source, { atMs: Date.now(), lastSeenMs });
    }
  });

  const latenciesMs: number[] = [];
  let unseen = 0;
  // One after the other, so that no two of them are one campaign.
  const endMs = Date.now() + options.overMs;
  for (let attacker = 0; attacker < options.attackers && Date.now() < endMs; attacker++) {
    const source = `198.18.${attacker % 250}.${7 + Math.floor(attacker / 250)}`;
    const ends: number[] = [];
    for (let attempt = 0; attempt < MAX_TRIES && !seen.has(source) && Date.now() < endMs; attempt++) {
      ends.push(await tryPassword(source, `${attacker}-${attempt}`));
      await pause(PAUSE_MS);
    }
    const alert = seen.get(source);
    if (alert !== undefined) {
      const completedMs = ends.find((ms) => ms - DURATION_MS >= alert.lastSeenMs) ?? ends.at(-1)!;
      latenciesMs.push(alert.atMs - completedMs);
    } else if (Date.now() < endMs) unseen++;
  }
  socket.close();
  return { latenciesMs, unseen, raised };

  /** @returns when the request ended */
  async function tryPassword(source: string, identifier: string): Promise<number> {
    const body = writeProtobuf([loginOf(source, identifier)]);
    const endMs = Date.now();
    renew(body, endMs, 1);
    const response = await fetch(`${options.url}/v1/traces`, {
      method: 'POST',
      headers: { authorization: `Bearer ${options.ingestToken}`, 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(body.bytes),
    });
    await response.arrayBuffer();
    return endMs;
  }
}

function loginOf(source: string, identifier: string): RequestEvent {
  return {
    traceId: '',
    spanId: '',
    service: 'shop',
    instance: 'shop-1',
    startMs: 0,
    durationMs: DURATION_MS,
    source,
    peer: '10.0.0.1',
    method: 'POST',
    host: 'shop.example',
    path: '/login',
    query: '',
    route: '/login',
    routeFrom: 'span',
    operation: '',
    status: 401,
    requestBytes: 70,
    responseBytes: 40,
    userAgent: `client-of-${source}/1.0`,
    fingerprint: `fp-${source}`,
    actor: '',
    actorKind: '',
    session: '',
    authEvent: 'login',
    authIdentifier: `stolen-${identifier}`,
    authOutcome: 'failure',
    authFrom: 'agent',
    authAttempts: 1,
    authCode: '',
    objects: [],
    handedOut: [],
    sensitive: {},
  };
}
