// Bundles the preload and the helpers to CommonJS, which loads by `--import`, `--require`, `import` and `require` alike
// and without a warning on every supported Node. @vedette/protocol goes into the bundle, as it is not published, and so
// does ipaddr.js, so that the package depends on nothing.
// With --declarations (before packing, after `tsc -b`) it also writes the types of the published entries.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('.', import.meta.url));
const entries = {
  register: 'register.ts',
  index: 'index.ts',
  otel: 'capture/otel.ts',
  'exit-worker': 'export/exit-worker.ts',
  doctor: 'doctor/bin.ts',
};

// One build for all entries, so that what they share (the running agent, a request's record) is one module.
const bundle = await rolldown({
  input: Object.fromEntries(Object.entries(entries).map(([name, source]) => [name, join(root, 'src', source)])),
  platform: 'node',
  external: [/^@opentelemetry\//],
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
  const written = new Set();
  for (const name of ['register', 'index']) writeDeclarations(name);

  /** Writes the types of a module, and of those that it names, for CommonJS. */
  function writeDeclarations(name) {
    if (written.has(name)) return;
    written.add(name);
    const source = readFileSync(join(root, 'dist', `${name}.d.ts`), 'utf8');
    if (source.includes("'@vedette/")) throw new Error(`${name}.d.ts names a package that is not published`);
    writeFileSync(join(root, 'dist', `${name}.d.cts`), source.replace(/(['"]\.[^'"]*)\.js(['"])/g, '$1.cjs$2'));
    for (const [, other] of source.matchAll(/['"](\.[^'"]*)\.js['"]/g))
      writeDeclarations(posix.join(posix.dirname(name), other));
  }
}
