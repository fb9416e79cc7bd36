/**
 * Strings of JavaScript in ClickHouse, to the last code unit.
 *
 * A JavaScript string is UTF-16 and, being hostile, may hold half a surrogate pair, which UTF-8 has no form for:
 * encoders would put U+FFFD there, and the row would not come back as it was scored. So a lone surrogate is kept as the
 * noncharacter U+10FFFE and four hexadecimal digits, and U+10FFFE itself the same way by its two halves.
 */
const ESCAPE = '\u{10FFFE}';
/** With the `u` flag a surrogate range matches lone surrogates only. */
const TO_ESCAPE = /[\uD800-\uDFFF\u{10FFFE}]/gu;
const ESCAPED = /\u{10FFFE}([0-9a-f]{4})/gu;

/** Well-formed text that {@link decodeText} turns back into `text`. */
export function encodeText(text: string): string {
  return text.replace(TO_ESCAPE, (found) => {
    let escaped = '';
    for (let i = 0; i < found.length; i++) escaped += ESCAPE + found.charCodeAt(i).toString(16).padStart(4, '0');
    return escaped;
  });
}

export function decodeText(text: string): string {
  if (!text.includes(ESCAPE)) return text;
  return text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
