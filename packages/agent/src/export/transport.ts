import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { FaultGuard } from '../fault-guard.js';
import { UntracedRequest, untraced } from './untraced-request.js';

/** The collector's answer, or why there is none. */
export type Reply =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly contentType: string;
      /** What `Retry-After` asks for, ms, or `undefined`. */
      readonly retryAfterMs: number | undefined;
      /** The first {@link MAX_REPLY_BYTES} of the body. */
      readonly body: Buffer;
    }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface Call {
  readonly method: 'GET' | 'POST';
  /** Path below the collector's address. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface TransportOptions {
  /** Without trailing slash. */
  readonly collectorUrl: string;
  /** Ingest token, or `''`. */
  readonly token: string;
  /** Time until an answer must be complete, ms. */
  readonly timeoutMs: number;
  /** Counts faults of the agent's own, which end the call as if the collector could not be reached. */
  readonly guard: FaultGuard;
}

const MAX_REPLY_BYTES = 64 * 1024;
/** Longest wait that a collector may ask for, ms. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;

/**
 * HTTP to the collector over kept-alive connections that never keep the process alive.
 *
 * The agent's own requests are in nobody's traces, whether a tracer was loaded before or after it.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #agent: http.Agent;
  /** Where the collector is, for each request. */
  readonly #base: http.ClientRequestArgs;
  readonly #basePath: string;

  constructor(options: TransportOptions) {
    this.#options = options;
    const { protocol, hostname, port, pathname } = new URL(options.collectorUrl);
    const agentOptions = { keepAlive: true, maxSockets: 8, maxFreeSockets: 4, scheduling: 'lifo' } as const;
    this.#agent = protocol === 'https:' ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
    this.#base = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, agent: this.#agent };
    this.#basePath = pathname === '/' ? '' : pathname;
  }

  /** Never rejects. */
  call(call: Call): Promise<Reply> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      let request: http.ClientRequest | undefined;
      const settle = (reply: Reply): void => {
        clearTimeout(timer);
        resolve(reply);
      };
      const fail = (error: Error & { code?: string }): void =>
        settle({ kind: 'unreachable', reason: error.code ?? error.message });
      // What throws in a listener or a timer would be the service's uncaught exception.
      const safely =
        <A extends readonly unknown[]>(step: (...args: A) => void) =>
        (...args: A): void => {
          try {
            step(...args);
          } catch (fault) {
            this.#options.guard.count(fault);
            request?.destroy();
            resolve({ kind: 'unreachable', reason: 'a fault of the agent' });
          }
        };
      const onError = safely(fail);
      safely(() => {
        const opened = this.#open(
          call,
          safely((response) => readReply(response, { settle, fail, safely })),
          onError,
        );
        request = opened;
        const { timeoutMs } = this.#options;
        timer = setTimeout(
          safely(() => opened.destroy(new Error(`no answer within ${timeoutMs} ms`))),
          timeoutMs,
        ).unref();
        opened.on(
          'socket',
          safely((socket: Socket) => socket.unref()),
        );
      })();
    });
  }

  /** Makes a request, and sends all of it. */
  #open(
    { method, path, headers, body }: Call,
    onResponse: (response: http.IncomingMessage) => void,
    onError: (error: Error) => void,
  ): http.ClientRequest {
    const { token } = this.#options;
    const options = {
      ...this.#base,
      path: `${this.#basePath}${path}`,
      method,
      headers: {
        ...headers,
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body ? { 'content-length': body.length } : {}),
      },
    };
    return untraced(() => {
      const request = new UntracedRequest(options, onResponse);
      request.on('error', onError);
      request.end(body);
      return request;
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** What a reply is read with. */
interface ReplyHooks {
  readonly settle: (reply: Reply) => void;
  readonly fail: (error: Error) => void;
  readonly safely: <A extends readonly unknown[]>(step: (...args: A) => void) => (...args: A) => void;
}

function readReply(response: http.IncomingMessage, { settle, fail, safely }: ReplyHooks): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('error', safely(fail));
  response.on(
    'aborted',
    safely(() => fail(new Error('the answer was cut off'))),
  );
  response.on(
    'data',
    safely((chunk: Buffer) => {
      if (bytes < MAX_REPLY_BYTES) chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > 4 * MAX_REPLY_BYTES) response.destroy(new Error('the answer is too long'));
    }),
  );
  response.on(
    'end',
    safely(() =>
      settle({
        kind: 'answered',
        status: response.statusCode ?? 0,
        contentType: response.headers['content-type'] ?? '',
        retryAfterMs: parseRetryAfter(response.headers['retry-after'], Date.now()),
        body: Buffer.concat(chunks).subarray(0, MAX_REPLY_BYTES),
      }),
    ),
  );
}

/**
 * `Retry-After` (RFC 9110, 10.2.3): seconds or a date.
 *
 * @returns ms to wait from `nowMs`, at most five minutes; `undefined` for no or a nonsensical value
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : undefined;
  const waitMs = seconds === undefined ? Date.parse(value) - nowMs : seconds * 1000;
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}
