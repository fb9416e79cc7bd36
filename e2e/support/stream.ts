import type { StreamMessage } from '@vedette/protocol';
import { WebSocket } from 'ws';
import { API_TOKEN } from './collector.js';
import { later } from './scope.js';

/** An open `/api/stream` that keeps what it hears. */
export async function openStream(
  collector: { url: string },
  cursor?: number,
): Promise<{ messages: StreamMessage[]; close(): void }> {
  const query = cursor === undefined ? '' : `?cursor=${cursor}`;
  const socket = new WebSocket(`${collector.url.replace('http', 'ws')}/api/stream${query}`, ['vedette.v1'], {
    headers: { authorization: `Bearer ${API_TOKEN}` },
  });
  later(() => socket.terminate());
  const messages: StreamMessage[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('message', (data) => {
      messages.push(JSON.parse(String(data)));
      resolve();
    });
    socket.on('error', reject);
  });
  return { messages, close: () => socket.close() };
}
