// Runs the compatibility matrix and writes its table into the README: every framework, on every supported Node, loaded in
// every way. Nodes and frameworks are installed into a folder outside the repository; see matrix/run.ts.
// Usage: node packages/agent/test/matrix.mjs [--only WORD]
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(fileURLToPath(import.meta.url));
const bundle = await rolldown({
  input: join(root, 'matrix/run.ts'),
  platform: 'node',
  external: ['protobufjs'],
  transform: { target: 'node20' },
});
const file = join(root, '../dist/matrix/run.mjs');
await bundle.write({ file, format: 'esm' });
await bundle.close();
const { runMatrix } = await import(file);
const only = process.argv[process.argv.indexOf('--only') + 1];
process.exitCode = await runMatrix({
  packageRoot: join(root, '..'),
  only: process.argv.includes('--only') ? only : '',
});
