import type { Alert, AlertEvent, StreamMessage } from '@vedette/protocol';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { StreamHub } from './stream-hub.js';

const event = (sequence: number): AlertEvent => ({
  sequence,
  change: 'updated',
  recordedAt: '2026-01-01T00:00:00.000Z',
  by: null,
  comment: null,
  alert: { id: `a${sequence}` } as Alert,
});

/** A hub over a log of `stored` events, and a way to connect clients that keep what they were sent. */
function rig(stored: number) {
  const log = Array.from({ length: stored }, (_, i) => event(i + 1));
  const hub = new StreamHub({
    version: '0',
    lastSequence: stored,
    readAfter: async (sequence, limit) => log.slice(sequence, sequence + limit),
  });
  const connect = (cursor: number | null) => {
    const messages: StreamMessage[] = [];
    const client = { buffered: 0, messages };
    const disconnect = hub.connect(
      { send: (text) => messages.push(JSON.parse(text)), bufferedBytes: () => client.buffered },
      cursor,
    );
    const cursors = () => messages.flatMap((message) => (message.type === 'alert' ? [message.cursor] : []));
    return { ...client, client, disconnect, cursors };
  };
  const publish = () => {
    log.push(event(log.length + 1));
    hub.publish(log.at(-1)!);
  };
  return { hub, connect, publish };
}

test('greets with the newest cursor and passes on what happens from then on', () => {
  const { connect, publish } = rig(5);
  const { messages, cursors } = connect(null);
  expect(messages[0]).toMatchObject({ type: 'hello', cursor: 5 });
  publish();
  expect(cursors()).toEqual([6]);
});

test('a client that comes back gets what it missed, from memory or storage, once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(50), fc.nat(50), fc.nat(30), async (stored, before, during) => {
      const { connect, publish } = rig(stored);
      for (let i = 0; i < before; i++) publish();
      const cursor = Math.floor((stored + before) / 2);
      const { cursors, messages } = connect(cursor);
      for (let i = 0; i < during; i++) publish();
      const expected = Array.from({ length: stored + before + during - cursor }, (_, i) => cursor + i + 1);
      await vi.waitFor(() => expect(cursors()).toEqual(expected));
      expect(messages.some((message) => message.type === 'gap')).toBe(false);
    }),
  );
});

test('a cursor that is too old is told of the gap', async () => {
  const { connect, publish } = rig(5000);
  const { messages, cursors } = connect(10);
  await vi.waitFor(() => expect(messages.at(-1)).toEqual({ type: 'gap', cursor: 5000 }));
  publish();
  expect(cursors()).toEqual([5001]);
});

test('a cursor from the future starts at the newest event', () => {
  const { connect, publish } = rig(3);
  const { cursors } = connect(99);
  publish();
  expect(cursors()).toEqual([4]);
});

test('a slow client is dropped and told of the gap once it has caught its breath', () => {
  const { connect, publish } = rig(0);
  const { client, messages, cursors } = connect(null);
  client.buffered = 2 * 1024 * 1024;
  publish();
  publish();
  expect(cursors()).toEqual([]);
  client.buffered = 0;
  publish();
  return vi.waitFor(() => expect(messages.at(-1)).toEqual({ type: 'gap', cursor: 3 }));
});

test('a client that has left gets nothing', () => {
  const { hub, connect, publish } = rig(0);
  const { disconnect, cursors } = connect(null);
  disconnect();
  publish();
  expect(cursors()).toEqual([]);
  expect(hub.clients).toBe(0);
});
