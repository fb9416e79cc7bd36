/** Longest text shown in one place, code points. Intake bounds most texts; this keeps one cell from filling the screen. */
const MAX_CODE_POINTS = 2000;

/** Marks stacked on one letter beyond this are folded ("zalgo"); living scripts stay below. */
const MAX_COMBINING = 4;

/** Names of U+0000 to U+001F. (Unicode has pictures for them, but few fonts do.) */
const C0_NAMES =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  );

/** Names of characters that change how their neighbours are shown, or that cannot be seen. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x007f, 'DEL'],
  [0x00ad, 'SHY'],
  [0x034f, 'CGJ'],
  [0x061c, 'ALM'],
  [0x115f, 'HCF'],
  [0x1160, 'HJF'],
  [0x180e, 'MVS'],
  [0x200b, 'ZWSP'],
  [0x200c, 'ZWNJ'],
  [0x200d, 'ZWJ'],
  [0x200e, 'LRM'],
  [0x200f, 'RLM'],
  [0x2028, 'LSEP'],
  [0x2029, 'PSEP'],
  [0x202a, 'LRE'],
  [0x202b, 'RLE'],
  [0x202c, 'PDF'],
  [0x202d, 'LRO'],
  [0x202e, 'RLO'],
  [0x2060, 'WJ'],
  [0x2066, 'LRI'],
  [0x2067, 'RLI'],
  [0x2068, 'FSI'],
  [0x2069, 'PDI'],
  [0x3164, 'HF'],
  [0xfeff, 'BOM'],
  [0xffa0, 'HHF'],
  [0xfffc, 'OBJ'],
]);

const NEEDS_CARE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\ufffc]|\u034f|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]|\p{M}{5}/u;

const COMBINING = /^\p{M}$/u;
const UNSEEN = /^[\p{Cc}\p{Cf}\p{Cs}\p{Co}]$/u;

/**
 * Makes text from outside safe to look at: control characters, bidirectional overrides, invisible characters and lone
 * surrogates become visible symbols, piles of combining marks are folded, and very long text is cut. What is left cannot
 * reorder, hide or imitate the text beside it. (Markup is inert already: text is only ever set as text.)
 */
export function inert(text: string): string {
  if (text.length <= MAX_CODE_POINTS && !NEEDS_CARE.test(text)) return text;
  let shown = '';
  let codePoints = 0;
  let marks = 0;
  for (const character of text) {
    if (++codePoints > MAX_CODE_POINTS) {
      const more = [...text].length - MAX_CODE_POINTS;
      return `${shown}… (${more} more characters)`;
    }
    if (COMBINING.test(character)) {
      marks += 1;
      if (marks === MAX_COMBINING + 1) shown += '⟦…⟧';
      if (marks > MAX_COMBINING) continue;
    } else {
      marks = 0;
    }
    shown += symbolOf(character);
  }
  return shown;
}

function symbolOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const name = code < C0_NAMES.length ? C0_NAMES[code] : NAMES.get(code);
  if (name !== undefined) return `⟦${name}⟧`;
  const isVariation = (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef);
  if (isVariation || UNSEEN.test(character)) {
    return `⟦U+${code.toString(16).toUpperCase().padStart(4, '0')}⟧`;
  }
  return character;
}
