import type { RequestEvent } from '@vedette/protocol';
import { Addresses } from '../core/address.js';
import { hashText, type Key, mixKeys, newKey } from '../core/hash.js';
import { type Facts, newFacts } from './facts.js';

/** Name spaces of keys, so that equal parts of different kinds never meet. */
const TAG = { source: 1, prefix: 2, client: 3, sourceClient: 4, actor: 5, session: 6, account: 7 } as const;
/** Different user agents and places remembered at once; past it the memory starts anew (it is only a cache). */
const CACHE = 20_000;

/** Fills the facts that follow from the event alone: who, from where, with what. */
export class FactReader {
  readonly #addresses: Addresses;
  readonly #seed: number;
  readonly #clients = new Map<string, Key>();
  readonly #places = new Map<string, string>();
  #serviceName: string | undefined;
  readonly #scratch = newKey();
  #facts: Facts | undefined;

  constructor(seed: number) {
    this.#seed = seed;
    this.#addresses = new Addresses(seed);
  }

  read(event: RequestEvent, atMs: number): Facts {
    const address = this.#addresses.read(event.source);
    this.#facts ??= newFacts(event, address);
    const facts = this.#facts;
    facts.event = event;
    facts.atMs = atMs;
    facts.address = address;
    facts.hasSource = event.source !== '';
    facts.tainted = false;
    if (event.service !== this.#serviceName) {
      this.#serviceName = event.service;
      hashText(event.service, this.#seed, facts.service);
    }
    facts.place = this.#place(event.operation !== '' ? event.operation : event.route);
    mixKeys(TAG.source, facts.service, address.key, facts.source);
    mixKeys(TAG.prefix, facts.service, address.prefix, facts.prefix);
    facts.clientName = event.fingerprint !== '' ? event.fingerprint : event.userAgent;
    const client = this.#client(facts.clientName);
    mixKeys(TAG.client, facts.service, client, facts.client);
    mixKeys(TAG.sourceClient, facts.source, client, facts.sourceClient);
    if (event.actor !== '') this.#identity('actor', event.actor, facts);
    else if (event.session !== '' && !isLogin(event)) this.#identity('session', event.session, facts);
    else {
      copy(facts.sourceClient, facts.who);
      facts.whoKind = 'client';
    }
    if (event.authIdentifier !== '') {
      hashText(event.authIdentifier, this.#seed, this.#scratch);
      mixKeys(TAG.account, facts.service, this.#scratch, facts.login.id);
    }
    return facts;
  }

  #identity(kind: 'actor' | 'session', name: string, facts: Facts): void {
    hashText(name, this.#seed, this.#scratch);
    mixKeys(TAG[kind], facts.service, this.#scratch, facts.who);
    facts.whoKind = kind;
  }

  #client(name: string): Key {
    let key = this.#clients.get(name);
    if (key === undefined) {
      if (this.#clients.size >= CACHE) this.#clients.clear();
      key = newKey();
      hashText(name, this.#seed, key);
      this.#clients.set(name, key);
    }
    return key;
  }

  #place(name: string): string {
    let place = this.#places.get(name);
    if (place === undefined) {
      if (this.#places.size >= CACHE) this.#places.clear();
      place = name;
      this.#places.set(name, place);
    }
    return place;
  }
}

/** The session that a login names without an actor is the one that it began: it was asked for by somebody who had none. */
function isLogin({ authEvent, authOutcome }: RequestEvent): boolean {
  return authEvent === 'login' && authOutcome === 'success';
}

function copy(from: Readonly<Key>, to: Key): void {
  to.hi = from.hi;
  to.lo = from.lo;
}
