import type { Key } from '../core/hash.js';
import type { Facts } from '../parts/facts.js';
import type { LoginClass } from './login-evidence.js';

/** Whom the evidence is about; also the bit that marks an attempt as counted there. */
export const SCOPES = ['source', 'client', 'prefix', 'software'] as const;
export const WIDE_SCOPES = ['prefix', 'software'] as const;
export type Scope = (typeof SCOPES)[number];
export const SCOPE_BIT: Readonly<Record<Scope, number>> = { source: 1, client: 2, prefix: 4, software: 8 };
/** Marks an attempt that was counted as one on an unfamiliar account. */
export const COUNTED_NEW = 16;

/** Whether a scope holds many sources, of which some may have nothing to do with it. */
export function isWide(scope: Scope): boolean {
  return scope === 'prefix' || scope === 'software';
}

export function classOf(facts: Facts): LoginClass {
  const { login } = facts;
  if (login.ok) return login.familiar ? 'okFamiliar' : 'okNew';
  if (login.knownPair) return 'failedKnown';
  return login.familiar ? 'failedFamiliar' : 'failedNew';
}

export function scopeKey(scope: Scope, facts: Facts): Key {
  switch (scope) {
    case 'source':
      return facts.source;
    case 'client':
      return facts.sourceClient;
    case 'prefix':
      return facts.prefix;
    case 'software':
      return facts.client;
  }
}

export function campaignKey(scope: Scope, facts: Facts): string {
  switch (scope) {
    case 'source':
      return `source:${facts.address.label}`;
    case 'client':
      return `client:${facts.address.label} ${facts.clientName}`;
    case 'prefix':
      return `prefix:${facts.address.prefixLabel}`;
    case 'software':
      return `software:${facts.clientName}`;
  }
}

/** The offender as people write it. */
export function offenderName(scope: Scope, facts: Facts): string {
  switch (scope) {
    case 'source':
      return facts.address.label;
    case 'client':
      return `one client at ${facts.address.label}`;
    case 'prefix':
      return facts.address.prefixLabel;
    case 'software':
      return 'one kind of client';
  }
}
