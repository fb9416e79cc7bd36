import type { Facts } from '../parts/facts.js';
import type { LoginClass } from './login-evidence.js';

/** Sources weighed in one campaign; past it new ones are only counted. */
const MAX_PARTICIPANTS = 1_000;
/** Accounts remembered of a source that is not named yet. */
const ACCOUNTS = 32;
/** A source is named from this posterior on (reference 6.3). */
const NAMED_ODDS = Math.log(0.9 / 0.1);
/** What the source's own past says: a stranger here, known here, with returning users behind it (reference 6.3). */
const PAST_NATS = { unknown: Math.log(4), known: -Math.log(4), returning: -Math.log(50) } as const;

/** Nats by which one login of a class speaks for taking part in the campaign. */
export type ClassNats = Readonly<Record<LoginClass, number>>;

/** One source that shares the accused network or client software. */
export interface Participant {
  nats: number;
  named: boolean;
  requests: number;
  readonly accounts: string[];
  readonly entered: string[];
}

export type Participants = Map<string, Participant>;

/** Adds one login to what is known of its source; one that repeats an attempt adds no evidence. */
export function participate(
  participants: Participants,
  facts: Facts,
  login: { readonly nats: number; readonly past: { readonly firstMs: number } | null; readonly users: number },
): Participant | undefined {
  const { event, atMs } = facts;
  let one = participants.get(event.source);
  if (one === undefined) {
    if (participants.size >= MAX_PARTICIPANTS) return undefined;
    const isKnown = login.past !== null && atMs - login.past.firstMs >= 86_400_000;
    const past = login.users > 0 ? PAST_NATS.returning : isKnown ? PAST_NATS.known : PAST_NATS.unknown;
    one = { nats: past, named: false, requests: 0, accounts: [], entered: [] };
    participants.set(event.source, one);
  }
  one.nats += login.nats;
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
