import ipaddr from 'ipaddr.js';
import { hashText, type Key, mixNumber, newKey } from './hash.js';

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
const IPV6 = /^[0-9a-f:]{2,39}$/;
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
    if (IPV4.test(text)) {
      const address = new TextAddress(text, true);
      hashText(text, this.#seed, address.key);
      hashText(text.slice(0, text.lastIndexOf('.')), this.#seed, address.prefix);
      return address;
    }
    if (!readHead(text)) return this.#parseOther(text);
    const address = new TextAddress(text, false);
    address.key.hi = this.#seed;
    mixNumber(TAG.head, address.key, (head[0]! << 16) | head[1]!, address.prefix);
    mixNumber(TAG.head, address.prefix, (head[2]! << 16) | head[3]!, address.key);
    mixNumber(TAG.head, address.prefix, (head[2]! << 16) | (head[3]! & 0xff00), address.prefix);
    return address;
  }

  /** IPv4 inside IPv6, and what is no address at all. */
  #parseOther(text: string): Address {
    const address = ipaddr.isValid(text) ? ipaddr.process(text) : null;
    if (address instanceof ipaddr.IPv4) return this.#parse(address.toString());
    if (address !== null) return this.#parse(address.toString());
    const unknown = new TextAddress(text, false);
    hashText(text, this.#seed, unknown.key);
    hashText(text, this.#seed, unknown.prefix);
    return unknown;
  }
}

/** Labels are made when someone asks: only what is written about needs them. */
class TextAddress implements Address {
  readonly key = newKey();
  readonly prefix = newKey();
  readonly #text: string;
  readonly #isIPv4: boolean;

  constructor(text: string, isIPv4: boolean) {
    this.#text = text;
    this.#isIPv4 = isIPv4;
  }

  get label(): string {
    return this.#isIPv4 || !readHead(this.#text) ? this.#text : `${compressed([...head])}/64`;
  }

  get prefixLabel(): string {
    const text = this.#text;
    if (this.#isIPv4) return `${text.slice(0, text.lastIndexOf('.'))}.0/24`;
    return readHead(text) ? `${compressed([...head.subarray(0, 3), head[3]! & 0xff00])}/56` : text;
  }
}

const TAG = { head: 61 } as const;
/** The first four groups of the address that was read last. */
const head = new Uint16Array(4);

/**
 * Reads the first four groups of a canonical IPv6 address (compressed, lower case) into `head`.
 *
 * @returns false for everything else
 */
function readHead(text: string): boolean {
  if (!IPV6.test(text)) return false;
  const gap = text.indexOf('::');
  const left = groupsOf(gap < 0 ? text : text.slice(0, gap));
  const right = gap < 0 ? [] : groupsOf(text.slice(gap + 2));
  if (gap < 0 ? left.length !== 8 : left.length + right.length > 7) return false;
  if (!left.every(isGroup) || !right.every(isGroup)) return false;
  head.fill(0);
  for (let i = 0; i < 4 && i < left.length; i++) head[i] = Number.parseInt(left[i]!, 16);
  for (let i = 0, at = 8 - right.length; at < 4; i++, at++) head[at] = Number.parseInt(right[i]!, 16);
  return true;
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

function isGroup(text: string): boolean {
  return text.length >= 1 && text.length <= 4;
}

function compressed(groups: readonly number[]): string {
  return new ipaddr.IPv6([...groups, ...Array<number>(8 - groups.length).fill(0)]).toString();
}
