import type { KeyTable } from '../core/key-table.js';
import { clamp, nats } from '../core/likelihood.js';
import type { ServiceLogins } from '../parts/logins.js';

/** What a first-contact login was. `failedKnown` (from a network where the account succeeds) is evidence of nothing. */
export type LoginClass = 'failedNew' | 'failedFamiliar' | 'failedKnown' | 'okNew' | 'okFamiliar';

/**
 * Sufficient statistics of the two tests since each was last at zero, in counts of distinct accounts. The sums follow
 * from the counts and the rates in force, so that they can be recomputed and explained, and taken back.
 */
export const EVIDENCE_COLUMNS = {
  /** Test B (outcome): distinct accounts failed (those of them that are familiar), succeeded. */
  failed: 'u32',
  failedExisting: 'u32',
  succeeded: 'u32',
  /** Test C (outcome and familiarity). */
  failedNew: 'u32',
  failedFamiliar: 'u32',
  okNew: 'u32',
  okFamiliar: 'u32',
  /** The service's successes and failures so far, when this row left zero. */
  okBase: 'u32',
  failBase: 'u32',
} as const;

export type EvidenceTable = KeyTable<typeof EVIDENCE_COLUMNS>;

/** Counts of distinct accounts by what happened to them. */
export interface LoginCounts {
  failed: number;
  failedExisting: number;
  succeeded: number;
  failedNew: number;
  failedFamiliar: number;
  okNew: number;
  okFamiliar: number;
}

/**
 * Nats that one first contact adds.
 *
 * B: a failure ln(p₁/p₀), a success ln((1−p₁)/(1−p₀)); p₀ is the service's own share of failing first contacts, p₁ the
 * share under attack: published stuffing succeeds in 0.1–2 % of attempts (Dunkin' 2015: 0.37 %; vendors 0.1–2 %), and
 * .95 leaves room for good lists.
 *
 * C: shares of the classes {ok·familiar, ok·new, failed·familiar, failed·new}: benign (.74, .08, .11, .07), attack
 * (.01, .01, .08, .90); the benign share of failed·new follows the service upwards, never below its prior.
 */
export interface LoginWeights {
  readonly failed: number;
  readonly succeeded: number;
  readonly failedNew: number;
  readonly failedFamiliar: number;
  readonly okNew: number;
  readonly okFamiliar: number;
  /** The rates they come from. */
  readonly failShare: number;
  readonly failNewShare: number;
}

const ATTACK_FAILS = 0.95;
/** Attack and benign shares of the classes. */
const ATTACK = { failedNew: 0.9, failedFamiliar: 0.08, okNew: 0.01, okFamiliar: 0.01 } as const;
const BENIGN = { failedFamiliar: 0.11, okNew: 0.08, okFamiliar: 0.74 } as const;
const FAILED_NEW = { low: 0.07, high: 0.4 } as const;

export function loginWeights(service: ServiceLogins, nowMs: number): LoginWeights {
  const failShare = service.failShare(nowMs);
  // A service where most first contacts fail needs an attack share nearer to one, or failures would argue for benign.
  const attackFails = Math.max(ATTACK_FAILS, 1 - (1 - failShare) / 10);
  const failNewShare = clamp(service.failedNew.rate, FAILED_NEW.low, FAILED_NEW.high);
  return {
    failed: nats(attackFails, failShare),
    succeeded: nats(1 - attackFails, 1 - failShare),
    failedNew: nats(ATTACK.failedNew, failNewShare),
    failedFamiliar: nats(ATTACK.failedFamiliar, BENIGN.failedFamiliar),
    okNew: nats(ATTACK.okNew, BENIGN.okNew),
    okFamiliar: nats(ATTACK.okFamiliar, BENIGN.okFamiliar),
    failShare,
    failNewShare,
  };
}

export function outcomeNats(counts: LoginCounts, weights: LoginWeights): number {
  return counts.failed * weights.failed + counts.succeeded * weights.succeeded;
}

export function familiarityNats(counts: LoginCounts, weights: LoginWeights): number {
  return (
    counts.failedNew * weights.failedNew +
    counts.failedFamiliar * weights.failedFamiliar +
    counts.okNew * weights.okNew +
    counts.okFamiliar * weights.okFamiliar
  );
}

/** Counts one first contact; `credit` says whether a success argues for the source. */
export function addContact(counts: LoginCounts, kind: LoginClass, credit: boolean): void {
  switch (kind) {
    case 'failedNew':
      counts.failed++;
      counts.failedNew++;
      break;
    case 'failedFamiliar':
      counts.failed++;
      counts.failedExisting++;
      counts.failedFamiliar++;
      break;
    case 'failedKnown':
      break;
    case 'okNew':
      if (credit) {
        counts.succeeded++;
        counts.okNew++;
      }
      break;
    case 'okFamiliar':
      if (credit) {
        counts.succeeded++;
        counts.okFamiliar++;
      }
      break;
  }
}

/** Takes a failure back: it resolved. */
export function retractFailure(counts: LoginCounts, kind: 'failedNew' | 'failedFamiliar'): void {
  if (counts.failed > 0) counts.failed--;
  if (kind === 'failedFamiliar' && counts.failedExisting > 0) counts.failedExisting--;
  if (counts[kind] > 0) counts[kind]--;
}
