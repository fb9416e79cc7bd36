import { hashText, newKey } from '../core/hash.js';
import type { SensitiveKind } from '../parts/sensitive-actions.js';
import type { Change } from './session-habits.js';

/** Networks and devices remembered of one party. */
const REMEMBERED = 8;
/** User agents whose readings are remembered at once; past it the memory starts anew (it is only a cache). */
const CACHE = 20_000;

/** What a user agent says of the device: the text itself, and the text without versions. */
export interface Software {
  readonly text: number;
  /** The same after an update: browsers, systems and apps change their digits only. */
  readonly family: number;
}

/**
 * One user of a session: a set of networks and devices that hang together. A device that turns up in another network
 * brings the network along, a network with another device (an update, a second header order of one browser) brings
 * the device along. Plain data.
 */
export interface Party {
  readonly networks: number[];
  readonly devices: number[];
  software: Software;
  lastMs: number;
  requests: number;
  /** Requests that were answered, not refused. */
  answered: number;
}

/** A session that has changed network or device. Plain data. */
export interface Note {
  readonly owner: Party;
  other: Party | null;
  change: Change;
  /** The party of the last request. */
  otherWasLast: boolean;
  /** Changes from one party to the other, each within a quarter of an hour of the last. */
  turns: number;
  /** Disjoint parties so far: with more than two it is a shared link or a farm, not a theft. */
  parties: number;
  /** The user was here for some days before the second party came, and what it showed that was new to them. */
  hasPast: boolean;
  newNetwork: boolean;
  newDevice: boolean;
  /** The first thing it did that thieves do, or ''. */
  kind: SensitiveKind | '';
  /** How many of the logins here are followed by that; 1 without it. */
  actionRate: number;
  otherSinceMs: number;
  /** Share of sessions that showed such a change before this one did. */
  share: number;
}

export function newNote(owner: Party): Note {
  return {
    owner,
    other: null,
    change: 'update',
    otherWasLast: false,
    turns: 0,
    parties: 1,
    hasPast: false,
    newNetwork: false,
    newDevice: false,
    kind: '',
    actionRate: 1,
    otherSinceMs: 0,
    share: 1,
  };
}

export function newParty(network: number, device: number, software: Software, atMs: number): Party {
  return { networks: [network], devices: [device], software, lastMs: atMs, requests: 0, answered: 0 };
}

export function belongs(party: Readonly<Party>, network: number, device: number): boolean {
  return party.networks.includes(network) || party.devices.includes(device);
}

/** One request of the party. */
export function addToParty(party: Party, network: number, device: number, atMs: number): void {
  remember(party.networks, network);
  remember(party.devices, device);
  if (atMs > party.lastMs) party.lastMs = atMs;
}

/** Two parties turned out to be one. */
export function joinParties(into: Party, from: Readonly<Party>): void {
  for (const network of from.networks) remember(into.networks, network);
  for (const device of from.devices) remember(into.devices, device);
  into.lastMs = Math.max(into.lastMs, from.lastMs);
}

function remember(list: number[], value: number): void {
  if (list.includes(value)) return;
  if (list.length >= REMEMBERED) list.shift();
  list.push(value);
}

/** Reads user agents, each text once. */
export class SoftwareReader {
  readonly #cache = new Map<string, Software>();
  readonly #key = newKey();

  read(userAgent: string): Software {
    let software = this.#cache.get(userAgent);
    if (software === undefined) {
      if (this.#cache.size >= CACHE) this.#cache.clear();
      hashText(userAgent, 0, this.#key);
      const text = this.#key.lo;
      hashText(userAgent.replace(/[\d._]+/g, ''), 0, this.#key);
      software = { text, family: this.#key.lo };
      this.#cache.set(userAgent, software);
    }
    return software;
  }
}
