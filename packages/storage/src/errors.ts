import { VedetteError } from '@vedette/protocol';

/** Every code that storage gives to a {@link VedetteError}. */
export type StorageErrorCode =
  /** Another process holds the data directory. */
  | 'VDT_STORAGE_IN_USE'
  /** The database was written by a newer version. */
  | 'VDT_STORAGE_TOO_NEW'
  /** The server cannot be reached, or the connection broke. */
  | 'VDT_STORAGE_UNREACHABLE'
  /** User or password refused, or a right is missing. */
  | 'VDT_STORAGE_DENIED'
  /** No space left for data. */
  | 'VDT_STORAGE_FULL'
  /** The write queue is full; try again later. */
  | 'VDT_STORAGE_BUSY'
  /** A statement took longer than its limit. */
  | 'VDT_STORAGE_TIMEOUT'
  /** Storage was closed. */
  | 'VDT_STORAGE_CLOSED'
  /** An event, filter, cursor or option is not what the interface asks for. */
  | 'VDT_STORAGE_INVALID'
  /** Any other error of the database; see `cause`. */
  | 'VDT_STORAGE_FAILED';

export function storageError(code: StorageErrorCode, message: string, cause?: unknown): VedetteError {
  return new VedetteError(code, message, cause === undefined ? undefined : { cause });
}

/**
 * Codes of ClickHouse exceptions (src/Common/ErrorCodes.cpp) that mean something to a caller:
 * 159 TIMEOUT_EXCEEDED, 160 TOO_SLOW, 209 SOCKET_TIMEOUT, 243 NOT_ENOUGH_SPACE, 210 NETWORK_ERROR,
 * 192 UNKNOWN_USER, 193 WRONG_PASSWORD, 194 REQUIRED_PASSWORD, 497 ACCESS_DENIED, 516 AUTHENTICATION_FAILED.
 */
const BY_CLICKHOUSE_CODE: Readonly<Record<string, StorageErrorCode>> = {
  159: 'VDT_STORAGE_TIMEOUT',
  160: 'VDT_STORAGE_TIMEOUT',
  192: 'VDT_STORAGE_DENIED',
  193: 'VDT_STORAGE_DENIED',
  194: 'VDT_STORAGE_DENIED',
  209: 'VDT_STORAGE_TIMEOUT',
  210: 'VDT_STORAGE_UNREACHABLE',
  243: 'VDT_STORAGE_FULL',
  497: 'VDT_STORAGE_DENIED',
  516: 'VDT_STORAGE_DENIED',
};

/** What the operating system says while writing to a full disk, wherever ClickHouse reports it. */
const NO_SPACE = /No space left on device|ENOSPC|errno: 28\b/;

/** Node's error codes of a refused, broken or impossible connection. */
const TRANSPORT =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE|ERR_TLS_\w+|\w*CERT\w*)$/;

/**
 * Turns whatever the client threw into a {@link VedetteError}. The message keeps the first line of the database's own, without
 * what stands in quotes there: it may be a row.
 *
 * @param doing what was tried, as the beginning of a sentence: `cannot store request events`
 */
export function toStorageError(error: unknown, doing: string): VedetteError {
  if (error instanceof VedetteError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return storageError(storageCode(error, message), `${doing}: ${firstLine(message)}`, error);
}

function storageCode(error: unknown, message: string): StorageErrorCode {
  const code = codeOf(error) ?? '';
  const known = BY_CLICKHOUSE_CODE[code];
  if (known !== undefined) return known;
  if (NO_SPACE.test(message)) return 'VDT_STORAGE_FULL';
  // Any other number is an exception of ClickHouse, whose text may sound like a broken connection without being one.
  if (/^\d+$/.test(code)) return 'VDT_STORAGE_FAILED';
  if (TRANSPORT.test(code) || /Timeout error/i.test(message)) return 'VDT_STORAGE_UNREACHABLE';
  return 'VDT_STORAGE_FAILED';
}

/** ClickHouse's numeric exception code as text, a Node system error code, or `null`. */
export function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' || typeof error.code === 'number' ? String(error.code) : null;
}

/** Quoted text, also where the line was cut before its end. */
const QUOTED = /(?<![A-Za-z0-9])(['"])(?:\\.|(?!\1)[^\\])*(?:\1|\\?$)/g;

function firstLine(message: string): string {
  const line = (message.split('\n', 1)[0] ?? '').replaceAll(QUOTED, '$1…$1');
  return line.length > 500 ? `${line.slice(0, 500)}…` : line;
}
