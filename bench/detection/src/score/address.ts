/**
 * The unit that an address counts as: an IPv4 address itself, an IPv6 address its /64. Alerts may name an address, a /64
 * or a wider prefix, so both sides of a comparison go through here.
 *
 * @returns `203.0.113.7`, `2001:db8:1:2::` or, for a wider prefix, `203.0.113.0/24`, `2001:db8:1::/48`, `2001:db8:1:200::/56`
 */
export function addressUnit(address: string): string {
  const slash = address.indexOf('/');
  const bare = slash < 0 ? address : address.slice(0, slash);
  const length = slash < 0 ? Number.POSITIVE_INFINITY : Number(address.slice(slash + 1));
  if (!bare.includes(':')) return length <= 24 ? `${bare.slice(0, bare.lastIndexOf('.'))}.0/24` : bare;
  const groups = firstGroups(bare);
  return length <= 48 ? site(groups) : length <= 56 ? household(groups) : `${groups.join(':')}::`;
}

/** The prefixes that an alert may name instead of a unit. */
export function prefixesOf(unit: string): string[] {
  if (!unit.includes(':')) return [`${unit.slice(0, unit.lastIndexOf('.'))}.0/24`];
  const groups = firstGroups(unit);
  return [site(groups), household(groups)];
}

function site(groups: readonly string[]): string {
  return `${groups.slice(0, 3).join(':')}::/48`;
}

function household(groups: readonly string[]): string {
  return `${groups.slice(0, 3).join(':')}:${(Number.parseInt(groups[3]!, 16) & 0xff00).toString(16)}::/56`;
}

/** The first four groups of an IPv6 address, without leading zeros. */
function firstGroups(address: string): string[] {
  const [head = '', tail = ''] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const missing = address.includes('::') ? Math.max(0, 8 - left.length - right.length) : 0;
  const groups = [...left, ...Array<string>(missing).fill('0'), ...right];
  return [0, 1, 2, 3].map((i) => (groups[i] ?? '0').replace(/^0+(?=.)/, ''));
}
