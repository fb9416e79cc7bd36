// Bundles the preload and the helpers to CommonJS, which loads by `--import`, `--require`, `import` and `require` alike
// and without a warning on every supported Node. @vedette/protocol goes into the bundle: it is not published.
// With --declarations (before packing, after `tsc -b`) it also writes the types of the published entries.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('.', import.meta.url));
const entries = {
  register: 'register.ts',
  index: 'index.ts',
  otel: 'capture/otel.ts',
  'exit-worker': 'export/exit-worker.ts',
};

// One build for all entries, so that what they share (the running agent, a request's record) is one module.
const bundle = await rolldown({
  input: Object.fromEntries(Object.entries(entries).map(([name, source]) => [name, join(root, 'src', source)])),
  platform: 'node',
  external: [/^@opentelemetry\//, 'ipaddr.js'],
  resolve: { conditionNames: ['@vedette/source', 'node', 'import', 'default'] },
});
await bundle.write({
  dir: join(root, 'dist'),
  format: 'cjs',
  exports: 'named',
  sourcemap: true,
  entryFileNames: '[name].cjs',
  chunkFileNames: 'chunk-[name].cjs',
});
await bundle.close();

if (process.argv.includes('--declarations')) {
  for (const name of ['register', 'index', 'handle']) {
    const declarations = readFileSync(join(root, 'dist', `${name}.d.ts`), 'utf8');
    writeFileSync(join(root, 'dist', `${name}.d.cts`), declarations.replaceAll("./handle.js'", "./handle.cjs'"));
  }
}
