/**
 * 32-bit hash of an object id: FNV-1a (Fowler, Noll, Vo; offset basis 2166136261, prime 16777619) over the UTF-8 bytes
 * of the id, finished with the 32-bit mixer of MurmurHash3 so that short decimal ids spread over all bits.
 *
 * Unkeyed on purpose: the agent hashes the ids that a list response hands out, the collector hashes the id in a path,
 * and the two must match without sharing a key. Test vectors: see object-id.test.ts.
 *
 * @returns an unsigned 32-bit integer
 */
export function hashObjectId(id: string): number {
  let hash = 2166136261;
  for (let i = 0; i < id.length; i++) {
    let code = id.charCodeAt(i);
    if (code < 0x80) {
      hash = Math.imul(hash ^ code, 16777619);
      continue;
    }
    if (code >= 0xd800 && code < 0xdc00 && i + 1 < id.length) {
      const low = id.charCodeAt(i + 1);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i++;
      }
    }
    if (code < 0x800) {
      hash = Math.imul(hash ^ (0xc0 | (code >> 6)), 16777619);
    } else {
      if (code >= 0x10000) {
        hash = Math.imul(hash ^ (0xf0 | (code >> 18)), 16777619);
        hash = Math.imul(hash ^ (0x80 | ((code >> 12) & 0x3f)), 16777619);
      } else {
        hash = Math.imul(hash ^ (0xe0 | (code >> 12)), 16777619);
      }
      hash = Math.imul(hash ^ (0x80 | ((code >> 6) & 0x3f)), 16777619);
    }
    hash = Math.imul(hash ^ (0x80 | (code & 0x3f)), 16777619);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
}
