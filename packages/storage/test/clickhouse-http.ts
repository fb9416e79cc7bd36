import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { drainPending, Session } from 'chdb';

/**
 * ClickHouse's HTTP interface, as far as `@clickhouse/client` uses it, in front of an embedded engine: for tests of the
 * server kind of storage where no ClickHouse server is at hand.
 *
 * Query in the body or in `?query=` (then the body is insert data, as it is or compressed), `database`, `param_…`, settings as
 * URL parameters, Basic authentication, errors with status, `X-ClickHouse-Exception-Code` and ClickHouse's text.
 */
export interface ClickHouseHttp {
  /** With user, password and the database `vedette_test`, which does not exist at first. */
  readonly url: string;
  readonly password: string;
  /** What was asked for, the newest last. */
  readonly requests: readonly SeenRequest[];
  /** What happens to the next request whose SQL matches, once. */
  failNext(sql: RegExp, fault: Fault): void;
  /** Holds back the answers to requests whose SQL matches until the function that it returns is called. */
  hold(sql: RegExp): () => void;
  /** As at the end of the server's process: connections break, further ones are refused; the data stay. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface SeenRequest {
  readonly sql: string;
  readonly encoding: string | undefined;
  readonly token: string | null;
}

export type Fault =
  /** The connection breaks before or after the statement ran. */
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' }
  /** ClickHouse says no, before or after the statement ran. */
  | { readonly kind: 'exception'; readonly code: number; readonly name: string; readonly when: 'before' | 'after' }
  /**
   * Status 200 and half of the answer, then an exception in the body: as plain text (until 25.10), or between markers and
   * with the connection broken behind it (since 25.11).
   */
  | { readonly kind: 'halfway'; readonly code: number; readonly name: string; readonly style: 'text' | 'marker' }
  /** Something between answers, and the statement may or may not have run. */
  | { readonly kind: 'proxy'; readonly status: number; readonly when: 'before' | 'after' };

/** Without a meaning for the embedded engine. */
const HTTP_ONLY = new Set([
  'query',
  'query_id',
  'session_id',
  'database',
  'wait_end_of_query',
  'default_format',
  'role',
]);

const USER = 'vedette';
const PASSWORD = 'p:ss/w@rd ü';
const MAX_SEEN = 1000;

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string;
}

export async function startClickHouseHttp(): Promise<ClickHouseHttp> {
  const path = mkdtempSync(join(tmpdir(), 'vedette-clickhouse-'));
  const engine = openEngine(path);
  const requests: SeenRequest[] = [];
  let planned: { sql: RegExp; fault: Fault } | null = null;
  const held: { sql: RegExp; until: Promise<void> }[] = [];

  async function answerTo(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const body = await readBody(request);
    const inUrl = url.searchParams.get('query');
    const sql = inUrl ?? body.toString('utf8');
    const token = url.searchParams.get('insert_deduplication_token');
    requests.push({ sql, encoding: request.headers['content-encoding'], token });
    if (requests.length > MAX_SEEN) requests.shift();
    const fault = planned?.sql.test(sql) ? planned.fault : null;
    if (fault !== null) planned = null;

    const early = fault !== null && 'when' in fault && fault.when === 'before' ? fault : null;
    if (early !== null) return misbehave(response, early, null);
    const answer = isAuthorized(request)
      ? await engine.execute(url, sql, inUrl === null ? Buffer.alloc(0) : body).then(succeeded, failed)
      : exception(516, `${USER}: Authentication failed. (AUTHENTICATION_FAILED)`);
    for (const one of held.filter((holding) => holding.sql.test(sql))) await one.until;
    if (fault !== null) return misbehave(response, fault, answer);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  let server: Server;
  let port = 0;
  async function listen(): Promise<void> {
    server = createServer((request, response) => {
      answerTo(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    port = (server.address() as AddressInfo).port;
  }
  async function stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
  await listen();

  return {
    url: `http://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/vedette_test`,
    password: PASSWORD,
    requests,
    failNext(sql, fault) {
      planned = { sql, fault };
    },
    hold(sql) {
      let release!: () => void;
      const holding = { sql, until: new Promise<void>((resolve) => (release = resolve)) };
      held.push(holding);
      return () => {
        held.splice(held.indexOf(holding), 1);
        release();
      };
    },
    stop,
    start: listen,
    async close() {
      if (server.listening) await stop();
      await engine.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function openEngine(path: string) {
  /** By database: a session keeps the database that it uses. */
  const sessions = new Map<string, Session>();

  async function sessionOf(database: string): Promise<Session> {
    const known = sessions.get(database);
    if (known !== undefined) return known;
    const session = new Session(path);
    try {
      await session.queryAsync(`USE ${database.replaceAll(/\W/g, '')}`);
    } catch (error) {
      session.close();
      throw error;
    }
    sessions.set(database, session);
    return session;
  }

  /** The embedded engine takes this format from a file only; a server, that reads it as it comes, needs no forcing. */
  async function insertRowBinary(
    session: Session,
    { into, settings, data }: { into: string; settings: Record<string, string>; data: Buffer },
  ): Promise<void> {
    const rows = join(path, `${randomUUID()}.rows`);
    writeFileSync(rows, data);
    const set = Object.entries({ ...settings, deduplicate_insert_select: 'force_enable' })
      .map(([name, value]) => `${name} = '${value.replaceAll(/[\\']/g, '')}'`)
      .join(', ');
    try {
      await session.queryAsync(`INSERT INTO ${into} SETTINGS ${set} SELECT * FROM file('${rows}', 'RowBinary')`);
    } finally {
      rmSync(rows);
    }
  }

  return {
    async execute(url: URL, sql: string, data: Buffer): Promise<Uint8Array> {
      const session = await sessionOf(url.searchParams.get('database') ?? 'default');
      const insert = /^\s*INSERT INTO (\w+) \(([^)]*)\) FORMAT (\w+)\s*$/.exec(sql);
      if (insert !== null) {
        const [, table, columns, format] = insert as unknown as [string, string, string, string];
        const settings = Object.fromEntries(
          [...url.searchParams].filter(([name]) => !HTTP_ONLY.has(name) && !name.startsWith('param_')),
        );
        if (format === 'RowBinary') await insertRowBinary(session, { into: `${table} (${columns})`, settings, data });
        else {
          await session.insert({
            table,
            columns: columns.split(',').map((column) => column.trim()),
            format: format as 'TSV',
            values: data,
            settings,
          });
        }
        return new Uint8Array();
      }
      // As on the server, a parameter's text is read by the type that the query gives it.
      const params = [...url.searchParams]
        .filter(([name]) => name.startsWith('param_'))
        .map(([name, value]) => `SET ${name.replaceAll(/\W/g, '')} = '${value.replaceAll(/[\\']/g, '\\$&')}'; `);
      return (await session.queryAsync(params.join('') + sql)).bytes();
    },
    async close() {
      for (const session of sessions.values()) session.close();
      await drainPending();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(body) : body;
}

function isAuthorized(request: IncomingMessage): boolean {
  const expected = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
  return request.headers.authorization === expected;
}

function succeeded(body: Uint8Array): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

function failed(error: unknown): Answer {
  const text = error instanceof Error ? error.message : String(error);
  const found = /Code: (\d+)\. DB::Exception: ([\s\S]*)/.exec(text);
  return found === null ? exception(1002, `${text} (UNKNOWN_EXCEPTION)`) : exception(Number(found[1]), found[2]!);
}

function exception(code: number, text: string): Answer {
  return {
    status: code === 516 ? 403 : code === 60 || code === 81 ? 404 : 500,
    headers: { 'content-type': 'text/plain; charset=UTF-8', 'x-clickhouse-exception-code': String(code) },
    body: exceptionText(code, text),
  };
}

function exceptionText(code: number, text: string): string {
  return `Code: ${code}. DB::Exception: ${text} (version 26.3.1.1 (official build))\n`;
}

function misbehave(response: ServerResponse, fault: Fault, answer: Answer | null): void {
  switch (fault.kind) {
    case 'drop':
      response.destroy();
      return;
    case 'exception': {
      const said = exception(fault.code, `Planned by a test. (${fault.name})`);
      response.writeHead(said.status, said.headers).end(said.body);
      return;
    }
    case 'proxy':
      response.writeHead(fault.status, { 'content-type': 'text/html' }).end('<html>Bad gateway</html>');
      return;
    case 'halfway': {
      const body = Buffer.from(answer?.body ?? '');
      const text = exceptionText(fault.code, `Planned by a test. (${fault.name})`);
      if (fault.style === 'text') {
        response.writeHead(200, answer?.headers);
        response.write(body.subarray(0, body.length / 2));
        response.end(text);
        return;
      }
      const tag = 'abcdefghijklmnop';
      response.writeHead(200, { ...answer?.headers, 'x-clickhouse-exception-tag': tag });
      response.write(body.subarray(0, body.length / 2));
      response.write(
        `\r\n__exception__\r\n${tag}\r\n${text}${text.length} ${tag}\r\n__exception__\r\n`,
        // Broken, not ended, once the client has it: so it cannot take the answer for a whole one.
        () => response.destroy(),
      );
    }
  }
}
