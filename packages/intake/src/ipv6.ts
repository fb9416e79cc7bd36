const GROUPS = 8;
const groups = new Uint16Array(GROUPS);

/**
 * RFC 5952 form of an IPv6 address in the plain notation of RFC 4291 (2.2, forms 1 and 2), read and written without
 * anything in between, because every other request comes from an address that was not seen lately.
 *
 * @returns `undefined` for anything else, an IPv4 address in it included: a slower reader knows what that is
 */
export function canonicalIpv6(text: string): string | undefined {
  let count = 0;
  /** Where the zeros of `::` stand; -1: nowhere. */
  let gap = -1;
  let i = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return undefined;
    gap = 0;
    i = 2;
  }
  while (i < text.length) {
    const start = i;
    let value = 0;
    for (; i < text.length && i - start < 4; i++) {
      const digit = hexDigit(text.charCodeAt(i));
      if (digit < 0) break;
      value = (value << 4) | digit;
    }
    if (i === start || count === GROUPS) return undefined;
    groups[count++] = value;
    if (i === text.length) break;
    if (text.charCodeAt(i++) !== COLON) return undefined;
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return undefined;
      gap = count;
      i++;
    } else if (i === text.length) return undefined;
  }
  if (gap < 0 ? count !== GROUPS : count >= GROUPS) return undefined;
  if (gap >= 0) {
    groups.copyWithin(GROUPS - count + gap, gap, count);
    groups.fill(0, gap, GROUPS - count + gap);
  }
  return isIpv4Mapped() ? undefined : write();
}

function isIpv4Mapped(): boolean {
  for (let i = 0; i < 5; i++) if (groups[i] !== 0) return false;
  return groups[5] === 0xffff;
}

/** `::` stands for the first of the longest runs of zeros, if that is two groups or more. */
function write(): string {
  let from = 0;
  let length = 1;
  for (let i = 0; i < GROUPS; i++) {
    let end = i;
    while (end < GROUPS && groups[end] === 0) end++;
    if (end - i > length) {
      from = i;
      length = end - i;
    }
    if (end > i) i = end;
  }
  if (length === 1) length = 0;
  let text = '';
  for (let i = 0; i < GROUPS; i++) {
    if (length > 0 && i === from) {
      text += '::';
      i += length - 1;
      continue;
    }
    if (text !== '' && text.charCodeAt(text.length - 1) !== COLON) text += ':';
    text += groups[i]!.toString(16);
  }
  return text;
}

const COLON = 58;

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
