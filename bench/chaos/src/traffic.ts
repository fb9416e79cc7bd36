import type { AlertType } from '@vedette/protocol';
import type { Random } from './random.js';
import type { Span } from './spans.js';

/** An attack as it really happens, from an address of its own (198.18.0.0/15, RFC 2544). */
export interface Campaign {
  readonly kind: AlertType;
  readonly source: string;
}

type Attributes = Record<string, string | number>;

const KINDS = ['credential_stuffing', 'path_scanning', 'object_enumeration', 'brute_force'] as const;

/** Services whose clocks are wrong: by hours, and as after a dead battery. Their traffic is harmless. */
const CLOCKS: readonly { readonly service: string; readonly offByMs: number }[] = [
  { service: 'ahead', offByMs: 5 * 3_600_000 },
  { service: 'behind', offByMs: -3 * 3_600_000 },
  { service: 'reset', offByMs: -30 * 365 * 86_400_000 },
];

/** Whether a span's time can be believed: a recording has no arrival to correct it by. */
export function hasRightClock(span: Span): boolean {
  return CLOCKS.every(({ service }) => service !== span.service);
}

const NEW_ATTACK_EVERY_MS = 5_000;
/** How long an attack goes on, ms. */
export const ATTACK_MS = 8_000;

/** Customers of a shop, attackers among them one after another, and services whose clocks are wrong. */
export class Traffic {
  readonly campaigns: Campaign[] = [];
  readonly #random: Random;
  #running: { campaign: Campaign; endsMs: number; step: number }[] = [];
  #nextAttackMs = Number.NEGATIVE_INFINITY;

  constructor(random: Random) {
    this.#random = random;
  }

  /** What happened in the quarter of a second up to `nowMs`, by time. No attack begins while it `isCalm`. */
  quarterSecond(nowMs: number, isCalm: boolean): Span[] {
    const spans: Span[] = [];
    if (!isCalm && nowMs >= this.#nextAttackMs) {
      this.#nextAttackMs = nowMs + NEW_ATTACK_EVERY_MS;
      this.#begin(nowMs + ATTACK_MS);
    }
    this.#running = this.#running.filter((attack) => attack.endsMs > nowMs);
    const at = () => nowMs - this.#random.between(0, 249);
    for (let i = 0; i < 24; i++) spans.push(this.#span('shop', at(), this.#customer()));
    for (const attack of this.#running) {
      for (let i = 0; i < 5; i++) spans.push(this.#span('shop', at(), attackRequest(attack.campaign, attack.step++)));
    }
    for (const { service, offByMs } of CLOCKS) spans.push(this.#span(service, at() + offByMs, this.#customer()));
    return spans.sort((a, b) => a.startMs - b.startMs);
  }

  #begin(endsMs: number): void {
    const serial = this.campaigns.length;
    const campaign = { kind: KINDS[serial % KINDS.length]!, source: `198.18.${serial % 250}.7` };
    this.campaigns.push(campaign);
    this.#running.push({ campaign, endsMs, step: 0 });
  }

  #customer(): Attributes {
    const random = this.#random;
    const customer = random.between(0, 399);
    const who = {
      'client.address': `192.0.2.${customer % 250}`,
      'user_agent.original': `Mozilla/5.0 (X11; Linux x86_64) Chrome/${100 + (customer % 40)}.0.0.0`,
    };
    const signedIn = { ...who, 'enduser.pseudo.id': hash('u', customer), 'vedette.actor.kind': 'user' };
    switch (random.between(0, 5)) {
      case 0:
        return login(who, hash('c', customer), random.isTrue(0.95));
      case 1:
        return get(signedIn, '/orders/:id', `/orders/${customer * 10 + random.between(0, 9)}`, 200);
      case 2:
        return get(who, '/search', '/search', 200);
      default:
        return get(who, '/products/:id', `/products/${random.between(1, 300)}`, random.isTrue(0.99) ? 200 : 404);
    }
  }

  #span(service: string, startMs: number, attributes: Attributes): Span {
    return { traceId: this.#random.hex(16), spanId: this.#random.hex(8), service, startMs, attributes };
  }
}

function attackRequest({ kind, source }: Campaign, step: number): Attributes {
  const who = { 'client.address': source, 'user_agent.original': `client-of-${source}/1.0` };
  switch (kind) {
    case 'credential_stuffing':
      return login(who, hash(source, step), step % 40 === 39);
    case 'brute_force':
      return login(who, hash(source, 0), false);
    case 'path_scanning':
      return get(who, '', `/${SCANNED[step % SCANNED.length]}${step < SCANNED.length ? '' : `.${step}`}`, 404);
    default: {
      const signedIn = { ...who, 'enduser.pseudo.id': hash(source, 0), 'vedette.actor.kind': 'user' };
      return get(signedIn, '/orders/:id', `/orders/${step + 1}`, 200);
    }
  }
}

const SCANNED = [
  '.env',
  '.git/config',
  'wp-login.php',
  'wp-admin/',
  'phpmyadmin/',
  'admin.php',
  'backup.zip',
  'config.php.bak',
  'server-status',
  'actuator/env',
  '.aws/credentials',
  'vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
  'cgi-bin/test.cgi',
  'solr/admin/',
  'manager/html',
  'xmlrpc.php',
];

function login(who: Attributes, identifier: string, isSuccess: boolean): Attributes {
  return {
    ...who,
    'http.request.method': 'POST',
    'url.path': '/login',
    'http.route': '/login',
    'http.response.status_code': isSuccess ? 200 : 401,
    'http.request.body.size': 64,
    'vedette.auth.event': 'login',
    'vedette.auth.identifier': identifier,
    'vedette.auth.outcome': isSuccess ? 'success' : 'failure',
  };
}

function get(who: Attributes, ...[route, path, status]: [route: string, path: string, status: number]): Attributes {
  return {
    ...who,
    'http.request.method': 'GET',
    'url.path': path,
    ...(route === '' ? {} : { 'http.route': route }),
    'http.response.status_code': status,
    'http.response.body.size': 900,
  };
}

/** A pseudonym, as agents send it: 16 hexadecimal characters. */
function hash(kind: string, n: number): string {
  let value = 0x811c9dc5;
  for (const char of `${kind}:${n}`) value = Math.imul(value ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return value.toString(16).padStart(8, '0') + n.toString(16).padStart(8, '0');
}
