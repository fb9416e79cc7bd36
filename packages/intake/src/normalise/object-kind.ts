import { BoundedCache } from '../bounded-cache.js';
import { decodeLeniently } from '../url-parts.js';
import { wordsOf } from './parameter-name.js';

const cache = new BoundedCache<string, string>(4096);
/** Longer names are not remembered, so that clients cannot choose how large the memory gets. */
const MAX_CACHED = 100;

/**
 * One name for a kind of object wherever its ids stand: `orders` for `/orders/17`, `/order/17`, `?order_id=17`,
 * `/api/getOrder?id=17`, `/order.php?id=17`; words of longer names are joined by `-` (`order-items`). English rules
 * make the plural; in other languages the two forms may stay apart.
 *
 * @param name a path segment, or the name of a parameter without its id suffix
 */
export function objectKind(name: string): string {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const kind = read(name);
  if (name.length <= MAX_CACHED) cache.set(name, kind);
  return kind;
}

function read(name: string): string {
  const text = decodeLeniently(name);
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return text.toLowerCase();
  const words = wordsOf(text.replace(ENDING, ''));
  let start = 0;
  let end = words.length;
  const by = words.indexOf('by');
  if (by > 0) end = by;
  while (end - start > 1 && VERBS.has(words[start]!)) start++;
  while (end - start > 1 && TAILS.has(words[end - 1]!)) end--;
  if (end === start) return text;
  const last = words[end - 1]!;
  return [...words.slice(start, end - 1), plural(last)].join('-');
}

/** English, for words that are not plurals yet; abbreviations and version numbers stay. */
function plural(word: string): string {
  if (word.length <= 2 || /\d/.test(word) || UNCHANGED.has(word)) return word;
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined) return irregular;
  if (word.endsWith('s')) return /(?:ss|us|is)$/.test(word) ? `${word}es` : word;
  if (/(?:x|z|ch|sh)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

const ENDING = /\.(?:php\d?|aspx?|do|action|jsp|jsf|json|xml|html?|cgi|pl)$/i;
const VERBS = new Set(
  'get fetch find load read show view list query lookup update edit delete remove create open download export print'.split(
    ' ',
  ),
);
const TAILS = new Set('id ids detail details info uuid guid'.split(' '));
const UNCHANGED = new Set('me media data series news info people children sms'.split(' '));
const IRREGULAR = new Map([
  ['person', 'people'],
  ['child', 'children'],
]);
