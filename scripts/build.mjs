// Builds what has changed, quietly: every package's sources to its dist, the agent's bundle, the dashboard's page.
//
// Types are not checked here but by `pnpm check`: a person who tries the demo waits one second for it, not thirty.
// Standard output stays clean, because commands that print data (`vedette replay --alerts -`) run right after it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'rolldown/utils';

const root = fileURLToPath(new URL('..', import.meta.url));

for (const group of ['packages', 'apps', 'examples', 'bench']) {
  for (const name of readdirSync(join(root, group))) {
    const folder = join(root, group, name);
    if (existsSync(join(folder, 'tsconfig.json')) && name !== 'dashboard') transpile(folder);
  }
}

const protocol = join(root, 'packages/protocol/src');

const agent = join(root, 'packages/agent');
if (isOutdated(join(agent, 'dist/register.cjs'), [join(agent, 'src'), join(agent, 'build.mjs'), protocol])) {
  run('node', ['build.mjs'], agent);
}

const dashboard = join(root, 'apps/dashboard');
const pageSources = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json'].map((name) =>
  join(dashboard, name),
);
if (isOutdated(join(dashboard, 'dist/index.html'), [...pageSources, protocol])) {
  run('vite', ['build', '--logLevel', 'warn'], dashboard);
}

/** Strips the types of each source into dist, where it is missing or older, and removes what has no source any more. */
function transpile(folder) {
  const wanted = new Set();
  for (const source of filesBelow(join(folder, 'src'))) {
    if (!source.endsWith('.ts') || source.endsWith('.test.ts') || source.endsWith('.d.ts')) continue;
    const built = join(folder, 'dist', source.slice(join(folder, 'src').length, -3));
    wanted.add(built);
    if (!isOutdated(`${built}.js`, [source])) continue;
    const { code, map, errors } = transformSync(source, readFileSync(source, 'utf8'), {
      tsconfig: false,
      sourcemap: true,
      target: 'es2023',
      typescript: { onlyRemoveTypeImports: true },
    });
    if (errors.length > 0) fail(errors.map((error) => error.message).join('\n'), source);
    mkdirSync(dirname(built), { recursive: true });
    writeFileSync(`${built}.js`, `${code}//# sourceMappingURL=${basename(built)}.js.map\n`);
    writeFileSync(`${built}.js.map`, JSON.stringify(map));
  }
  for (const built of filesBelow(join(folder, 'dist'))) {
    if (built.endsWith('.js') && !wanted.has(built.slice(0, -3))) rmSync(built);
  }
}

/** Whether a built file is missing or older than one of its inputs. */
function isOutdated(built, inputs) {
  return !existsSync(built) || newest(inputs) > statSync(built).mtimeMs;
}

/** Newest modification time below the paths, Unix ms. */
function newest(paths) {
  return Math.max(
    0,
    ...paths
      .filter(existsSync)
      .flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path) : [path]))
      .map((file) => statSync(file).mtimeMs),
  );
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function run(command, args, cwd) {
  const bin = [join(cwd, 'node_modules/.bin', command), join(root, 'node_modules/.bin', command)].find(existsSync);
  const { status, stdout, stderr } = spawnSync(bin ?? command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) fail(`${stdout ?? ''}${stderr ?? ''}`, `${command} ${args.join(' ')}`);
}

function fail(message, where) {
  process.stderr.write(`${message}\nbuild: failed at ${where}\n`);
  process.exit(1);
}
