import type { RequestEvent } from '@vedette/protocol';
import { type Draft, roleOf, VISIT_LENGTH } from './visits.js';

const START_MS = Date.UTC(2026, 2, 2, 9);
const AGENTS = Array.from({ length: 60 }, (_, i) => ({
  userAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${90 + i}.0.0.0 Safari/537.36`,
  fingerprint: `fp${(i * 2654435761) % 0xffffff}`,
}));

export interface TrafficOptions {
  /** People and programs, each with an identity, a session, an address and objects of its own. */
  readonly keys: number;
  /** Requests a second of event time. */
  readonly perSecond: number;
  readonly seed: number;
}

/**
 * Requests as a collector sees them of three services: visits in which people log in, list what is theirs, read of what was
 * listed, search, look, buy and now and then ask for what is not there; teams on GraphQL; partners' programs with keys.
 * Whoever is next goes one step on in the own visit. Endless, by time, and made so that no two events share a string, as
 * after parsing.
 */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #steps: Uint16Array;
  readonly #random = (): number => this.#next();
  #state: number;
  #serial = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#state = options.seed;
    // Not everyone is at the door at once.
    this.#steps = Uint16Array.from({ length: options.keys }, (_, user) => Math.floor(user / 10) % VISIT_LENGTH);
  }

  /** The next `size` events. The first `keys` of them all come from different people. */
  take(size: number): RequestEvent[] {
    const events = Array.from({ length: size }, () => this.#event());
    return JSON.parse(JSON.stringify(events)) as RequestEvent[];
  }

  #event(): RequestEvent {
    const n = this.#serial++;
    const { keys } = this.#options;
    // A multiplier without a common factor visits everyone once before anyone comes back.
    const user = n < keys ? (n * 7_368_787) % keys : Math.floor(this.#next() * keys);
    const step = this.#steps[user]!++;
    const { service, visit, kind } = roleOf(user);
    const event = this.#blank(n, user, service, kind);
    visit[step % visit.length]!(event, { user, step, random: this.#random });
    return event;
  }

  #blank(n: number, user: number, service: string, kind: Draft['actorKind']): Draft {
    const agent = AGENTS[user % AGENTS.length]!;
    return {
      traceId: n.toString(16).padStart(32, '0'),
      spanId: n.toString(16).padStart(16, '0'),
      service,
      instance: `${service}-1`,
      startMs: START_MS + (n / this.#options.perSecond) * 1000,
      durationMs: 5 + this.#next() * 40,
      source: addressOf(user),
      peer: '10.0.0.1',
      method: 'GET',
      host: `${service}.example`,
      path: '/',
      query: '',
      route: '/',
      routeFrom: 'span',
      operation: '',
      status: 200,
      requestBytes: 0,
      responseBytes: 500 + Math.floor(this.#next() * 4000),
      userAgent: agent.userAgent,
      fingerprint: agent.fingerprint,
      actor: kind === '' ? '' : `u_${(user * 2654435761).toString(36)}`,
      actorKind: kind,
      session: kind === 'user' ? `s_${(user * 40503 + 77).toString(36)}` : '',
      authEvent: '',
      authIdentifier: '',
      authOutcome: '',
      authFrom: '',
      authAttempts: 0,
      authCode: '',
      objects: [],
      handedOut: [],
      sensitive: {},
    };
  }

  /** mulberry32 */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  }
}

/** One person in four comes over IPv6. */
function addressOf(user: number): string {
  if (user % 4 === 3) return `2001:db8:${(user >>> 8).toString(16)}:${(user & 255).toString(16)}::1`;
  return `${100 + (user >>> 22)}.${(user >>> 14) & 255}.${(user >>> 6) & 255}.${(user & 63) + 1}`;
}
