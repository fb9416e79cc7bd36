import type { RequestEvent } from '@vedette/protocol';
import { shortName } from '../core/words.js';
import type { Facts } from '../parts/facts.js';

/**
 * Key of the narrowest identity, for campaigns: the actor, the session, or the address. Builds a string: not for every
 * event.
 */
export function whoKey(facts: Facts): string {
  return identityKey(facts) ?? `source:${facts.address.label}`;
}

/** The same where strangers at one address are told apart by their clients. */
export function whoClientKey(facts: Facts): string {
  return identityKey(facts) ?? `client:${facts.address.label} ${facts.clientName}`;
}

/** The same for people, as it stands within a sentence. */
export function whoName(facts: Facts): string {
  const { event } = facts;
  if (facts.whoKind === 'actor') return actorName(event);
  return facts.whoKind === 'session' ? `session ${shortName(event.session)}` : facts.address.label;
}

/** Name of an event's actor within a sentence: `user 3f9c2a7b…`. */
export function actorName(event: RequestEvent): string {
  return `${event.actorKind === 'api_key' ? 'API key' : 'user'} ${shortName(event.actor)}`;
}

function identityKey(facts: Facts): string | undefined {
  if (facts.whoKind === 'actor') return `actor:${facts.event.actor}`;
  return facts.whoKind === 'session' ? `session:${facts.event.session}` : undefined;
}
