import { storageError } from './errors.js';

/** Where a ClickHouse server is, and how to speak to it. */
export interface ServerTarget {
  /** Without user and password, for messages. */
  readonly origin: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** `auto` compresses inserts unless the server is on this machine. */
  readonly compression: 'auto' | 'none' | 'gzip' | 'zstd';
}

const COMPRESSIONS = ['auto', 'none', 'gzip', 'zstd'] as const;

/**
 * Reads `http(s)://user:password@host:port/database?compression=…`. User `default`, database `vedette` and compression
 * `auto` are the defaults; special characters in user and password are percent-encoded.
 *
 * @throws VedetteError `VDT_STORAGE_INVALID`, whose message holds no part of the URL: it may contain a password
 */
export function parseServerUrl(text: string): ServerTarget {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw storageError('VDT_STORAGE_INVALID', 'the ClickHouse URL must be http(s)://user:password@host:port/database');
  }
  const database = decode(url.pathname.slice(1)) || 'vedette';
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(database)) {
    throw storageError('VDT_STORAGE_INVALID', 'the database in the ClickHouse URL must be a plain name');
  }
  const compression = COMPRESSIONS.find((one) => one === (url.searchParams.get('compression') ?? 'auto'));
  if (compression === undefined || [...url.searchParams.keys()].some((name) => name !== 'compression')) {
    throw storageError(
      'VDT_STORAGE_INVALID',
      `after the question mark of the ClickHouse URL only compression=${COMPRESSIONS.join('|')} may stand`,
    );
  }
  return {
    origin: url.origin,
    username: decode(url.username) || 'default',
    password: decode(url.password),
    database,
    compression,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    const message = 'a percent sign in the user, password or database of the ClickHouse URL must be written %25';
    throw storageError('VDT_STORAGE_INVALID', message, cause);
  }
}
