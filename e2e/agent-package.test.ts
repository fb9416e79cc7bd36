import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// The agent as its users get it: packed, installed by npm or pnpm into a project that knows nothing of this one.

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

/** Largest size of the installed package with all that it depends on, bytes. */
const MAX_INSTALLED_BYTES = 5_000_000;

/** A service that answers one request of its own, then ends by itself; the agent sends before it does. */
const CALL_YOURSELF = `.listen(0, '127.0.0.1', function () {
  get({ port: this.address().port, path: '/orders/42' }, (answer) => answer.resume().on('end', () => this.close()));
});`;
const COMMON_JS = `const { createServer, get } = require('node:http');
const { status } = require('@vedette/agent');
if (!status().capturing) throw new Error('not capturing');
createServer((request, response) => response.end('hello'))${CALL_YOURSELF}`;
const ES_MODULE = `import { createServer, get } from 'node:http';
import { status } from '@vedette/agent';
if (!status().capturing) throw new Error('not capturing');
createServer((request, response) => response.end('hello'))${CALL_YOURSELF}`;
const TYPED = `import { flush, status, type AgentStatus } from '@vedette/agent';
import '@vedette/agent/register';
export const delivered: Promise<boolean> = flush(1_000);
const counts: AgentStatus | undefined = status();
// @ts-expect-error a count is a number
export const wrong: string = counts!.waiting;
`;

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vedette-package-'));
  await run('npx', ['-y', 'pnpm@12', '--dir', join(root, 'packages/agent'), 'pack', '--pack-destination', folder], {
    cwd: root,
  });
  const [name] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));
  tarball = join(folder, name ?? 'missing');
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(['npm', 'pnpm'])('installed by %s', (manager) => {
  let project: string;

  beforeAll(async () => {
    project = await mkdtemp(join(folder, `${manager}-`));
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'foreign', version: '1.2.3' }));
    await writeFile(join(project, 'app.cjs'), COMMON_JS);
    await writeFile(join(project, 'app.mjs'), ES_MODULE);
    await writeFile(join(project, 'typed.mts'), TYPED);
    await writeFile(join(project, 'typed.cts'), TYPED);
    if (manager === 'npm')
      await run('npm', ['install', '--no-audit', '--no-fund', '--offline', tarball], { cwd: project });
    else await run('npx', ['-y', 'pnpm@12', 'add', '--offline', tarball], { cwd: project });
  }, 120_000);

  test.each([
    ['app.cjs', '--require'],
    ['app.cjs', '--import'],
    ['app.mjs', '--require'],
    ['app.mjs', '--import'],
  ])('%s with %s sends its request', async (app, flag) => {
    const received = await receive((url) =>
      run(process.execPath, [flag, '@vedette/agent/register', app], {
        cwd: project,
        env: { PATH: process.env.PATH, VEDETTE_URL: url, VEDETTE_PSEUDONYM_KEY: 'key' },
      }).then(({ stdout, stderr }) => expect(stdout + stderr).toBe('')),
    );
    expect(received).toContain('/orders/42');
    expect(received).toContain('foreign');
  });

  test('has types for CommonJS and for ES modules', async () => {
    const compilerOptions = { noEmit: true, strict: true, module: 'nodenext', target: 'es2023', types: [] };
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['typed.mts', 'typed.cts'] }),
    );
    const { stdout } = await run(join(root, 'node_modules/.bin/tsc'), [], { cwd: project }).catch((error) => error);
    expect(stdout).toBe('');
  });

  test('is small, and runs nothing at its installation', async () => {
    expect(await sizeOf(join(project, 'node_modules'))).toBeLessThan(MAX_INSTALLED_BYTES);
    const manifest = JSON.parse(await readFile(join(project, 'node_modules/@vedette/agent/package.json'), 'utf8'));
    expect(Object.keys(manifest.dependencies ?? {})).toEqual([]);
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
      expect(manifest.scripts ?? {}).not.toHaveProperty(script);
    }
  });
});

/** Everything that is sent to the address while `during` runs, as text. */
async function receive(during: (url: string) => Promise<unknown>): Promise<string> {
  let text = '';
  const server = createServer((request, response) => {
    request.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await during(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await new Promise((resolve) => server.close(resolve));
  return text;
}

/** Bytes of all files below a folder. */
async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
