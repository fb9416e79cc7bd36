import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookPayload } from '@vedette/protocol';
import { vi } from 'vitest';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
}

/** A webhook receiver on a real socket that keeps what it got and answers as told. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** Resolves once so many requests came. */
  until(count: number): Promise<void>;
  close(): Promise<void>;
}

/** @param answer what to do with the n-th request, from 0; without it: 204 */
export async function startReceiver(
  answer: (response: ServerResponse, n: number) => void = (response) => void response.writeHead(204).end(),
): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8'), atMs: Date.now() });
      answer(response, received.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    until: (count) =>
      vi.waitUntil(() => received.length >= count, { timeout: 5000, interval: 5 }).then(() => undefined),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function payload(title = 'Credential stuffing from 203.0.113.7'): WebhookPayload {
  const at = '2026-03-01T00:00:00.000Z';
  return {
    type: 'alert.raised',
    timestamp: at,
    data: {
      url: 'https://vedette.example/alerts/alert-1',
      alert: {
        id: 'alert-1',
        type: 'credential_stuffing',
        severity: 'high',
        score: 78,
        scoreTerms: [],
        title,
        summary: '214 accounts tried in 48 s, 98.6% failed',
        service: 'shop',
        storyId: 'story-1',
        status: 'new',
        resolution: null,
        recurring: false,
        firstSeen: at,
        lastSeen: at,
        raisedAt: at,
        sources: ['203.0.113.7'],
        sourceCount: 1,
        actors: [],
        actorCount: 0,
        targets: [],
        targetCount: 0,
        routes: ['POST /login'],
        compromised: [],
        requests: 214,
        evidence: [],
        activity: { start: at, bucketMs: 1000, counts: [] },
        owaspAutomatedThreats: ['OAT-008'],
        owaspApi: ['API2'],
        attack: ['T1110.004'],
      },
    },
  };
}
