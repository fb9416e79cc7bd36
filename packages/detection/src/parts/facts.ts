import type { RequestEvent } from '@vedette/protocol';
import type { Address } from '../core/address.js';
import { type Key, newKey } from '../core/hash.js';

/** What is known of a login attempt before it is learned from. */
interface LoginFacts {
  /** False for every other request, and for logins whose outcome cannot be told. */
  active: boolean;
  ok: boolean;
  /** Key of service and identifier. Without an identifier (a bare span) it is meaningless. */
  readonly id: Key;
  hasId: boolean;
  /** `first` contact of this source and account in a day; `resolves`: it failed before and succeeds now. */
  contact: 'first' | 'repeat' | 'resolves';
  /** The account has succeeded here within 90 days. */
  familiar: boolean;
  /** The account has succeeded from this network before. */
  knownPair: boolean;
  /** The account has succeeded with this client software before. */
  knownClient: boolean;
  /** The account has succeeded on two days, a week apart or more from today: not made for this attack. */
  aged: boolean;
  /** Successes of this account so far, and those of them that came from a network and with a client both new to it. */
  successes: number;
  novelSuccesses: number;
  /** A password reset of this account succeeded with this client within the last hour. */
  recentReset: boolean;
  /** A success of this account still explains something: it does so for two sources a day, not for a whole botnet. */
  explains: boolean;
  /** It counts in favour of its source as well: the account is aged, or no account can be, because the service is new here. */
  credit: boolean;
  /** Row of the attempt in the table of attempts, or -1. */
  attempt: number;
  /** Row of an earlier failed attempt that this success, or request for a new password, explains (the same account, or a mistyped one), or -1. */
  resolved: number;
}

/**
 * What all detectors want to know of one event, computed once. One object per engine, overwritten by every event:
 * nothing may keep it.
 */
export interface Facts {
  event: RequestEvent;
  /** Event time, clamped, Unix ms. */
  atMs: number;
  readonly service: Key;
  /**
   * The operation, else the route, else ''. One string object for each name, so that a look-up by it in a Map neither hashes
   * nor compares characters.
   */
  place: string;
  address: Address;
  hasSource: boolean;
  /** (service, address), (service, network), (service, client software), (service, address, client software). */
  readonly source: Key;
  readonly prefix: Key;
  readonly client: Key;
  readonly sourceClient: Key;
  /** The fingerprint, or the user agent where there is none. */
  clientName: string;
  /** The narrowest identity: actor, else session, else address and client software. */
  readonly who: Key;
  whoKind: 'actor' | 'session' | 'client';
  readonly login: LoginFacts;
  /** Set by a detector: this request belongs to an attack, nothing benign is learned from it. */
  tainted: boolean;
}

export function newFacts(event: RequestEvent, address: Address): Facts {
  return {
    event,
    atMs: 0,
    service: newKey(),
    place: '',
    address,
    hasSource: false,
    source: newKey(),
    prefix: newKey(),
    client: newKey(),
    sourceClient: newKey(),
    clientName: '',
    who: newKey(),
    whoKind: 'client',
    login: {
      active: false,
      ok: false,
      id: newKey(),
      hasId: false,
      contact: 'first',
      familiar: false,
      knownPair: false,
      knownClient: false,
      aged: false,
      successes: 0,
      novelSuccesses: 0,
      recentReset: false,
      explains: false,
      credit: false,
      attempt: -1,
      resolved: -1,
    },
    tainted: false,
  };
}
