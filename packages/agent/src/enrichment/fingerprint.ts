/** Headers that a client sends with every request, so that their order and spelling tell clients apart, not requests. */
const STABLE_HEADERS = new Set([
  'host',
  'connection',
  'user-agent',
  'accept',
  'accept-language',
  'accept-encoding',
  'accept-charset',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'dnt',
  'sec-gpc',
  'te',
]);

/** Headers whose value belongs to the client's make. */
const VALUED_HEADERS = new Set(['accept-language', 'accept-encoding', 'sec-ch-ua-platform', 'sec-ch-ua-mobile']);

/** Pairs of the raw header list that are looked at. */
const MAX_HEADERS = 64;

/**
 * Hash of how a client writes its requests: names of its constant headers in their order and spelling, the values
 * that belong to its make, the first product of its user agent without version, and the HTTP version. Tools and
 * libraries differ in it even where the user agent is forged. FNV-1a, 32 bits.
 *
 * @param rawHeaders names and values alternating, as Node gives them
 * @returns 8 hex characters
 */
export function clientFingerprint(rawHeaders: readonly string[], httpVersion: string): string {
  let hash = mix(2166136261, httpVersion);
  const end = Math.min(rawHeaders.length, 2 * MAX_HEADERS);
  for (let i = 0; i + 1 < end; i += 2) {
    const name = rawHeaders[i] ?? '';
    const lower = name.toLowerCase();
    if (!STABLE_HEADERS.has(lower)) continue;
    hash = mix(hash, name);
    const value = rawHeaders[i + 1] ?? '';
    if (VALUED_HEADERS.has(lower)) hash = mix(hash, value);
    else if (lower === 'user-agent') hash = mix(hash, /^[^/\s]{0,64}/.exec(value)?.[0] ?? '');
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function mix(hash: number, text: string): number {
  let mixed = hash;
  const end = Math.min(text.length, 128);
  for (let i = 0; i < end; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), 16777619);
  return Math.imul(mixed ^ 0xff, 16777619);
}
