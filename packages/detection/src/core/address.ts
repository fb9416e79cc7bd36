import ipaddr from 'ipaddr.js';
import { finish, hashText, type Key, mixNumber, newKey } from './hash.js';

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

const TAG = { head: 61 } as const;
const DOT = 46;
const COLON = 58;

/**
 * Reads client addresses, character by character and without a memory: with a million addresses a cache costs more than
 * the reading. Gives the same object every time, overwritten.
 */
export class Addresses {
  readonly #seed: number;
  readonly #address = new TextAddress();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** @param text canonical address; anything else counts as an address of its own */
  read(text: string): Address {
    const out = this.#address;
    out.text = text;
    out.isIPv4 = readIPv4(text, this.#seed, out.key, out.prefix);
    if (out.isIPv4) return out;
    if (!readHead(text)) return this.#readOther(text);
    out.key.hi = this.#seed;
    out.key.lo = 0;
    mixNumber(TAG.head, out.key, (head[0]! << 16) | head[1]!, out.prefix);
    mixNumber(TAG.head, out.prefix, (head[2]! << 16) | head[3]!, out.key);
    mixNumber(TAG.head, out.prefix, (head[2]! << 16) | (head[3]! & 0xff00), out.prefix);
    return out;
  }

  /** IPv4 inside IPv6, and what is no address at all. */
  #readOther(text: string): Address {
    const canonical = ipaddr.isValid(text) ? ipaddr.process(text).toString() : text;
    if (canonical !== text) return this.read(canonical);
    hashText(text, this.#seed, this.#address.key);
    hashText(text, this.#seed, this.#address.prefix);
    return this.#address;
  }
}

/** Labels are made when someone asks: only what is written about needs them. */
class TextAddress implements Address {
  readonly key = newKey();
  readonly prefix = newKey();
  text = '';
  isIPv4 = false;

  get label(): string {
    return this.isIPv4 || !readHead(this.text) ? this.text : `${compressed(head[3]!)}/64`;
  }

  get prefixLabel(): string {
    const { text } = this;
    if (this.isIPv4) return `${text.slice(0, text.lastIndexOf('.'))}.0/24`;
    return readHead(text) ? `${compressed(head[3]! & 0xff00)}/56` : text;
  }
}

/**
 * Writes the keys of a dotted IPv4 address (the text's) and of its first three groups.
 *
 * @returns false for everything else, with keys that mean nothing
 */
function readIPv4(text: string, seed: number, key: Key, prefix: Key): boolean {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  let dots = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || ++dots > 3) return false;
      if (dots === 3) finish(a, b, prefix);
      digits = 0;
    } else if (code < 48 || code > 57 || ++digits > 3) return false;
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  finish(a, b, key);
  return dots === 3 && digits > 0;
}

/** The groups of the address that was read last, in order of the text. */
const groups = new Uint16Array(8);
/** Its first four groups. */
const head = new Uint16Array(4);

/**
 * Reads the first four groups of a canonical IPv6 address (compressed, lower case) into `head`.
 *
 * @returns false for everything else
 */
function readHead(text: string): boolean {
  const { length } = text;
  if (length < 2 || length > 39) return false;
  let count = 0;
  /** Groups before the double colon; -1 while there is none. */
  let gap = -1;
  let value = 0;
  let digits = 0;
  for (let i = 0; i <= length; i++) {
    const code = i < length ? text.charCodeAt(i) : COLON;
    if (code !== COLON) {
      const digit = code <= 57 ? code - 48 : code >= 97 ? code - 87 : -1;
      if (digit < 0 || digit > 15 || ++digits > 4) return false;
      value = (value << 4) | digit;
    } else if (digits > 0) {
      if (count === 8) return false;
      groups[count++] = value;
      value = digits = 0;
    } else if (i === length) {
      if (gap !== count) return false;
    } else if (i === 0) {
      if (text.charCodeAt(1) !== COLON) return false;
    } else {
      if (gap >= 0) return false;
      gap = count;
    }
  }
  if (gap < 0 ? count !== 8 : count > 7) return false;
  const missing = 8 - count;
  for (let at = 0; at < 4; at++) {
    if (gap < 0 || at < gap) head[at] = groups[at]!;
    else head[at] = at < gap + missing ? 0 : groups[at - missing]!;
  }
  return true;
}

/** The network of `head` as RFC 5952 writes it: the zeros at its end are always the longest run. */
function compressed(fourth: number): string {
  const [first, second, third] = head as unknown as [number, number, number];
  if (fourth !== 0) return `${hex(first)}:${hex(second)}:${hex(third)}:${hex(fourth)}::`;
  if (third !== 0) return `${hex(first)}:${hex(second)}:${hex(third)}::`;
  if (second !== 0) return `${hex(first)}:${hex(second)}::`;
  return first === 0 ? '::' : `${hex(first)}::`;
}

function hex(group: number): string {
  return group.toString(16);
}
