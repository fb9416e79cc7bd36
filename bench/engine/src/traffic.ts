import { hashObjectId, type RequestEvent } from '@vedette/protocol';

const START_MS = Date.UTC(2026, 2, 2, 9);
const AGENTS = Array.from({ length: 60 }, (_, i) => ({
  userAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${90 + i}.0.0.0 Safari/537.36`,
  fingerprint: `fp${(i * 2654435761) % 0xffffff}`,
}));
const PRODUCTS = 20_000;
const ORDERS_EACH = 40;
const PAGE = 20;

export interface TrafficOptions {
  /** People, each with an account, a session, an address and orders of its own. */
  readonly keys: number;
  /** Requests a second of event time. */
  readonly perSecond: number;
  readonly seed: number;
}

type Draft = { -readonly [N in keyof RequestEvent]: RequestEvent[N] };

/**
 * Requests as a collector sees them of a shop: catalogue, own orders, lists, logins, writes, assets, stray 404s, signed in
 * or not. Endless, by time, and made so that no two events share a string, as after parsing.
 */
export class Traffic {
  readonly #options: TrafficOptions;
  #state: number;
  #serial = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#state = options.seed;
  }

  /** The next `size` events. The first `keys` of them all come from different people. */
  take(size: number): RequestEvent[] {
    const events = Array.from({ length: size }, () => this.#next());
    return JSON.parse(JSON.stringify(events)) as RequestEvent[];
  }

  #next(): RequestEvent {
    const n = this.#serial++;
    // A multiplier without a common factor visits everyone once before anyone comes back.
    const user = n < this.#options.keys ? (n * 7_368_787) % this.#options.keys : this.#below(this.#options.keys);
    const event = this.#blank(n, user);
    const kind = this.#random();
    if (kind < 0.35) this.#product(event);
    else if (kind < 0.6) this.#order(event, user);
    else if (kind < 0.72) this.#orders(event, user);
    else if (kind < 0.77) this.#login(event, user);
    else if (kind < 0.87) this.#write(event);
    else if (kind < 0.97) this.#asset(event);
    else this.#stray(event);
    return event;
  }

  #blank(n: number, user: number): Draft {
    const isSigned = user % 4 !== 0;
    const agent = AGENTS[user % AGENTS.length]!;
    return {
      traceId: n.toString(16).padStart(32, '0'),
      spanId: n.toString(16).padStart(16, '0'),
      service: user % 10 === 0 ? 'partner-api' : 'shop',
      instance: 'shop-1',
      startMs: START_MS + (n / this.#options.perSecond) * 1000,
      durationMs: 5 + this.#random() * 40,
      source: addressOf(user),
      peer: '10.0.0.1',
      method: 'GET',
      host: 'shop.example',
      path: '/',
      query: '',
      route: '/',
      routeFrom: 'span',
      operation: '',
      status: 200,
      requestBytes: 0,
      responseBytes: 500 + this.#below(4000),
      userAgent: agent.userAgent,
      fingerprint: agent.fingerprint,
      actor: isSigned ? `u_${(user * 2654435761).toString(36)}` : '',
      actorKind: isSigned ? (user % 50 === 1 ? 'api_key' : 'user') : '',
      session: isSigned ? `s_${(user * 40503 + 77).toString(36)}` : '',
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

  #product(event: Draft): void {
    const id = String(Math.floor(this.#random() ** 2 * PRODUCTS));
    event.path = `/products/${id}`;
    event.route = '/products/{id}';
    event.objects = [{ kind: 'products', id, hash: hashObjectId(id) }];
  }

  #order(event: Draft, user: number): void {
    const id = String(100_000 + user * ORDERS_EACH + this.#below(ORDERS_EACH));
    event.path = `/orders/${id}`;
    event.route = '/orders/{id}';
    event.objects = [{ kind: 'orders', id, hash: hashObjectId(id) }];
    if (event.actor === '') event.status = 401;
  }

  #orders(event: Draft, user: number): void {
    event.path = '/orders';
    event.query = `page=${1 + this.#below(2)}`;
    event.route = '/orders';
    event.handedOut = Array.from({ length: PAGE }, (_, i) => hashObjectId(String(100_000 + user * ORDERS_EACH + i)));
    event.responseBytes = 9_000;
  }

  #login(event: Draft, user: number): void {
    const isOk = this.#random() < 0.87;
    event.method = 'POST';
    event.path = '/login';
    event.route = '/login';
    event.status = isOk ? 200 : 401;
    event.requestBytes = 60 + (user % 17);
    event.authEvent = 'login';
    event.authIdentifier = `i_${(user * 69069).toString(36)}`;
    event.authOutcome = isOk ? 'success' : 'failure';
    event.authFrom = 'agent';
    event.authAttempts = 1;
  }

  #write(event: Draft): void {
    event.method = 'POST';
    event.path = '/cart/items';
    event.route = '/cart/items';
    event.status = 201;
    event.requestBytes = 120;
  }

  #asset(event: Draft): void {
    event.path = `/assets/app-${this.#below(30)}.js`;
    event.route = '/assets/{file}';
  }

  #stray(event: Draft): void {
    event.path = `/old/${this.#below(5000)}.html`;
    event.route = '';
    event.routeFrom = '';
    event.status = 404;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** mulberry32 */
  #random(): number {
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
