import { nats } from '../core/likelihood.js';
import type { Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import type { LoginClass } from './login-evidence.js';

/** Sources weighed in one campaign; past it new ones are only counted. */
export const MAX_PARTICIPANTS = 10_000;
/** Accounts remembered of a source that is not named yet. */
const ACCOUNTS = 32;
/** A source is named from this posterior on (reference 6.3). */
const NAMED_ODDS = Math.log(0.9 / 0.1);
/** What the source's own past says: a stranger here, known here, with returning users behind it (reference 6.3). */
const PAST_NATS = { unknown: Math.log(4), known: -Math.log(4), returning: -Math.log(50) } as const;
/**
 * Nats by which one login speaks for taking part in a campaign, whatever its list: shares of the classes under attack
 * against those of everybody (login-evidence.ts).
 */
const CLASS_NATS: Readonly<Record<LoginClass, number>> = {
  failedNew: nats(0.9, 0.07),
  failedFamiliar: nats(0.5, 0.11),
  failedKnown: -Math.log(50),
  okNew: nats(0.01, 0.08),
  okFamiliar: nats(0.01, 0.74),
};

/** What the source of an event was before it. */
export type Past = keyof typeof PAST_NATS;

export function pastOf(parts: Parts, facts: Facts): Past {
  const { population } = parts;
  if (population.users(facts) > 0) return 'returning';
  const before = population.seenBefore(facts);
  return before !== null && facts.atMs - before.firstMs >= 86_400_000 ? 'known' : 'unknown';
}

/** One source that shares the accused network or client software. */
export interface Participant {
  nats: number;
  named: boolean;
  requests: number;
  readonly accounts: string[];
  readonly entered: string[];
}

export type Participants = Map<string, Participant>;

/** Adds one login to what is known of its source. `kind` is `null` where it adds no evidence. */
export function participate(
  participants: Participants,
  facts: Facts,
  kind: LoginClass | null,
  past: Past,
): Participant | undefined {
  const { event } = facts;
  let one = participants.get(event.source);
  if (one === undefined) {
    if (participants.size >= MAX_PARTICIPANTS) return undefined;
    one = { nats: PAST_NATS[past], named: false, requests: 0, accounts: [], entered: [] };
    participants.set(event.source, one);
  }
  if (kind !== null && facts.login.contact !== 'repeat') one.nats += CLASS_NATS[kind];
  one.requests++;
  if (one.accounts.length < ACCOUNTS && !one.accounts.includes(event.authIdentifier)) {
    one.accounts.push(event.authIdentifier);
  }
  if (event.authOutcome === 'success' && one.entered.length < ACCOUNTS) one.entered.push(event.authIdentifier);
  return one;
}

/** Forgets a source whose only account got in after it had failed. @returns whether it was one */
export function dropPerson(participants: Participants, source: string): boolean {
  const one = participants.get(source);
  if (one === undefined || one.accounts.length > 1) return false;
  participants.delete(source);
  return true;
}

/** @param share of the logins of the accused network or software that belong to the campaign */
export function isNamed(participant: Participant, share: number): boolean {
  const prior = Math.min(0.95, Math.max(0.05, share));
  return participant.nats + Math.log(prior / (1 - prior)) >= NAMED_ODDS;
}
