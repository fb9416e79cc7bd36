import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { OtlpEncoding } from '@vedette/intake';
import type { FairGate, FairTicket } from './fair-gate.js';
import type { IngestTokens, TokenCheck, TokenGrant } from './ingest-tokens.js';
import {
  BODY_LIMITS,
  type BodyResult,
  type Coding,
  codingOf,
  inflate,
  likelyInflatedBytes,
  readSent,
} from './read-body.js';

/** Seconds after which a sender should try again while the collector has no room. */
export const RETRY_AFTER_S = 2;
/** Senders whose service is remembered; past it the one that was remembered first is forgotten. */
const MAX_SENDERS = 4096;

export interface ReceptionParts {
  readonly tokens: IngestTokens;
  readonly gate: FairGate;
  /** Whether a connection was opened when there were too many. */
  readonly isSurplus: (socket: Socket) => boolean;
}

/** A body that may be worked on. {@link Admitted.leave} must be called once that is done. */
export interface Admitted {
  readonly ok: true;
  readonly encoding: OtlpEncoding;
  readonly grant: TokenGrant;
  readonly body: Buffer;
  /** Tells which services were in the body, so that the sender's next body queues with those of its service. */
  identify(service: string | null): void;
  /** It has been read; others may be read now. */
  decoded(): void;
  leave(): void;
}

export interface TurnedAway {
  readonly ok: false;
  readonly encoding: OtlpEncoding;
  readonly status: number;
  readonly reason: string;
  readonly retryAfterS?: number;
  /** Whether the connection is to be closed as well. */
  readonly closes?: boolean;
}

/**
 * Where requests arrive: who may send, how much, and when it is whose turn. The cheapest look comes first, and a body is
 * only read from one who may send it now.
 */
export class Reception {
  readonly #parts: ReceptionParts;
  /** Service by token and address, learned from what came before. */
  readonly #services = new Map<string, string>();

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
  }

  check(authorization: string | undefined): TokenCheck {
    const match = /^bearer +(\S+)$/i.exec(authorization ?? '');
    if (match === null) return { ok: false, reason: 'an ingest token is needed: Authorization: Bearer <token>' };
    return this.#parts.tokens.check(match[1]!);
  }

  /** Reads the body of a sender who may send, and waits for its turn. */
  async receive(request: IncomingMessage): Promise<Admitted | TurnedAway> {
    const { headers, socket } = request;
    const encoding = encodingOf(headers['content-type']);
    const away = (status: number, reason: string, retryAfterS?: number): TurnedAway => ({
      ok: false,
      encoding: encoding ?? 'json',
      status,
      reason,
      ...(retryAfterS === undefined ? {} : { retryAfterS }),
    });
    if (this.#parts.isSurplus(socket)) {
      return { ...away(503, 'too many connections are open', RETRY_AFTER_S), closes: true };
    }
    const check = this.check(headers.authorization);
    if (!check.ok) return away(401, check.reason);
    if (encoding === null) return away(415, 'content-type must be application/x-protobuf or application/json');
    const coding = codingOf(headers['content-encoding']);
    if (!coding.ok) return away(coding.status, coding.reason);
    if (Number(headers['content-length']) > BODY_LIMITS.sentBytes) {
      return away(413, `the body is larger than ${BODY_LIMITS.sentBytes} bytes`);
    }
    const { grant } = check;
    const allowed = grant.allowance.check(Date.now());
    if (!allowed.ok) {
      return away(429, `the ingest token "${grant.name}" is for ${allowed.limit}`, allowed.retryAfterS);
    }

    const key = `${grant.id} ${socket.remoteAddress}`;
    const flow = { token: grant.id, sender: this.#services.get(key) ?? `@${socket.remoteAddress}` };
    const ticket = this.#parts.gate.open(flow, () => request.destroy());
    try {
      const read = await take(request, coding.coding, ticket);
      if (!read.ok) {
        ticket.close();
        return away(read.status, read.reason, read.status === 503 ? RETRY_AFTER_S : undefined);
      }
      return {
        ok: true,
        encoding,
        grant,
        body: read.body,
        identify: (service) => this.#remember(key, service),
        decoded: () => ticket.decoded(),
        leave: () => ticket.close(),
      };
    } catch (error) {
      ticket.close();
      throw error;
    }
  }

  #remember(key: string, service: string | null): void {
    if (service === null) this.#services.delete(key);
    else if (this.#services.get(key) !== service) {
      this.#services.set(key, service);
      if (this.#services.size > MAX_SENDERS) {
        const [oldest] = this.#services.keys();
        if (oldest !== undefined) this.#services.delete(oldest);
      }
    }
  }
}

async function take(request: IncomingMessage, coding: Coding, ticket: FairTicket): Promise<BodyResult> {
  const sent = await readSent(request, ticket.hold);
  if (!sent.ok) return sent;
  const isPacked = coding === 'gzip';
  if (!(await ticket.admit(isPacked ? likelyInflatedBytes(sent.body) : sent.body.length))) {
    return { ok: false, status: 503, reason: 'the collector has more to do than it can; send it again later' };
  }
  if (!isPacked) return sent;
  const inflated = await inflate(sent.body);
  if (inflated.ok) ticket.resize(inflated.body.length);
  return inflated;
}

function encodingOf(contentType: string | undefined): OtlpEncoding | null {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-protobuf' || type === 'application/protobuf') return 'protobuf';
  return type === 'application/json' ? 'json' : null;
}
