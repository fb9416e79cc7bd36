/** A scalar in a JSON document, with the key it stands under. */
export interface JsonField {
  /** Name of the nearest enclosing member; `''` at the top. */
  readonly key: string;
  readonly kind: 'string' | 'number' | 'literal';
  /** A string's value; of numbers, `true`, `false` and `null` the text as written, so that long ids stay exact. */
  readonly text: string;
  /** Number of objects and arrays around the value. */
  readonly depth: number;
  /** Whether any of them is an array. */
  readonly inArray: boolean;
}

/** What reading stops at, so that hostile documents cost little. */
export interface JsonLimits {
  readonly maxFields: number;
  /** Deeper values are skipped. */
  readonly maxDepth: number;
}

/** Depth past which reading stops altogether. */
const HARD_DEPTH = 256;

/** One open object or array. */
interface Container {
  readonly array: boolean;
  readonly inArray: boolean;
  key: string;
  /** Objects: whether the next string is a member's name. */
  expectsKey: boolean;
}

/**
 * Scalars of a JSON document in their order, also of one that was cut off: reads what is there and stops, without
 * error, at the first thing that is not JSON. One pass, no recursion. A string or number that the end of the text cuts
 * is left out, since its rest is unknown.
 */
export function jsonFields(text: string, limits: JsonLimits): JsonField[] {
  const fields: JsonField[] = [];
  const stack: Container[] = [];
  let top: Container | undefined;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;

  const emit = (kind: JsonField['kind'], value: string): void => {
    if (stack.length <= limits.maxDepth) {
      fields.push({ key: top?.key ?? '', kind, text: value, depth: stack.length, inArray: top?.inArray ?? false });
    }
  };

  while (at < text.length && fields.length < limits.maxFields) {
    const char = text[at];
    switch (char) {
      case ' ':
      case '\n':
      case '\r':
      case '\t':
      case ':':
        at++;
        break;
      case ',':
        if (top && !top.array) top.expectsKey = true;
        at++;
        break;
      case '{':
      case '[': {
        if (stack.length >= HARD_DEPTH) return fields;
        const array = char === '[';
        top = { array, inArray: array || (top?.inArray ?? false), key: top?.key ?? '', expectsKey: !array };
        stack.push(top);
        at++;
        break;
      }
      case '}':
      case ']':
        stack.pop();
        top = stack.at(-1);
        at++;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (end < 0) return fields;
        const value = stringValue(text, at, end);
        if (value === undefined) return fields;
        at = end + 1;
        if (top?.expectsKey) {
          top.key = value;
          top.expectsKey = false;
        } else emit('string', value);
        break;
      }
      default: {
        const literal = literalAt(text, at);
        if (literal === undefined) return fields;
        const after = text[at + literal.length];
        // Cut off, `12` may have been `123`; only a document of one scalar ends with it.
        if (after === undefined ? stack.length > 0 : !AFTER_LITERAL.test(after)) return fields;
        emit(kindOf(literal), literal);
        at += literal.length;
      }
    }
  }
  return fields;
}

/** Index of the closing quote, or -1. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote > 0) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote;
    quote = text.indexOf('"', quote + 1);
  }
  return -1;
}

function stringValue(text: string, start: number, end: number): string | undefined {
  const raw = text.slice(start + 1, end);
  if (!raw.includes('\\')) return raw;
  try {
    const parsed: unknown = JSON.parse(text.slice(start, end + 1));
    return typeof parsed === 'string' ? parsed : undefined;
  } catch {
    return undefined;
  }
}

const AFTER_LITERAL = /[\s,\]}]/;
const LITERAL = /true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function literalAt(text: string, at: number): string | undefined {
  LITERAL.lastIndex = at;
  return LITERAL.exec(text)?.[0];
}

function kindOf(literal: string): 'number' | 'literal' {
  return /^[tfn]/.test(literal) ? 'literal' : 'number';
}
