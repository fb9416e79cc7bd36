import { createHmac } from 'node:crypto';

/**
 * The form of an identifier over which its keyed hash is computed, so that `Bob@Example.com ` and `bob@example.com`
 * are one account: Unicode NFKC, trimmed, lower-cased.
 */
export function normaliseIdentifier(value: string): string {
  return value.normalize('NFKC').trim().toLowerCase();
}

/**
 * Keyed pseudonym of an identifier: the first 16 hex characters (64 bits) of HMAC-SHA-256 (RFC 2104) over its
 * normalised form. 64 bits keep the chance of any collision among ten million identifiers below 3·10⁻⁶.
 *
 * @param key the pseudonym key; services that share it give one person one pseudonym
 */
export function pseudonym(key: string | Uint8Array, value: string): string {
  return createHmac('sha256', key).update(normaliseIdentifier(value), 'utf8').digest('hex').slice(0, 16);
}
