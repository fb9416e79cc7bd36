import type { KeyTable } from '../core/key-table.js';
import { clamp, nats } from '../core/likelihood.js';
import type { ServiceLogins } from '../parts/service-logins.js';

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
  /** The service's successes and failures so far, and those of people at home, when this row left zero. */
  okBase: 'u32',
  failBase: 'u32',
  homeOk: 'u32',
  homeFailed: 'u32',
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
 * C: shares of the classes {ok·familiar, ok·new, failed·familiar, failed·new}, attack (.01, .01, .08, .90). Benign, where
 * nearly all accounts are familiar: (.74, .08, .11, .07). Where fewer are, the same people fail and get in as strangers:
 * a share p₀(1−c) of them, c the share of successes by familiar accounts; so C turns into B where nobody is known yet.
 *
 * C mixed: as C for an attacker who logs in to accounts of his own after every second attempt, (.32, .02, .06, .60). Only
 * where nearly all accounts are familiar, or a familiar success would argue for him.
 */
export interface LoginWeights {
  readonly failed: number;
  readonly succeeded: number;
  readonly list: ClassNats;
  readonly mixed: ClassNats | null;
  /** The rates they come from. */
  readonly failShare: number;
  readonly failNewShare: number;
}

type ClassNats = Readonly<Record<Exclude<LoginClass, 'failedKnown'>, number>>;
type ClassShares = ClassNats;

const ATTACK_FAILS = 0.95;
const LIST: ClassShares = { failedNew: 0.9, failedFamiliar: 0.08, okNew: 0.01, okFamiliar: 0.01 };
const MIXED: ClassShares = { failedNew: 0.6, failedFamiliar: 0.06, okNew: 0.02, okFamiliar: 0.32 };
/** Benign shares where familiarity is complete; the learned ones never say less. */
const BENIGN = { failedNew: 0.07, failedFamiliar: 0.11, okNew: 0.08, okFamiliarLeast: 0.1 } as const;
/** Where more fail than this, a failing stranger says nothing. */
const FAILED_NEW_MOST = 0.6;

export function loginWeights(service: ServiceLogins, nowMs: number): LoginWeights {
  const failShare = service.failShare(nowMs);
  // A service where most first contacts fail needs an attack share nearer to one, or failures would argue for benign.
  const attackFails = Math.max(ATTACK_FAILS, 1 - (1 - failShare) / 10);
  const strangers = 1 - service.familiarOk.rate;
  const failNewShare = clamp(
    Math.max(service.failedNew.rate, failShare * strangers),
    BENIGN.failedNew,
    FAILED_NEW_MOST,
  );
  const benign: ClassShares = {
    failedNew: failNewShare,
    failedFamiliar: BENIGN.failedFamiliar,
    okNew: Math.max(BENIGN.okNew, (1 - failShare) * strangers),
    okFamiliar: Math.max(BENIGN.okFamiliarLeast, (1 - failShare) * (1 - strangers)),
  };
  return {
    failed: nats(attackFails, failShare),
    succeeded: nats(1 - attackFails, 1 - failShare),
    list: classNats(LIST, benign),
    mixed: service.isMature ? classNats(MIXED, benign) : null,
    failShare,
    failNewShare,
  };
}

function classNats(attack: ClassShares, benign: ClassShares): ClassNats {
  return {
    failedNew: nats(attack.failedNew, benign.failedNew),
    failedFamiliar: nats(attack.failedFamiliar, benign.failedFamiliar),
    okNew: nats(attack.okNew, benign.okNew),
    okFamiliar: nats(attack.okFamiliar, benign.okFamiliar),
  };
}

export function outcomeNats(counts: LoginCounts, weights: LoginWeights): number {
  return counts.failed * weights.failed + counts.succeeded * weights.succeeded;
}

export function familiarityNats(counts: LoginCounts, weights: LoginWeights): number {
  const list = sum(counts, weights.list);
  return weights.mixed === null ? list : Math.max(list, sum(counts, weights.mixed));
}

function sum(counts: LoginCounts, weights: ClassNats): number {
  return (
    counts.failedNew * weights.failedNew +
    counts.failedFamiliar * weights.failedFamiliar +
    counts.okNew * weights.okNew +
    counts.okFamiliar * weights.okFamiliar
  );
}

export function newCounts(): LoginCounts {
  return { failed: 0, failedExisting: 0, succeeded: 0, failedNew: 0, failedFamiliar: 0, okNew: 0, okFamiliar: 0 };
}

/** Distinct accounts that failed, as the test with more of them counts. */
export function failedAccounts(counts: LoginCounts): number {
  return Math.max(counts.failed, counts.failedNew + counts.failedFamiliar);
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
