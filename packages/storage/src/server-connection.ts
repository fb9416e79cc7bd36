import { Readable } from 'node:stream';
import { ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import type { QueryParams } from './database.js';
import { storageError } from './errors.js';
import type { EncodedBody } from './server-encoding.js';
import type { ServerTarget } from './server-url.js';

/** One statement, with insert data where it has some. */
export interface ServerRequest extends Partial<EncodedBody> {
  readonly sql: string;
  readonly params?: QueryParams | undefined;
  readonly settings?: ClickHouseSettings;
  readonly signal?: AbortSignal;
}

export interface ServerConnection {
  /**
   * Runs a statement. @returns the whole answer
   *
   * @throws {@link ServerException} with what ClickHouse said, also where it said it behind half an answer; VedetteError
   * where something in front of the server spoke instead; otherwise the error of the connection
   */
  run(request: ServerRequest): Promise<string>;
  close(): Promise<void>;
}

/** An exception of ClickHouse. */
export class ServerException extends Error {
  /** Number in src/Common/ErrorCodes.cpp, as text. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** How much of an answer's end is searched for an exception, characters. */
const TAIL = 16_384;

export function connect(target: ServerTarget, { timeoutMs }: { timeoutMs: number }): ServerConnection {
  const client = createClient({
    url: target.origin,
    username: target.username,
    password: target.password,
    database: target.database,
    request_timeout: timeoutMs,
    application: 'vedette',
    // A connection that the server has closed meanwhile is found before it is used.
    keep_alive: { enabled: true, eagerly_destroy_stale_sockets: true },
    // Errors are thrown; who calls decides what to log.
    log: { level: ClickHouseLogLevel.OFF },
  });
  return {
    async run({ sql, params, data, encoding, settings, signal }) {
      const { stream, http_status_code, response_headers } = await client.exec({
        query: sql,
        query_params: { ...params },
        // The server then answers once it is done, and an error has a status of its own.
        clickhouse_settings: { wait_end_of_query: 1, ...settings },
        ignore_error_response: true,
        ...(data === undefined ? {} : { values: Readable.from([data], { objectMode: false }) }),
        ...(encoding == null ? {} : { http_headers: { 'Content-Encoding': encoding } }),
        ...(signal === undefined ? {} : { abort_signal: signal }),
      });
      return readAnswer(stream, {
        status: http_status_code ?? 200,
        code: String(response_headers['x-clickhouse-exception-code'] ?? ''),
        origin: target.origin,
      });
    },
    close: () => client.close(),
  };
}

interface AnswerHead {
  readonly status: number;
  /** Of the exception, from the header; empty without. */
  readonly code: string;
  readonly origin: string;
}

async function readAnswer(stream: Readable, { status, code, origin }: AnswerHead): Promise<string> {
  const chunks: Buffer[] = [];
  let broken: { error: unknown } | null = null;
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer);
  } catch (error) {
    broken = { error };
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const isFailure = status >= 300 || code !== '';
  if (isFailure || broken !== null || !isWhole(text)) {
    const exception = exceptionIn(text.slice(-TAIL), code);
    if (exception !== null) throw exception;
  }
  if (broken !== null) throw broken.error;
  if (isFailure) throw answeredByAnother(status, origin);
  return text;
}

/** Whether an answer is what was asked for: nothing, or JSON to its end. */
function isWhole(text: string): boolean {
  return text === '' || /^\s*\{[\s\S]*\}\s*$/.test(text) || !text.includes('DB::Exception');
}

/** `Code: 60. DB::Exception: … (UNKNOWN_TABLE) (version …)`, alone or behind rows that were written before. */
function exceptionIn(text: string, headerCode: string): ServerException | null {
  const found = /Code: (\d+)\. DB::Exception: ([\s\S]*?\([A-Z][A-Z0-9_]{3,}\)|[\s\S]*)/.exec(text);
  if (found === null) return headerCode === '' ? null : new ServerException(headerCode, text.trim() || 'no message');
  return new ServerException(headerCode || found[1]!, found[2]!.trim());
}

/** A proxy or balancer answered, or something that is no ClickHouse at all. Its text is not repeated: it may be anything. */
function answeredByAnother(status: number, origin: string): Error {
  const code = status === 401 || status === 403 ? 'VDT_STORAGE_DENIED' : 'VDT_STORAGE_UNREACHABLE';
  return storageError(code, `${origin} answered with status ${status}, and not as ClickHouse does`);
}
