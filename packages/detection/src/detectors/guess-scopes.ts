import type { Key } from '../core/hash.js';
import { shortName } from '../core/words.js';
import type { Facts } from '../parts/facts.js';
import { whoClientKey, whoName } from './who.js';

/** Whom evidence of guessing is about, the narrowest first. */
export type GuessScope = 'account' | 'who' | 'source' | 'prefix';

/** Names remembered of each kind of one key under suspicion. */
const NOTED = 64;

/** Key of the one whom an event is laid at the door of. */
export function scopeKey(scope: GuessScope, facts: Facts): Readonly<Key> {
  switch (scope) {
    case 'account':
      return facts.login.id;
    case 'who':
      return facts.who;
    case 'source':
      return facts.source;
    case 'prefix':
      return facts.prefix;
  }
}

/** The same for campaigns. */
export function campaignKey(scope: GuessScope, facts: Facts): string {
  const { event, address } = facts;
  switch (scope) {
    case 'account':
      return `account:${event.authIdentifier}`;
    case 'who':
      return whoClientKey(facts);
    case 'source':
      return `source:${address.label}`;
    case 'prefix':
      return `prefix:${address.prefixLabel}`;
  }
}

/** The same for people. */
export function offenderName(scope: GuessScope, facts: Facts): string {
  const { event, address } = facts;
  switch (scope) {
    case 'account':
      return `account ${shortName(event.authIdentifier)}`;
    case 'who':
      return whoName(facts);
    case 'source':
      return address.label;
    case 'prefix':
      return address.prefixLabel;
  }
}

export function noteName(names: string[], name: string): void {
  if (name !== '' && names.length < NOTED && !names.includes(name)) names.push(name);
}
