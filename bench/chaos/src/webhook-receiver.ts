import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookPayload } from '@vedette/protocol';
import { Webhook } from 'standardwebhooks';
import type { Random } from './random.js';

export interface WebhookReceiver {
  readonly url: string;
  /** By `webhook-id`: bodies that differ (one, if all is well), tries, and whether one was answered with success. */
  readonly received: ReadonlyMap<string, { bodies: Set<string>; tries: number; taken: boolean }>;
  /** Messages whose signature does not hold. */
  readonly forged: readonly string[];
  close(): void;
}

/** Takes webhooks over real HTTP; one first try in ten fails, one in ten is taken but its answer is lost. */
export async function startWebhookReceiver(secret: string, random: Random): Promise<WebhookReceiver> {
  const received = new Map<string, { bodies: Set<string>; tries: number; taken: boolean }>();
  const forged: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // The collector was killed while it sent: nothing arrived.
      return;
    }
    const body = Buffer.concat(chunks).toString('utf8');
    const id = String(request.headers['webhook-id']);
    try {
      new Webhook(secret).verify(body, request.headers as Record<string, string>) as WebhookPayload;
    } catch {
      forged.push(id);
    }
    const message = received.get(id) ?? { bodies: new Set(), tries: 0, taken: false };
    received.set(id, message);
    message.bodies.add(body);
    message.tries++;
    if (message.tries === 1 && random.isTrue(0.1)) return void response.writeHead(500).end();
    message.taken = true;
    if (message.tries === 1 && random.isTrue(0.1)) return void response.destroy();
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    forged,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
