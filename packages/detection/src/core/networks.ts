import ipaddr from 'ipaddr.js';

/** Answers kept; past it the memory starts anew (it is only a cache). */
const CACHE = 20_000;

type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** A list of addresses and networks, asked for single addresses again and again. */
export class Networks {
  readonly #ranges: readonly Range[];
  readonly #known = new Map<string, boolean>();

  /** @param networks checked by the settings' schema: `203.0.113.7`, `2001:db8::/32` */
  constructor(networks: readonly string[]) {
    this.#ranges = networks.map((network) => {
      if (network.includes('/')) return ipaddr.parseCIDR(network);
      const address = ipaddr.parse(network);
      return [address, address.kind() === 'ipv4' ? 32 : 128];
    });
  }

  /** Whether the address is in one of the networks; for `2001:db8:1:2::/64` (how alerts name IPv6) its first address. */
  has(address: string): boolean {
    let isIn = this.#known.get(address);
    if (isIn === undefined) {
      if (this.#known.size >= CACHE) this.#known.clear();
      isIn = this.#find(address);
      this.#known.set(address, isIn);
    }
    return isIn;
  }

  #find(label: string): boolean {
    const text = label.endsWith('/64') ? label.slice(0, -3) : label;
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return this.#ranges.some(([network, bits]) => {
      if (network.kind() !== address.kind()) return false;
      return address.match(network as ipaddr.IPv4 & ipaddr.IPv6, bits);
    });
  }
}
