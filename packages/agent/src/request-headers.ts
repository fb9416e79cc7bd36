import type { SenderFacts } from './enrichment/sender.js';
import { Memo } from './memo.js';

/** What the agent reads of a request's headers, in one pass; `''` where a header is missing. */
export class RequestHeaders {
  host = '';
  userAgent = '';
  authorization = '';
  /** All `Cookie` headers, joined as Node joins them. */
  cookie = '';
  /** The most telling header that holds an API key. */
  apiKey = '';
  contentType = '';
  contentEncoding = '';
  /** Declared length of the body, bytes; -1 where none is declared or it is no number. */
  contentLength = -1;
  isChunked = false;
  traceparent = '';
  /** Values of the header in which proxies give the client's address, joined by commas. */
  forwarded = '';
  /** Hash of how the client writes its requests, see {@link scanHeaders}; unsigned 32 bits. */
  fingerprint = 0;
  /** Whether a connection has sent them more than once, so that keeping what is derived from them pays. */
  repeated = false;
  /** What enrichment derived from them, once they were repeated. */
  sender: SenderFacts | undefined = undefined;
}

/** Where the value of a header goes; `''` for headers that are not read. */
type Slot =
  | ''
  | 'host'
  | 'userAgent'
  | 'authorization'
  | 'cookie'
  | 'contentType'
  | 'contentEncoding'
  | 'contentLength'
  | 'transferEncoding'
  | 'traceparent'
  | 'apiKey';

/** What a header's name means here. */
interface KnownName {
  readonly slot: Slot;
  /** Among API-key headers: the smaller, the more telling. */
  readonly rank: number;
  /** Whether a client sends it with every request, so that its place and spelling tell clients apart, not requests. */
  readonly stable: boolean;
  /** Whether its value belongs to the client's make. */
  readonly valued: boolean;
  readonly lowerCase: string;
  /** FNV-1a of the name as it was spelled. */
  readonly hash: number;
}

const SLOTS = new Map<string, Slot>(
  Object.entries({
    host: 'host',
    ':authority': 'host',
    'user-agent': 'userAgent',
    authorization: 'authorization',
    cookie: 'cookie',
    'content-type': 'contentType',
    'content-encoding': 'contentEncoding',
    'content-length': 'contentLength',
    'transfer-encoding': 'transferEncoding',
    traceparent: 'traceparent',
  } as const),
);
let apiKeyHeaders: readonly string[] = ['x-api-key', 'api-key', 'apikey', 'x-apikey', 'x-auth-token', 'x-access-token'];
const STABLE_HEADERS = new Set(
  (
    'host connection user-agent accept accept-language accept-encoding accept-charset sec-ch-ua sec-ch-ua-mobile ' +
    'sec-ch-ua-platform dnt sec-gpc te'
  ).split(' '),
);
const VALUED_HEADERS = new Set(['accept-language', 'accept-encoding', 'sec-ch-ua-platform', 'sec-ch-ua-mobile']);

/** Pairs of the raw header list that are looked at for the fingerprint. */
const MAX_FINGERPRINT_HEADERS = 64;
/** Characters of a value that enter the fingerprint. */
const MAX_HASHED = 128;

const FNV_OFFSET = 2166136261;
const FNV_PRIME = 16777619;

/**
 * Reads the raw header list once: no object of all headers is built, which Node itself does only for services that ask.
 *
 * The fingerprint is a hash of the names of a client's constant headers in their order and spelling, the values that
 * belong to its make, the first product of its user agent without version, and the HTTP version (FNV-1a over the FNV-1a
 * hashes of the parts). Tools and libraries differ in it even where the user agent is forged.
 *
 * @param raw names and values alternating, as Node gives them (`rawHeaders`)
 * @param forwardedName lower-case name of the header in which proxies give the client's address
 */
export function scanHeaders(raw: readonly string[], httpVersion: string, forwardedName: string): RequestHeaders {
  const headers = new RequestHeaders();
  let fingerprint = mix(FNV_OFFSET, hashText(httpVersion, httpVersion.length));
  let keyRank = Number.POSITIVE_INFINITY;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = spellings.of(raw[i] as string);
    const value = raw[i + 1] as string;
    if (name.stable && i < 2 * MAX_FINGERPRINT_HEADERS) {
      fingerprint = mix(fingerprint, name.hash);
      if (name.valued) fingerprint = mix(fingerprint, hashText(value, value.length));
      else if (name.slot === 'userAgent') fingerprint = mix(fingerprint, hashText(value, productLength(value)));
    }
    switch (name.slot) {
      case 'cookie':
        headers.cookie = headers.cookie === '' ? value : `${headers.cookie}; ${value}`;
        break;
      case 'contentLength':
        headers.contentLength = /^\d{1,15}$/.test(value) ? Number(value) : -1;
        break;
      case 'transferEncoding':
        headers.isChunked = true;
        break;
      case 'apiKey':
        if (name.rank < keyRank && value !== '') {
          keyRank = name.rank;
          headers.apiKey = value;
        }
        break;
      case 'host':
        headers.host ||= value;
        break;
      case 'userAgent':
        headers.userAgent ||= value;
        break;
      case 'authorization':
        headers.authorization ||= value;
        break;
      case 'contentType':
        headers.contentType ||= value;
        break;
      case 'contentEncoding':
        headers.contentEncoding ||= value;
        break;
      case 'traceparent':
        headers.traceparent ||= value;
        break;
    }
    if (name.lowerCase === forwardedName) {
      headers.forwarded = headers.forwarded === '' ? value : `${headers.forwarded},${value}`;
    }
  }
  headers.fingerprint = fingerprint >>> 0;
  return headers;
}

/** Lets headers of these lower-case names hold API keys, more telling than the usual ones; before the first request. */
export function nameApiKeyHeaders(names: readonly string[]): void {
  apiKeyHeaders = [...names, ...apiKeyHeaders];
  spellings.forget();
}

/** Clients have few spellings, and who sends more only costs himself a little time. */
const spellings = new Memo({ entries: 512, length: 64 }, (spelling): KnownName => {
  const lowerCase = spelling.toLowerCase();
  const rank = apiKeyHeaders.indexOf(lowerCase);
  const slot = SLOTS.get(lowerCase) ?? '';
  return {
    slot: rank >= 0 ? 'apiKey' : slot,
    rank,
    stable: STABLE_HEADERS.has(lowerCase),
    valued: VALUED_HEADERS.has(lowerCase),
    lowerCase,
    hash: hashText(spelling, spelling.length),
  };
});

/** Length of the first product name of a user agent, without its version. */
function productLength(userAgent: string): number {
  let length = 0;
  while (length < userAgent.length && length < 64) {
    const code = userAgent.charCodeAt(length);
    if (code === 0x2f || code <= 0x20) break;
    length++;
  }
  return length;
}

function hashText(text: string, length: number): number {
  let hash = FNV_OFFSET;
  const end = Math.min(length, MAX_HASHED);
  for (let i = 0; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return hash;
}

/** Takes the four bytes of `part` into the hash. */
function mix(hash: number, part: number): number {
  let mixed = Math.imul(hash ^ (part & 0xff), FNV_PRIME);
  mixed = Math.imul(mixed ^ ((part >>> 8) & 0xff), FNV_PRIME);
  mixed = Math.imul(mixed ^ ((part >>> 16) & 0xff), FNV_PRIME);
  return Math.imul(mixed ^ (part >>> 24), FNV_PRIME);
}

/** Whether two raw header lists say the same, so that what was read of the one holds for the other. */
export function sameHeaders(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
