import ipaddr from 'ipaddr.js';
import { BoundedCache } from './bounded-cache.js';
import { canonicalIpv6 } from './ipv6.js';

/** For forms that are slow to read. */
const cache = new BoundedCache<string, string>(32_768);

/**
 * Canonical form of a client address: dotted IPv4 (also for IPv4-mapped IPv6), RFC 5952 for IPv6. A port, brackets and
 * a zone id are dropped. Anything else (host names, `unknown`, IPv4 with leading zeros or fewer than four parts, which
 * readers take for different addresses) gives `''`.
 */
export function canonicalAddress(text: string): string {
  if (text === '' || isIpv4(text)) return text;
  const ipv6 = canonicalIpv6(text);
  // The same text rather than an equal one: what was hashed once need not be hashed again.
  if (ipv6 !== undefined) return ipv6 === text ? text : ipv6;
  const known = cache.get(text);
  if (known !== undefined) return known;
  const address = text.length > 128 ? '' : parse(text.trim());
  cache.set(text, address);
  return address;
}

/** True for loopback, private, link-local, unique-local and carrier-grade NAT ranges: a proxy or a neighbour, not a client on the Internet. */
export function isInternalAddress(canonical: string): boolean {
  if (canonical === '' || !ipaddr.isValid(canonical)) return false;
  const range = ipaddr.parse(canonical).range();
  return (
    range === 'loopback' ||
    range === 'private' ||
    range === 'linkLocal' ||
    range === 'uniqueLocal' ||
    range === 'carrierGradeNat'
  );
}

function parse(text: string): string {
  let bare = text;
  if (bare.startsWith('[')) {
    const close = bare.indexOf(']');
    if (close < 0) return '';
    bare = bare.slice(1, close);
  }
  const zone = bare.indexOf('%');
  if (zone >= 0) bare = bare.slice(0, zone);
  const firstColon = bare.indexOf(':');
  if (firstColon < 0) return isIpv4(bare) ? bare : '';
  if (firstColon === bare.lastIndexOf(':')) {
    const host = bare.slice(0, firstColon);
    return isIpv4(host) && isPort(bare, firstColon + 1) ? host : '';
  }
  if (!ipaddr.IPv6.isValid(bare)) return '';
  const address = ipaddr.IPv6.parse(bare);
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
}

function isPort(text: string, start: number): boolean {
  if (text.length === start || text.length > start + 5) return false;
  for (let i = start; i < text.length; i++) if (!isDigit(text.charCodeAt(i))) return false;
  return true;
}

function isIpv4(text: string): boolean {
  let parts = 0;
  let i = 0;
  while (parts < 4) {
    let value = 0;
    const start = i;
    while (i < text.length && isDigit(text.charCodeAt(i)) && i - start < 3) {
      value = value * 10 + text.charCodeAt(i++) - 48;
    }
    if (i === start || value > 255 || (text.charCodeAt(start) === 48 && i - start > 1)) return false;
    parts++;
    if (parts < 4 && text.charCodeAt(i++) !== 46) return false;
  }
  return i === text.length;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
