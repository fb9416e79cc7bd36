import { hash32, hex8, type Rng } from '../core/rng.js';
import { DAY } from '../core/time.js';

/** Where a device is attached. The address that a service sees depends on the time, as it does in the world. */
export interface Network {
  readonly kind: 'home' | 'office' | 'carrier' | 'public' | 'vpn' | 'datacentre';
  /** Address at this moment. Two calls at one moment may differ where the network balances over several addresses. */
  address(atMs: number, rng: Rng): string;
}

/** First octets of blocks that consumer providers use, by region; a user's networks are mostly of one region. */
const REGIONS: readonly (readonly number[])[] = [
  [24, 67, 68, 71, 73, 75, 76, 98, 99],
  [78, 79, 80, 82, 84, 86, 87, 90, 91, 93],
  [14, 27, 36, 42, 49, 58, 60, 61, 101, 106],
  [177, 179, 181, 186, 187, 189, 190, 200, 201],
];
const DATACENTRE_BLOCKS = [
  '3.120',
  '5.188',
  '34.86',
  '45.134',
  '51.15',
  '64.227',
  '95.217',
  '104.131',
  '141.98',
  '185.220',
];
const IPV6_BLOCKS = ['2001:4c', '2003:d', '2600:1', '2601:4', '2804:1', '2a00:2', '2a02:8', '2409:4'];

export const REGION_COUNT = REGIONS.length;

/** An address of a consumer provider in the region. */
export function consumerAddress(rng: Rng, region: number): string {
  return `${rng.pick(REGIONS[region]!)}.${rng.int(256)}.${rng.int(256)}.${rng.between(1, 254)}`;
}

/** An address of a hosting provider. */
export function datacentreAddress(rng: Rng): string {
  return `${rng.pick(DATACENTRE_BLOCKS)}.${rng.int(256)}.${rng.between(1, 254)}`;
}

/** A line with one IPv4 address that changes every few weeks. */
export function homeNetwork(rng: Rng, region: number): Network {
  const leaseMs = rng.uniform(12, 60) * DAY;
  const seed = rng.uint32();
  const first = rng.pick(REGIONS[region]!);
  const second = rng.int(256);
  return {
    kind: 'home',
    address(atMs) {
      const lease = hash32(String(Math.floor((atMs + seed) / leaseMs)), seed);
      return `${first}.${second}.${(lease >>> 8) & 255}.${1 + ((lease >>> 16) % 254)}`;
    },
  };
}

/** A line with an IPv6 prefix: the /56 stays, the /64 is renumbered daily by some providers, the interface id by privacy extensions. */
export function homeNetworkV6(rng: Rng): Network {
  const block = rng.pick(IPV6_BLOCKS);
  const seed = rng.uint32();
  const prefix = `${block}${hex8(rng.uint32()).slice(0, 7 - block.length + 2)}:${hex4(rng.uint32() | 1)}`;
  const subnetHigh = hash32('site', seed) & 0xff00;
  const renumbers = rng.chance(0.35);
  return {
    kind: 'home',
    address(atMs) {
      const day = Math.floor(atMs / DAY);
      const subnet = subnetHigh | (renumbers ? hash32(`subnet${day}`, seed) & 255 : seed & 15);
      const low = hash32(`interface${day}`, seed);
      return `${prefix}:${hex4(subnet | 0x100)}:${hex4(low | 1)}:${hex4((low >>> 16) | 0x1000)}:${hex4((low >>> 8) | 1)}:${hex4((low ^ seed) | 1)}`;
    },
  };
}

/** One address for a whole building. */
export function officeNetwork(rng: Rng, region: number): Network {
  const address = consumerAddress(rng, region);
  return { kind: 'office', address: () => address };
}

/** A mobile carrier: IPv4 through a carrier-grade NAT of a few dozen addresses, or an IPv6 /64 for each attachment. */
export function carrierNetwork(rng: Rng, region: number, sharedAddresses: number): Network {
  const first = rng.pick(REGIONS[region]!);
  const second = rng.int(256);
  const third = rng.int(250);
  const ipv6Share = rng.chance(0.5) ? 0.55 : 0.1;
  const block = rng.pick(IPV6_BLOCKS);
  return {
    kind: 'carrier',
    address(_atMs, random) {
      if (random.chance(ipv6Share)) {
        return `${block}0:${hex4(random.int(64) | 0x100)}:${hex4(random.uint32() | 1)}:${hex4(random.uint32() | 1)}::${hex4(random.uint32() | 1)}`;
      }
      const pick = random.int(sharedAddresses);
      return `${first}.${second}.${third + (pick >> 6)}.${1 + (pick & 63)}`;
    },
  };
}

/** A café, a hotel, a train: somebody else's line for an hour. */
export function publicNetwork(rng: Rng, region: number): Network {
  const address = consumerAddress(rng, region);
  return { kind: 'public', address: () => address };
}

/** A commercial VPN's exit nodes: few addresses in hosting blocks, many users. */
export function vpnNetwork(rng: Rng, exits: number): Network {
  const addresses = Array.from({ length: exits }, () => datacentreAddress(rng));
  return { kind: 'vpn', address: (_atMs, random) => random.pick(addresses) };
}

/** A server with a fixed address. */
export function serverNetwork(rng: Rng): Network {
  const address = datacentreAddress(rng);
  return { kind: 'datacentre', address: () => address };
}

function hex4(value: number): string {
  return (value & 0xffff).toString(16);
}
