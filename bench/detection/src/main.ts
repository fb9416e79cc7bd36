import { writeFileSync } from 'node:fs';
import { bench } from './bench.js';
import { fail, readCommand, USAGE } from './options.js';
import { WORKER, work } from './pool.js';
import { drawCurves } from './report/curves.js';
import { rewriteBlock } from './report/docs-block.js';
import { writeDataSet } from './write.js';

if (process.argv[2] === WORKER) work();
else await main();

async function main(): Promise<void> {
  const { name, options } = readCommand(process.argv.slice(2));
  if (name === 'help') {
    console.log(USAGE);
    return;
  }
  const { service, seed } = options.runs[0]!;
  if (name === 'write') {
    const directory = options.out ?? fail('--out DIR is missing');
    await writeDataSet(options.runOptions(service, seed, options.forms[0]!, options.arms[0]!), directory);
    return;
  }
  const result = await bench(options);
  console.log(result.report);
  if (options.curves !== undefined) drawCurves(options.curves, result.scores);
  if (options.docs !== undefined) rewriteBlock(options.docs, options.kind, result.forDocs);
  if (options.out !== undefined) {
    writeFileSync(options.out, JSON.stringify(Object.fromEntries(result.scores), null, 1));
  }
}
