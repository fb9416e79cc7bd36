// Bundles the preload and the helpers to CommonJS, which loads by `--import`, `--require`, `import` and `require` alike
// and without a warning on every supported Node. @vedette/protocol goes into the bundle: it is not published.
// Runs after `tsc -b`, whose declarations it takes over; does nothing where nothing has changed.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('.', import.meta.url));
const entries = { register: 'register.ts', index: 'index.ts', 'exit-worker': 'export/exit-worker.ts' };
const inputs = ['src', '../protocol/src', 'build.mjs'].map((path) => join(root, path));
const outputs = [...Object.keys(entries).map((name) => `${name}.cjs`), 'register.d.cts', 'index.d.cts', 'handle.d.cts'];

if (oldest(outputs.map((name) => join(root, 'dist', name))) < newest(inputs)) await build();

async function build() {
  for (const [name, source] of Object.entries(entries)) {
    const bundle = await rolldown({
      input: join(root, 'src', source),
      platform: 'node',
      external: [/^@opentelemetry\//, 'ipaddr.js'],
      resolve: { conditionNames: ['@vedette/source', 'node', 'import', 'default'] },
    });
    await bundle.write({ file: join(root, 'dist', `${name}.cjs`), format: 'cjs', exports: 'named', sourcemap: true });
    await bundle.close();
  }
  for (const name of ['register', 'index', 'handle']) {
    const declarations = readFileSync(join(root, 'dist', `${name}.d.ts`), 'utf8');
    writeFileSync(join(root, 'dist', `${name}.d.cts`), declarations.replaceAll("./handle.js'", "./handle.cjs'"));
  }
}

/** Newest modification time of the files below the paths, Unix ms. */
function newest(paths) {
  const times = paths.map((path) => {
    const stat = statSync(path);
    return stat.isDirectory() ? newest(readdirSync(path).map((name) => join(path, name))) : stat.mtimeMs;
  });
  return Math.max(0, ...times);
}

/** Oldest modification time of the paths, Unix ms; 0 if one is missing. */
function oldest(paths) {
  return Math.min(...paths.map((path) => (existsSync(path) ? statSync(path).mtimeMs : 0)));
}
