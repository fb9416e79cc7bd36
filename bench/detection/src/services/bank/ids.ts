// Held back: see held-back.ts. Not to be looked at while tuning detectors or intake.
import { hash32, hex8 } from '../../core/rng.js';

const WORDS = [
  'karte',
  'sperren',
  'limit',
  'tan',
  'konto',
  'ueberweisung',
  'ausland',
  'gebuehren',
  'depot',
  'kredit',
  'app',
  'zugang',
  'sparen',
  'zinsen',
  'partner',
  'vollmacht',
];

/** Ten digits without order. */
export function accountNumber(user: number): string {
  return String(1_000_000_000 + (hash32(String(user), 11) % 1_000_000_000) * 8 + (user % 8)).slice(0, 10);
}

export function orderNumber(object: number): string {
  return `A${String(26_000_000 + object)}`;
}

export function receiptId(object: number): string {
  return `${hex8(hash32(`${object}`, 21))}${hex8(hash32(`${object}`, 22))}`;
}

export function slug(item: number): string {
  return `wie-kann-ich-${WORDS[item % 16]}-${WORDS[(item >> 4) % 16]}-${WORDS[(item >> 8) % 16]}-aendern`;
}
