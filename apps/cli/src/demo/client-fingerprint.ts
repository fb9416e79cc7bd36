/** Headers and values that the agent's fingerprint of a client is made from, as far as the demo's clients send them. */
const STABLE = new Set(['host', 'connection', 'user-agent', 'accept', 'accept-language', 'accept-encoding']);
const VALUED = new Set(['accept-language', 'accept-encoding']);

const OFFSET = 2166136261;

/**
 * The fingerprint that the agent reports for a client: FNV-1a, 32 bits, over the FNV-1a hashes of HTTP version, header names
 * in order and some values. The past needs the same, or every live customer would come with a device never seen before; a test
 * compares them.
 *
 * @param headers as the client sends them, in order, after `host` and `connection`
 */
export function clientFingerprint(headers: Readonly<Record<string, string>>): string {
  let hash = mix(OFFSET, '1.1');
  for (const [name, value] of [['host', ''], ['connection', ''], ...Object.entries(headers)] as const) {
    if (!STABLE.has(name)) continue;
    hash = mix(hash, name);
    if (VALUED.has(name)) hash = mix(hash, value);
    else if (name === 'user-agent') hash = mix(hash, /^[^/\s]*/.exec(value)?.[0] ?? '');
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** Takes the four bytes of the hash of `text` into the hash. */
function mix(hash: number, text: string): number {
  const part = Array.from(text).reduce((of, letter) => step(of, letter.charCodeAt(0)), OFFSET);
  return [0, 8, 16, 24].reduce((mixed, shift) => step(mixed, (part >>> shift) & 0xff), hash);
}

function step(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 16777619);
}
