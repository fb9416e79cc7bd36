import type { ActorKind } from '@vedette/protocol';
import type { Campaign } from '../core/campaign.js';
import type { Client } from '../core/exchange.js';
import type { Device } from '../population/devices.js';
import type { Network } from '../population/networks.js';
import type { User } from '../population/users.js';

/** Somebody at the other end of the wire for a while: one client, perhaps logged in. */
export interface Visitor {
  client: Client;
  user: User | null;
  actor: string;
  actorKind: ActorKind | '';
  session: string;
  /** User name that an access log would show. */
  logUser: string;
  readonly label: string;
  readonly campaign: Campaign | null;
  /** While true, what it sends is an attacker's cover: own objects read, own account entered. */
  isCover: boolean;
}

/** A log-in name that somebody tries; `user` is `null` where no account has it. */
export interface Account {
  readonly pseudonym: string;
  readonly user: User | null;
}

/** What a read of data brought. */
export interface Read {
  readonly status: number;
  readonly objects: number;
  readonly bytes: number;
}

export type SensitiveAction = 'email' | 'password' | 'payout' | 'export';

/** A consumer that is a program with a key. */
export interface ApiKey {
  readonly pseudonym: string;
  readonly name: string;
  readonly device: Device;
  readonly network: Network;
  /** Weights of the service's key routes in this consumer's habits. */
  readonly mix: readonly number[];
  /** Requests a day. */
  readonly volume: number;
  readonly hour: number;
  /** Account whose objects it may read, where objects have owners. */
  readonly owner: User | null;
}
