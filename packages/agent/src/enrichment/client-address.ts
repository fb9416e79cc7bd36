import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Whom the service stands behind. `none`: nobody, the socket's peer is the client. */
export type TrustedProxies =
  | { readonly kind: 'none' }
  | { readonly kind: 'hops'; readonly hops: number; readonly form?: HeaderForm }
  | { readonly kind: 'ranges'; readonly ranges: readonly AddressRange[]; readonly form?: HeaderForm };

/**
 * How addresses are written in the header. `with-port`: a port follows each, also an IPv6 address without brackets
 * (`CloudFront-Viewer-Address`), where it could be taken for its last group.
 */
export type HeaderForm = 'usual' | 'with-port';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A network and its prefix length. */
export type AddressRange = readonly [network: Address, prefixBits: number];

/** Words that stand for the ranges of RFC 1918, RFC 4193, RFC 3927, RFC 4291 and loopback. */
const NAMED_RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10'],
};

/** Addresses of a forwarding header that are looked at, from the right; whoever sends more only hides himself deeper. */
const MAX_FORWARDED = 32;

/** Longest forwarding header that is read, characters; a longer one loses its left (least trusted) part. */
const MAX_HEADER_LENGTH = 4096;

/** @returns the ranges that an address, a CIDR range or a named range stands for; empty for anything else */
export function parseAddressRange(text: string): readonly AddressRange[] {
  const named = Object.hasOwn(NAMED_RANGES, text.toLowerCase()) ? NAMED_RANGES[text.toLowerCase()] : undefined;
  if (named) return named.flatMap(parseAddressRange);
  try {
    if (text.includes('/')) {
      const [network, bits] = ipaddr.parseCIDR(text);
      return [[network, bits]];
    }
    if (!ipaddr.isValid(text)) return [];
    const address = ipaddr.process(text);
    return [[address, address.kind() === 'ipv4' ? 32 : 128]];
  } catch {
    return [];
  }
}

/**
 * Canonical form of an address: IPv4-mapped IPv6 as IPv4, IPv6 compressed and lower case, no zone, no port.
 *
 * @returns `''` for anything that is not an address
 */
export function canonicalAddress(text: string): string {
  // By far the most common, and its own canonical form.
  if (isIPv4(text)) return text;
  return parseAddress(text)?.toString() ?? '';
}

/**
 * The client's address: the socket's peer, unless that is a trusted proxy; then the right-most address in the
 * forwarding header that no trusted proxy put there for itself. What stands further left was sent by the client and
 * is never believed.
 *
 * @param peer address of the socket's other end, canonical; `''` for a Unix socket, which only `hops` trusts
 * @param header value of the forwarding header: `X-Forwarded-For`, `Forwarded`, or one that holds a single address
 * @returns canonical address, or `''` where there is none
 */
export function clientAddress(peer: string, header: string | undefined, trusted: TrustedProxies): string {
  if (trusted.kind === 'none' || !header) return peer;
  const forwarded = parseForwarded(header, trusted.form);
  if (trusted.kind === 'hops') return clientBehindHops(peer, forwarded, trusted.hops);
  let client = peer;
  for (let i = forwarded.length - 1; i >= 0; i--) {
    if (!isTrusted(client, trusted.ranges)) return client;
    const next = forwarded[i];
    if (!next) return client;
    client = next;
  }
  return client;
}

/** Fewer addresses than hops: a request that went round a proxy, so the left-most that a proxy vouches for counts. */
function clientBehindHops(peer: string, forwarded: readonly string[], hops: number): string {
  let client = peer;
  for (let hop = 1; hop <= hops; hop++) {
    const next = forwarded[forwarded.length - hop];
    if (!next) return client;
    client = next;
  }
  return client;
}

/**
 * Addresses of a forwarding header, left to right, canonical; `''` stands for an entry that is no address
 * (`unknown`, an obfuscated name, nonsense). Reads the list form of `X-Forwarded-For` and RFC 7239 `Forwarded`.
 */
export function parseForwarded(header: string, form: HeaderForm = 'usual'): readonly string[] {
  const entries = header.slice(-MAX_HEADER_LENGTH).split(',').slice(-MAX_FORWARDED);
  return entries.map((entry) => {
    const text = entry.trim();
    return canonicalAddress(addressOfEntry(form === 'with-port' ? text.replace(/:\d{1,5}$/, '') : text));
  });
}

function addressOfEntry(entry: string): string {
  const named = /(?:^|;)\s*for\s*=\s*("[^"]*"|[^;\s]*)/i.exec(entry);
  const text = named?.[1]?.replace(/^"|"$/g, '') ?? entry;
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text);
  if (bracketed?.[1]) return bracketed[1];
  const withPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text);
  return withPort?.[1] ?? text;
}

function isTrusted(address: string, ranges: readonly AddressRange[]): boolean {
  const parsed = parseAddress(address);
  if (!parsed) return false;
  return ranges.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
}

function parseAddress(text: string): Address | undefined {
  const percent = text.indexOf('%');
  const bare = percent < 0 ? text : text.slice(0, percent);
  // Shortened and octal IPv4 (`127.1`, `0x7f.1`) is never what a proxy writes, only what hides an address.
  if (!bare.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined;
  if (!ipaddr.isValid(bare)) return undefined;
  return ipaddr.process(bare);
}
