/** Length of the IBAN in each country that has one (SWIFT, IBAN registry, ISO 13616). */
const LENGTHS = new Map<string, number>(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

const LONGEST_TEXT = 42;

/**
 * The end of an IBAN that begins at `start`, in one piece or in groups of four: right length for its country, and the
 * remainder of ISO 7064 MOD 97-10.
 *
 * @returns -1 where there is none
 */
export function ibanEnd(text: string, start: number): number {
  const length = LENGTHS.get(text.slice(start, start + 2));
  if (length === undefined) return -1;
  let compact = '';
  let at = start;
  const limit = Math.min(text.length, start + LONGEST_TEXT);
  for (; at < limit && compact.length < length; at++) {
    const code = text.charCodeAt(at);
    if (isAlphanumeric(code)) compact += text[at];
    else if (code !== 0x20 || compact.length % 4 !== 0) return -1;
  }
  if (compact.length !== length || (at < text.length && isAlphanumeric(text.charCodeAt(at)))) return -1;
  return remainder97(compact.slice(4) + compact.slice(0, 4)) === 1 ? at : -1;
}

/** Letters count as two digits, A as 10. */
function remainder97(text: string): number {
  let remainder = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    remainder = (code <= 0x39 ? remainder * 10 + (code - 0x30) : remainder * 100 + ((code | 0x20) - 87)) % 97;
  }
  return remainder;
}

function isAlphanumeric(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
