import type { StreamMessage, STREAM_PROTOCOL as StreamProtocol } from '@vedette/protocol';
import { IDLE, type Link, type LinkEvent, nextTickMs, step } from './connection.js';
import { parseMessage } from './parse-message.js';

/** Equal to the protocol's constant by its type; importing the value would bring its schemas along. */
const STREAM_PROTOCOL: typeof StreamProtocol = 'vedette.v1';

/** The part of a WebSocket that is used. */
export interface Socket {
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
  close(): void;
}

export interface StreamClientOptions {
  /** `ws:` or `wss:` address of the stream. */
  readonly url: string;
  /** Newest alert event that is already known; asked for again at every attempt. */
  readonly cursor: () => number;
  readonly onMessage: (message: StreamMessage) => void;
  /** The connection's state changed, or something was heard. */
  readonly onLink: (link: Link) => void;
  /** A message could not be read: what is shown may have a hole. */
  readonly onBroken: () => void;
  readonly createSocket?: (url: string, protocol: string) => Socket;
  readonly now?: () => number;
  readonly random?: () => number;
}

/** Keeps one socket to the stream, for as long as it is started. */
export class StreamClient {
  readonly #options: StreamClientOptions;
  #link: Link = IDLE;
  #socket: Socket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: StreamClientOptions) {
    this.#options = options;
  }

  start(): void {
    this.#happened({ type: 'start' });
  }

  stop(): void {
    this.#happened({ type: 'stop' });
  }

  /** Tries at once instead of waiting on. */
  wake(): void {
    this.#happened({ type: 'tick', random: this.#random() });
    this.#happened({ type: 'wake' });
  }

  #happened(event: LinkEvent): void {
    const { link, command } = step(this.#link, event, this.#now());
    const changed = link !== this.#link;
    this.#link = link;
    if (command === 'close') this.#dropSocket();
    if (command === 'open') this.#openSocket();
    if (!changed) return;
    this.#schedule();
    this.#options.onLink(this.#link);
  }

  #openSocket(): void {
    this.#dropSocket();
    const create = this.#options.createSocket ?? ((url, protocol) => new WebSocket(url, protocol) as Socket);
    const socket = create(`${this.#options.url}?cursor=${this.#options.cursor()}`, STREAM_PROTOCOL);
    const closed = () => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      this.#happened({ type: 'closed', random: this.#random() });
    };
    this.#socket = socket;
    socket.onclose = closed;
    socket.onerror = closed;
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#read(data);
    };
  }

  #read(data: unknown): void {
    const parsed = parseMessage(data);
    if (parsed.ok && parsed.message.type === 'hello') {
      this.#happened({ type: 'hello', heartbeatMs: parsed.message.heartbeatMs });
    } else {
      this.#happened({ type: 'heard' });
    }
    if (parsed.ok) this.#options.onMessage(parsed.message);
    else if (parsed.reason === 'broken') this.#options.onBroken();
  }

  #dropSocket(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const at = nextTickMs(this.#link);
    if (at === null) return;
    this.#timer = setTimeout(
      () => {
        this.#happened({ type: 'tick', random: this.#random() });
        this.#schedule();
      },
      Math.max(0, at - this.#now()) + 1,
    );
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #random(): number {
    return (this.#options.random ?? Math.random)();
  }
}
