// Builds what has changed, quietly: TypeScript projects, the agent's bundle, the dashboard's page. Standard output stays
// clean, because commands that print data (`vedette replay --alerts -`) run right after it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

// Benches are built only when they are run: node scripts/build.mjs bench/detection
run('tsc', ['-b', '.', ...process.argv.slice(2), '--pretty', 'false'], root);

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

/** Whether a built file is missing or older than one of its inputs. */
function isOutdated(built, inputs) {
  return !existsSync(built) || newest(inputs) > statSync(built).mtimeMs;
}

/** Newest modification time below the paths, Unix ms. */
function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    if (!existsSync(path)) continue;
    const stat = statSync(path);
    latest = Math.max(latest, stat.mtimeMs);
    if (stat.isDirectory()) latest = Math.max(latest, newest(readdirSync(path).map((name) => join(path, name))));
  }
  return latest;
}

function run(command, args, cwd) {
  const bin =
    [join(cwd, 'node_modules/.bin', command), join(root, 'node_modules/.bin', command)].find(existsSync) ?? command;
  const { status, stdout, stderr } = spawnSync(bin, args, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}\nbuild: ${command} ${args.join(' ')} failed in ${cwd}\n`);
  process.exit(1);
}
