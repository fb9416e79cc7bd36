import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Connections past the bound for senders that are still taken: for people, probes, and to tell senders why. */
const RESERVE = 256;

/**
 * Bounds the connections that a server holds.
 *
 * @returns whether a connection is one too many: opened when there were `max` already, and there still are; senders on
 *   such are to be turned away
 */
export function limitConnections(server: Server, max: number): (socket: Socket) => boolean {
  const surplus = new WeakSet<Socket>();
  let open = 0;
  server.maxConnections = max + RESERVE;
  server.on('connection', (socket) => {
    if (++open > max) surplus.add(socket);
    socket.once('close', () => open--);
  });
  return (socket) => open > max && surplus.has(socket);
}
