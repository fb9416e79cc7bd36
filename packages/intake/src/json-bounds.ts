/** Deepest nesting of a body. OTLP itself needs 12, values within values a few more. */
const MAX_DEPTH = 128;
/** Most values in a body that is parsed in whole: what is made of each takes about 50 bytes, and `JSON.parse` cannot stop. */
const MAX_VALUES = 2_000_000;

/**
 * Looks at JSON before it is parsed: 32 kB of gzip can hold 16 million brackets, of which `JSON.parse` makes a gigabyte in
 * many seconds. Whether the text is JSON at all is not looked at.
 *
 * @returns what there is too much of, and where; `undefined` where there is not
 */
export function jsonExcess(bytes: Uint8Array): string | undefined {
  let depth = 0;
  let values = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at]!;
    if (inString) {
      if (code === QUOTE) inString = false;
      else if (code === BACKSLASH) at++;
      continue;
    }
    switch (code) {
      case QUOTE:
        inString = true;
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        values++;
        if (++depth > MAX_DEPTH) return `nested more than ${MAX_DEPTH} deep at position ${at}`;
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COMMA:
        values++;
    }
    if (values > MAX_VALUES) return `more than ${MAX_VALUES} values, up to position ${at}: send fewer spans at once`;
  }
  return undefined;
}

const QUOTE = 34;
const COMMA = 44;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
