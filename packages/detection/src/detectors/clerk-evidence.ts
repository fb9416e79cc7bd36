import { clamp } from '../core/likelihood.js';
import type { ObjectFacts } from '../parts/object-facts.js';

const MINUTE_MS = 60_000;

/**
 * Evidence against the harmless reading of ownership: this is a clerk (support, back office, dispatch), whose work is
 * others' objects. For a clerk a foreign owner is no surprise at all, so ownership and provenance never count for more
 * than what speaks against the clerk: how rare clerks are, the reader's own past as a customer, and how it works.
 *
 * Where the shares of these tables come from: a case takes a contact centre minutes (average handling times that are
 * published lie between four and eight), so one new customer in twelve within a minute of the last is a generous share;
 * and a clerk looks things up, so most cases ask for more than the bare object: in a back office of which we know
 * (parts/staff-work.ts), else anywhere. An attack's tempo is not known: the shares allow for any.
 */
const GAP = [
  { belowMs: MINUTE_MS, nats: Math.log(0.6 / 0.08) },
  { belowMs: 10 * MINUTE_MS, nats: 0 },
  { belowMs: Number.POSITIVE_INFINITY, nats: Math.log(0.2 / 0.6) },
] as const;
const BARE_NATS = Math.log(0.75 / 0.25);
/** Nine in ten clerks of a service with a back office are seen in it before a case is over, and one in ten attackers comes through a door that few use. */
const STAFF_NATS = Math.log(0.9 / 0.1);
/** An object that was the reader's own, again: customers do little else (95 %), clerks return to a case (30 %). */
const OWN_NATS = Math.log(0.95 / 0.3);
/** A past read of another's object takes back about as much as an own one gives. */
const PAST_OTHERS_NATS = 1;
/** Ten own objects make a customer; more would say the same again. */
const OWN_LIMIT = 10 * OWN_NATS;
/** Before anything is known one reader in two hundred is a clerk, as if of ten readers; never fewer than one in a thousand, never more than half. */
const PRIOR = { clerks: 0.05, readers: 10, least: 0.001, most: 0.5 } as const;

/**
 * Adds one suspicious contact to the evidence that the reader does not work like a clerk (nats, never below zero).
 *
 * @param gapMs time since the one before
 * @param others requests for other things in between, or -1 where that is not known
 */
export function addTempo(sum: number, seen: ObjectFacts, gapMs: number, others: number): number {
  // Of one case several objects are read at once.
  if (seen.atWork) return Math.max(0, sum - BARE_NATS);
  const gap = GAP.find((one) => gapMs < one.belowMs)?.nats ?? 0;
  const isBare = others === 0 || seen.hasStaff;
  const context = isBare ? BARE_NATS : others < 0 ? 0 : -BARE_NATS;
  return Math.max(0, sum + gap + context);
}

/**
 * How much speaks against a clerk before its tempo is looked at: how many there are, and what the reader was so far. Behind
 * an address without names there are several people: what one of them owns says nothing of another's work.
 */
export function againstClerk(seen: ObjectFacts, isNamed: boolean): number {
  const { clerks, voters } = seen.habits;
  const share = clamp((clerks + PRIOR.clerks) / (voters + PRIOR.readers), PRIOR.least, PRIOR.most);
  const past = (isNamed ? seen.pastOwn * OWN_NATS : 0) - seen.pastOthers * PAST_OTHERS_NATS;
  const staff = seen.isStaff ? STAFF_NATS : 0;
  return Math.max(0, -Math.log(share) + clamp(past, 0, OWN_LIMIT) - staff);
}
