import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { Receiver } from '../receiver.js';
import { Service, type ServiceOptions } from '../service.js';
import { until } from '../until.js';
import { SUBJECTS, type Subject } from './subjects.js';
import { type NodeBinary, openWorkshop, type Workshop } from './workshop.js';

/** How an entry is written and the agent loaded. */
interface Way {
  readonly ending: string;
  readonly preload: NonNullable<ServiceOptions['preload']>;
  readonly flags?: readonly string[];
}

const WAYS: readonly Way[] = [
  ...(['cjs', 'mjs'] as const).flatMap((ending) =>
    (['require', 'import', 'node-options'] as const).map((preload) => ({ ending, preload })),
  ),
  { ending: 'mts', preload: 'import', flags: ['--import', 'tsx'] },
];

const BEGIN = '<!-- matrix: written by test/matrix.mjs -->';
const END = '<!-- end of matrix -->';

/**
 * Runs every framework on every Node, loaded in every way, and writes the table into the package's README.
 *
 * @returns 0 where everything passed, else 1
 */
export async function runMatrix(options: { readonly packageRoot: string; readonly only: string }): Promise<number> {
  const workshop = openWorkshop(options.packageRoot);
  const subjects = SUBJECTS.filter(({ title }) => title.toLowerCase().includes(options.only.toLowerCase()));
  const failures: string[] = [];
  const rows: string[][] = [];
  for (const subject of subjects) {
    const cells = await Promise.all(workshop.nodes.map((node) => runCell(subject, node, { workshop, failures })));
    const folder = subject.program ? join(workshop.folder, subject.program.folder) : workshop.folder;
    rows.push([subject.title, workshop.versionOf(subject.package, folder), ...cells]);
    process.stdout.write(`${rows.at(-1)?.join(' | ')}\n`);
  }
  for (const failure of failures) process.stdout.write(`${failure}\n`);
  if (options.only === '') writeTable(join(options.packageRoot, 'README.md'), workshop.nodes, rows);
  return failures.length === 0 ? 0 : 1;
}

async function runCell(
  subject: Subject,
  node: NodeBinary,
  { workshop, failures }: { readonly workshop: Workshop; readonly failures: string[] },
): Promise<string> {
  const ways = subject.program ? WAYS.filter(({ ending }) => ending === 'cjs') : WAYS;
  let passed = 0;
  for (const way of ways) {
    try {
      await runOnce(subject, way, { node: node.path, folder: workshop.folder });
      passed++;
    } catch (error) {
      const where = `${subject.title}, Node ${node.version}, ${subject.program ? '' : way.ending} ${way.preload}`;
      failures.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return `${passed}/${ways.length}`;
}

/** Starts a service, asks for each route, logs in, and looks at the spans and at what the agent wrote. */
async function runOnce(
  subject: Subject,
  way: Way,
  place: { readonly node: string; readonly folder: string },
): Promise<void> {
  await using receiver = await Receiver.start();
  const { program } = subject;
  await using service = await Service.start({
    app: program ? subject.app : `${subject.app}.${way.ending}`,
    folder: program ? join(place.folder, program.folder) : place.folder,
    node: place.node,
    preload: way.preload,
    flags: way.flags ?? [],
    env: { VEDETTE_URL: receiver.url, NODE_NO_WARNINGS: '1' },
    ...(program ? { args: program.args, listening: program.listening } : {}),
  });
  const ask = subject.http2 ? askHttp2 : askHttp1;
  const account = JSON.stringify({ email: 'bob@example.com', password: 'correct' });
  for (const path of Object.keys(subject.routes)) await ask(service.url, path, undefined);
  await ask(service.url, subject.login, account);
  const expected = Object.keys(subject.routes).length + 1;
  const spans = await until(() => (receiver.spans.length >= expected ? receiver.spans : undefined));
  if (spans.length !== expected) throw new Error(`${spans.length} spans for ${expected} requests`);
  for (const { attributes } of spans) {
    const path = String(attributes['url.path']);
    if (Number(attributes['http.response.body.size']) <= 0) throw new Error(`${path}: no size`);
    if (attributes['client.address'] !== '127.0.0.1') throw new Error(`${path}: no client`);
    if (path === subject.login) {
      const { 'vedette.auth.event': event, 'vedette.auth.outcome': outcome } = attributes;
      if (event !== 'login' || outcome !== 'success') throw new Error(`${path}: ${event} ${outcome}`);
    } else if ((attributes['http.route'] ?? '') !== subject.routes[path]) {
      throw new Error(`${path}: route ${attributes['http.route']}`);
    }
  }
  if (service.warnings.length > 0) throw new Error(service.warnings.join('; '));
}

const JSON_TYPE = { 'content-type': 'application/json' };

async function askHttp1(url: string, path: string, body: string | undefined): Promise<void> {
  const response = await fetch(url + path, body === undefined ? {} : { method: 'POST', headers: JSON_TYPE, body });
  await response.arrayBuffer();
}

async function askHttp2(url: string, path: string, body: string | undefined): Promise<void> {
  const session = connect(url);
  const method = body === undefined ? 'GET' : 'POST';
  const stream = session.request({ ':path': path, ':method': method, ...(body === undefined ? {} : JSON_TYPE) });
  stream.end(body);
  stream.resume();
  await once(stream, 'close');
  session.close();
}

function writeTable(file: string, nodes: readonly NodeBinary[], rows: readonly (readonly string[])[]): void {
  const head = ['', 'version', ...nodes.map(({ version }) => `Node ${version}`)];
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...table.map((cells) => (cells[column] ?? '').length)));
  const line = (cells: readonly string[], fill: string): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, fill)).join(' | ')} |`;
  const lines = [line(head, ' '), line([], '-'), ...rows.map((cells) => line(cells, ' '))];
  const text = readFileSync(file, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${file} has no place for the table`);
  writeFileSync(file, `${before}${BEGIN}\n\n${lines.join('\n')}\n\n${END}${after}`);
}
