import type { AlertEvent, StreamMessage } from '@vedette/protocol';

/** Alert events kept for clients that reconnect; older ones are read from storage. */
const REPLAY_EVENTS = 1000;

/** A client that lets this much pile up is told of a gap instead of being fed further, bytes. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

export const HEARTBEAT_MS = 5_000;

/** What the hub needs of a connection. */
export interface StreamClient {
  send(text: string): void;
  /** Bytes accepted and not yet handed to the network. */
  bufferedBytes(): number;
}

export interface StreamHubOptions {
  readonly version: string;
  readonly lastSequence: number;
  /** Alert events after a sequence, in order, at most `limit`. */
  readonly readAfter: (sequence: number, limit: number) => Promise<readonly AlertEvent[]>;
  readonly now?: () => number;
}

interface Connection {
  readonly client: StreamClient;
  /** Sequence of the last alert event sent. */
  cursor: number;
  /** While true, what it missed is being read; live events wait for it. */
  isCatchingUp: boolean;
  /** Too slow: gets nothing but a gap once its buffer has drained. */
  isLagging: boolean;
}

/** Fans alert events and traffic counts out to every open stream. Each client misses nothing or is told that it did. */
export class StreamHub {
  readonly #options: StreamHubOptions;
  readonly #connections = new Set<Connection>();
  #recent: AlertEvent[] = [];
  #sequence: number;

  constructor(options: StreamHubOptions) {
    this.#options = options;
    this.#sequence = options.lastSequence;
  }

  get clients(): number {
    return this.#connections.size;
  }

  /**
   * Greets a client and sends what happened after `cursor`; without a cursor only what happens from now on.
   *
   * @returns a function that forgets the client
   */
  connect(client: StreamClient, cursor: number | null): () => void {
    const start = cursor === null ? this.#sequence : Math.min(cursor, this.#sequence);
    const connection: Connection = { client, cursor: start, isCatchingUp: false, isLagging: false };
    this.#connections.add(connection);
    this.#send(connection, {
      type: 'hello',
      version: this.#options.version,
      cursor: this.#sequence,
      serverTimeMs: this.#now(),
      heartbeatMs: HEARTBEAT_MS,
    });
    if (start < this.#sequence) void this.#catchUp(connection);
    return () => this.#connections.delete(connection);
  }

  /** Passes on a durable alert event. */
  publish(event: AlertEvent): void {
    this.#sequence = event.sequence;
    this.#recent.push(event);
    if (this.#recent.length > 2 * REPLAY_EVENTS) this.#recent = this.#recent.slice(-REPLAY_EVENTS);
    if (this.#connections.size === 0) return;
    const text = JSON.stringify(alertMessage(event));
    for (const connection of this.#connections) {
      if (connection.isCatchingUp) continue;
      if (connection.cursor !== event.sequence - 1) void this.#catchUp(connection);
      else if (this.#deliver(connection, text)) connection.cursor = event.sequence;
    }
  }

  /** Sends a message that may be lost without harm (counts, heartbeats) to every client that keeps up. */
  broadcast(message: Extract<StreamMessage, { type: 'stats' }> | { type: 'heartbeat' }): void {
    if (this.#connections.size === 0) return;
    const text = JSON.stringify(
      message.type === 'heartbeat' ? { type: 'heartbeat', cursor: this.#sequence, serverTimeMs: this.#now() } : message,
    );
    for (const connection of this.#connections) this.#deliver(connection, text);
  }

  async #catchUp(connection: Connection): Promise<void> {
    connection.isCatchingUp = true;
    try {
      while (this.#connections.has(connection) && connection.cursor < this.#sequence) {
        if (this.#sequence - connection.cursor > REPLAY_EVENTS) {
          this.#skip(connection);
          return;
        }
        const missed = await this.#after(connection.cursor);
        for (const event of missed) {
          if (!this.#deliver(connection, JSON.stringify(alertMessage(event)))) return;
          connection.cursor = event.sequence;
        }
        if (missed.length === 0) {
          this.#skip(connection);
          return;
        }
      }
    } catch {
      // Storage could not be read: the client reloads by REST, which will say so.
      this.#skip(connection);
    } finally {
      connection.isCatchingUp = false;
    }
  }

  async #after(cursor: number): Promise<readonly AlertEvent[]> {
    const oldest = this.#recent[0]?.sequence ?? Number.POSITIVE_INFINITY;
    if (oldest <= cursor + 1) return this.#recent.slice(cursor + 1 - oldest);
    return this.#options.readAfter(cursor, REPLAY_EVENTS);
  }

  #skip(connection: Connection): void {
    connection.cursor = this.#sequence;
    this.#send(connection, { type: 'gap', cursor: this.#sequence });
  }

  /** @returns false when the client is too slow for this message */
  #deliver(connection: Connection, text: string): boolean {
    const buffered = connection.client.bufferedBytes();
    if (connection.isLagging) {
      if (buffered > 0) return false;
      connection.isLagging = false;
      this.#skip(connection);
      return false;
    }
    if (buffered > MAX_BUFFERED_BYTES) {
      connection.isLagging = true;
      return false;
    }
    connection.client.send(text);
    return true;
  }

  #send(connection: Connection, message: StreamMessage): void {
    connection.client.send(JSON.stringify(message));
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

function alertMessage(event: AlertEvent): StreamMessage {
  return { type: 'alert', cursor: event.sequence, change: event.change, alert: event.alert };
}
