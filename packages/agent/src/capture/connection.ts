import type { Socket } from 'node:net';
import { canonicalAddress } from '../enrichment/client-address.js';
import { type RequestHeaders, sameHeaders, scanHeaders } from '../request-headers.js';
import type { Connection, Exchange } from './exchange.js';

/**
 * A socket over which requests come in. Remembers what was read of the last request's headers, since a client mostly
 * repeats itself, and which requests are under way, so that those that end with the socket are seen.
 */
export class SocketConnection implements Connection {
  readonly peerAddress: string;
  readonly #forwardedName: string;
  #raw: readonly string[] = [];
  #headers: RequestHeaders | undefined;
  #first: Exchange | undefined;
  /** Pipelined requests behind the first. */
  #others: Exchange[] | undefined;

  /**
   * @param remoteAddress as Node writes it; `undefined` for a Unix socket
   * @param forwardedName lower-case name of the header in which proxies give the client's address
   */
  constructor(remoteAddress: string | undefined, forwardedName: string) {
    this.peerAddress = remoteAddress === undefined ? '' : canonicalAddress(remoteAddress);
    this.#forwardedName = forwardedName;
  }

  readHeaders(request: { readonly rawHeaders: readonly string[]; readonly httpVersion: string }): RequestHeaders {
    const raw = request.rawHeaders;
    if (this.#headers !== undefined && sameHeaders(raw, this.#raw)) {
      this.#headers.repeated = true;
      return this.#headers;
    }
    this.#raw = raw;
    this.#headers = scanHeaders(raw, request.httpVersion, this.#forwardedName);
    return this.#headers;
  }

  /** A request is under way. */
  opened(exchange: Exchange): void {
    if (this.#first === undefined) this.#first = exchange;
    else {
      this.#others ??= [];
      this.#others.push(exchange);
    }
  }

  /** A request has ended by itself. */
  closed(exchange: Exchange): void {
    if (this.#first === exchange) {
      this.#first = this.#others?.shift();
      return;
    }
    const index = this.#others?.indexOf(exchange) ?? -1;
    if (index >= 0) this.#others?.splice(index, 1);
  }

  /** The exchange under way to which a raw request belongs. */
  find(request: object): Exchange | undefined {
    if (this.#first?.request === request) return this.#first;
    return this.#others?.find((exchange) => exchange.request === request);
  }

  /** Requests that are still under way; they are forgotten. */
  abandon(): readonly Exchange[] {
    if (this.#first === undefined) return [];
    const left = [this.#first, ...(this.#others ?? [])];
    this.#first = undefined;
    this.#others = undefined;
    return left;
  }
}

const CONNECTION = Symbol('vedette.connection');

interface CarrierSocket {
  [CONNECTION]?: SocketConnection;
}

/** The connection of a socket, `undefined` before {@link openConnection}. */
export function connectionOf(socket: object): SocketConnection | undefined {
  return (socket as CarrierSocket)[CONNECTION];
}

export function openConnection(socket: Socket, forwardedName: string): SocketConnection {
  const connection = new SocketConnection(socket.remoteAddress, forwardedName);
  (socket as CarrierSocket)[CONNECTION] = connection;
  return connection;
}

/** A body with GET is rare and means nothing (RFC 9110, 9.3.1); its declared length still counts. */
export function mayHaveBody(method: string | undefined): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
}
