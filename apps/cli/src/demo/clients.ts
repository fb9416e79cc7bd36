import type { Random } from '@vedette/example-shop/seed';
import { clientFingerprint } from './client-fingerprint.js';

/** Client software: the headers that it sends, in its own order. */
export interface ClientKind {
  readonly userAgent: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As the agent reports it. */
  readonly fingerprint: string;
}

/** Someone at a network address with a client. */
export interface Visitor {
  readonly source: string;
  readonly client: ClientKind;
}

const chrome = (system: string, version: number): ClientKind =>
  client({
    'user-agent': `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`,
    accept: 'application/json, text/plain, */*',
    'accept-language': 'en-GB,en;q=0.9',
    'sec-fetch-mode': 'cors',
  });
const firefox = (system: string, version: number): ClientKind =>
  client({
    'user-agent': `Mozilla/5.0 (${system}; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`,
    accept: 'application/json',
    'accept-language': 'de,en-US;q=0.7,en;q=0.3',
  });
const safari = (system: string, version: string): ClientKind =>
  client({
    accept: 'application/json',
    'user-agent': `Mozilla/5.0 (${system}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version} Safari/605.1.15`,
    'accept-language': 'en-GB',
  });

function client(headers: Record<string, string>): ClientKind {
  return { userAgent: headers['user-agent'] ?? '', headers, fingerprint: clientFingerprint(headers) };
}

export const BROWSERS: readonly ClientKind[] = [
  chrome('Windows NT 10.0; Win64; x64', 143),
  chrome('Windows NT 10.0; Win64; x64', 144),
  chrome('Macintosh; Intel Mac OS X 10_15_7', 144),
  chrome('X11; Linux x86_64', 143),
  chrome('Linux; Android 10; K', 144),
  firefox('Windows NT 10.0; Win64; x64', 145),
  firefox('X11; Ubuntu; Linux x86_64', 146),
  safari('iPhone; CPU iPhone OS 18_6 like Mac OS X', '18.6'),
  safari('Macintosh; Intel Mac OS X 10_15_7', '18.5'),
];

export const PARTNER_CLIENT = client({ 'user-agent': 'carrier-sync/3.4', accept: 'application/json' });
export const MONITOR_CLIENT = client({ 'user-agent': 'uptime-check/1.2', accept: '*/*' });

/**
 * Addresses that nobody on the internet has: customers live in 198.18.0.0/15 (RFC 2544), mobile carriers in 100.64.0.0/10
 * (RFC 6598), some customers in 2001:db8::/32 (RFC 3849). Attackers use 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24
 * (RFC 5737); nothing but the demo knows that.
 */
export function homeAddress(random: Random): string {
  if (random.chance(0.25)) {
    return `2001:db8:${hexGroup(random)}:${hexGroup(random)}:${hexGroup(random)}:${hexGroup(random)}:${hexGroup(random)}:${hexGroup(random)}`;
  }
  return `198.${random.int(18, 19)}.${random.int(0, 255)}.${random.int(1, 254)}`;
}

/** The addresses behind which a mobile carrier hides all its subscribers. */
export const CARRIER_ADDRESSES: readonly string[] = Array.from({ length: 12 }, (_, i) => `100.${64 + i}.7.${20 + i}`);

/** `index`-th address of an attacker, each in turn from another network. */
export function attackerAddress(index: number): string {
  const networks = ['203.0.113', '198.51.100', '192.0.2'];
  return `${networks[index % networks.length]}.${11 + ((index * 37) % 240)}`;
}

/** Never zero and never short, so that the written form is the canonical one. */
function hexGroup(random: Random): string {
  return random.int(0x1000, 0xffff).toString(16);
}
