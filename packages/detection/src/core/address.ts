import ipaddr from 'ipaddr.js';
import { hashText, type Key, newKey } from './hash.js';

/** What the engine needs to know of a client address. */
export interface Address {
  /** Key of the address; of the /64 for IPv6, where one host owns at least that much. */
  readonly key: Key;
  /** Key of the network: /24 for IPv4, /56 for IPv6 (what a provider gives one household). */
  readonly prefix: Key;
  /** `203.0.113.7`, `2001:db8:1:2::/64`. */
  readonly label: string;
  /** `203.0.113.0/24`, `2001:db8:1::/56`. */
  readonly prefixLabel: string;
}

const IPV4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const GENERATION = 65_536;

/**
 * Reads client addresses and remembers the readings in two generations, because parsing IPv6 costs more than all
 * else that is done with an event.
 */
export class Addresses {
  readonly #seed: number;
  #young = new Map<string, Address>();
  #old = new Map<string, Address>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** @param text canonical address; anything else counts as an address of its own */
  read(text: string): Address {
    let address = this.#young.get(text);
    if (address !== undefined) return address;
    address = this.#old.get(text) ?? this.#parse(text);
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, address);
    return address;
  }

  #parse(text: string): Address {
    const { label, prefixLabel } = labels(text);
    const key = newKey();
    const prefix = newKey();
    hashText(label, this.#seed, key);
    hashText(prefixLabel, this.#seed, prefix);
    return { key, prefix, label, prefixLabel };
  }
}

function labels(text: string): { label: string; prefixLabel: string } {
  // Canonical IPv4 needs no parsing, and is most of all traffic.
  if (IPV4.test(text)) return { label: text, prefixLabel: `${text.slice(0, text.lastIndexOf('.'))}.0/24` };
  if (!ipaddr.isValid(text)) return { label: text, prefixLabel: text };
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv4) return labels(address.toString());
  const parts = address.parts;
  return {
    label: `${compressed(parts.slice(0, 4))}/64`,
    prefixLabel: `${compressed([...parts.slice(0, 3), parts[3]! & 0xff00])}/56`,
  };
}

function compressed(head: readonly number[]): string {
  return new ipaddr.IPv6([...head, ...Array<number>(8 - head.length).fill(0)]).toString();
}
