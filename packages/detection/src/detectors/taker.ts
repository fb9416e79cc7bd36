import { shortName } from '../core/words.js';
import type { Facts } from '../parts/facts.js';

/** Key of the narrowest identity, for campaigns: the actor, the session, or the address. Builds a string: not for every event. */
export function takerKey(facts: Facts): string {
  if (facts.whoKind === 'actor') return `actor:${facts.event.actor}`;
  if (facts.whoKind === 'session') return `session:${facts.event.session}`;
  return `source:${facts.address.label}`;
}

export function takerName(facts: Facts): string {
  const { event } = facts;
  if (facts.whoKind === 'actor')
    return `${event.actorKind === 'api_key' ? 'API key' : 'user'} ${shortName(event.actor)}`;
  if (facts.whoKind === 'session') return `session ${shortName(event.session)}`;
  return facts.address.label;
}
