import type { AlertType } from '@vedette/protocol';
import { nats } from '../core/likelihood.js';
import type { LoginCounts } from './login-evidence.js';

/** What a list of accounts is called. */
export const LIST_TYPES = ['credential_stuffing', 'password_spraying'] as const satisfies readonly AlertType[];
export type ListType = (typeof LIST_TYPES)[number];

/**
 * Of the accounts on a list, so many are known here, as shares of the accounts that one would know if they came: a list
 * for spraying was made of accounts that exist (some of which seldom come), a list from elsewhere holds some by chance
 * (3 % of tested addresses at Trello, 7 to 25 % of leaked pairs at a large mail provider; reference 1.2).
 */
const KNOWN_ON_LIST = { spraying: 0.75, stuffing: 0.3, least: 0.02 } as const;
/** With less evidence than this either way one waits for more accounts, up to so many. */
const DECIDED_NATS = Math.log(5);
const DECIDED_ACCOUNTS = 16;
/** Fewer failing accounts than these are no list (reference 5.1, 5.3). */
const LEAST_ACCOUNTS: Readonly<Record<ListType, number>> = { credential_stuffing: 6, password_spraying: 8 };

/** Nats by which the accounts that failed speak for spraying, against a list from elsewhere. */
export function sprayingNats(familiar: number, unfamiliar: number, coverage: number): number {
  const spraying = Math.max(2 * KNOWN_ON_LIST.least, KNOWN_ON_LIST.spraying * coverage);
  const stuffing = Math.max(KNOWN_ON_LIST.least, KNOWN_ON_LIST.stuffing * coverage);
  return familiar * nats(spraying, stuffing) + unfamiliar * nats(1 - spraying, 1 - stuffing);
}

/** Nats that one more account of a list from elsewhere is expected to add to the decision: little where few accounts are known. */
function expectedNats(coverage: number): number {
  const stuffing = Math.max(KNOWN_ON_LIST.least, KNOWN_ON_LIST.stuffing * coverage);
  return Math.abs(sprayingNats(stuffing, 1 - stuffing, coverage));
}

/**
 * Stuffing and spraying are one behaviour with two kinds of list; which one it is shows from the accounts.
 *
 * @returns `null` while it cannot be told and more accounts may tell
 */
export function nameList(counts: LoginCounts, coverage: number, hasMinimum = true): ListType | null {
  const all = Math.max(counts.failed, counts.failedNew + counts.failedFamiliar);
  const familiar = counts.failed >= all ? counts.failedExisting : counts.failedFamiliar;
  const evidence = sprayingNats(familiar, all - familiar, coverage);
  const promised = Math.max(0, DECIDED_ACCOUNTS - all) * expectedNats(coverage);
  const isOpen = Math.abs(evidence) < DECIDED_NATS && Math.abs(evidence) + promised >= DECIDED_NATS;
  if (isOpen && all < DECIDED_ACCOUNTS) return null;
  const type = evidence > 0 ? 'password_spraying' : 'credential_stuffing';
  return hasMinimum && all < LEAST_ACCOUNTS[type] ? null : type;
}
