import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drainPending, Session } from 'chdb';

/**
 * ClickHouse's HTTP interface, as far as `@clickhouse/client` uses it, in front of an embedded engine: for tests of the
 * server kind of storage where no ClickHouse server is at hand.
 *
 * Query in the body or in `?query=` (then the body is insert data), `database`, `param_…`, settings as URL parameters, Basic
 * authentication, errors with status, `X-ClickHouse-Exception-Code` and ClickHouse's text.
 */
export interface ClickHouseHttp {
  /** With user, password and the database `vedette_test`, which does not exist at first. */
  readonly url: string;
  /** What happens to the next request whose SQL matches, once: the connection breaks before or after it was executed. */
  breakNext(sql: RegExp, when: 'before' | 'after'): void;
  close(): Promise<void>;
}

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

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string;
}

export async function startClickHouseHttp(): Promise<ClickHouseHttp> {
  const path = mkdtempSync(join(tmpdir(), 'vedette-clickhouse-'));
  /** By database: a session keeps the database that it uses. */
  const sessions = new Map<string, Session>();
  let broken: { sql: RegExp; when: 'before' | 'after' } | null = null;

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

  async function execute(url: URL, sql: string, data: Buffer): Promise<Uint8Array> {
    const session = await sessionOf(url.searchParams.get('database') ?? 'default');
    const insert = /^\s*INSERT INTO (\w+) \(([^)]*)\) FORMAT (\w+)\s*$/.exec(sql);
    if (insert !== null && insert[3] === 'RowBinary') {
      const rows = join(path, `${randomUUID()}.rows`);
      writeFileSync(rows, data);
      try {
        await session.queryAsync(`INSERT INTO ${insert[1]} (${insert[2]}) SELECT * FROM file('${rows}', 'RowBinary')`);
      } finally {
        rmSync(rows);
      }
      return new Uint8Array();
    }
    if (insert !== null) {
      await session.insert({
        table: insert[1]!,
        columns: insert[2]!.split(',').map((column) => column.trim()),
        format: insert[3] as 'TSV',
        values: data,
        settings: Object.fromEntries(
          [...url.searchParams].filter(([name]) => !HTTP_ONLY.has(name) && !name.startsWith('param_')),
        ),
      });
      return new Uint8Array();
    }
    // As on the server, a parameter's text is read by the type that the query gives it.
    const params = [...url.searchParams]
      .filter(([name]) => name.startsWith('param_'))
      .map(([name, value]) => `SET ${name.replaceAll(/\W/g, '')} = '${value.replaceAll(/[\\']/g, '\\$&')}'; `);
    return (await session.queryAsync(params.join('') + sql)).bytes();
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const body = await readBody(request);
    const inUrl = url.searchParams.get('query');
    const sql = inUrl ?? body.toString('utf8');
    const breaking = broken?.sql.test(sql) ? broken.when : null;
    if (breaking !== null) broken = null;
    if (breaking === 'before') return void response.destroy();
    const answer = isAuthorized(request)
      ? await execute(url, sql, inUrl === null ? Buffer.alloc(0) : body).then(succeeded, failed)
      : failed(new Error(`Code: 516. DB::Exception: ${USER}: Authentication failed. (AUTHENTICATION_FAILED)`));
    if (breaking === 'after') return void response.destroy();
    send(response, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/vedette_test`,
    breakNext(sql, when) {
      broken = { sql, when };
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      for (const session of sessions.values()) session.close();
      await drainPending();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
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
  const code = Number(/Code: (\d+)/.exec(text)?.[1] ?? 0);
  const status = code === 516 ? 403 : code === 60 || code === 81 ? 404 : 500;
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=UTF-8', 'x-clickhouse-exception-code': String(code) },
    body: text.includes('DB::Exception') ? text : `Code: ${code}. DB::Exception: ${text} (UNKNOWN)`,
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}
