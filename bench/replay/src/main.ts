import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Cost, measure, run } from './process-cost.js';

const USAGE = `Replay bench: requests a second through the real command, CPU time of each thread, memory.

  node bench/replay/dist/main.js [options]
    --events N     requests in the files, roughly (default 1000000)
    --service S    service of bench/detection whose traffic is written (default shop)
    --dir DIR      where the files are written, and found again (default a temporary folder, removed afterwards)
    --gzip         also from gzip

Each file is read twice: through the command (reading and detection), and with nobody who does anything with the events
(what reading alone reaches). Run it on an idle machine with two cores: the pace is that of the slower thread. CPU time
of a thread is what counts where others work on the machine as well.`;

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    service: { type: 'string', default: 'shop' },
    dir: { type: 'string' },
    gzip: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(USAGE);
else await main();

async function main(): Promise<void> {
  const dir = values.dir ?? mkdtempSync(join(tmpdir(), 'vedette-bench-replay-'));
  try {
    const files = ['spans.otlp.jsonl', 'access.log'].map((name) => join(dir, name));
    if (!files.every(existsSync)) await write(dir);
    for (const file of files) {
      await report(file);
      if (!values.gzip) continue;
      await run('gzip', ['-kf', '-1', file]);
      await report(`${file}.gz`);
    }
  } finally {
    if (values.dir === undefined) rmSync(dir, { recursive: true, force: true });
  }
}

async function write(dir: string): Promise<void> {
  const bench = fileURLToPath(new URL('../../detection/dist/main.js', import.meta.url));
  const { service, events } = values;
  await run(process.execPath, [bench, 'write', '--service', service, '--events', events, '--out', dir]);
}

async function report(file: string): Promise<void> {
  console.log(`${file} (${(statSync(file).size / 1e6).toFixed(0)} MB)`);
  const command = fileURLToPath(new URL('../../../apps/cli/dist/main.js', import.meta.url));
  const reading = fileURLToPath(new URL('./reading.js', import.meta.url));
  const whole = await measure([command, 'replay', '--json', file]);
  const { events } = JSON.parse(whole.stdout) as { readonly events: number };
  print('vedette replay', events, whole);
  print('reading alone', events, await measure([reading, file]));
}

function print(what: string, events: number, { wallSeconds, mainSeconds, readingSeconds, otherSeconds, rssMB }: Cost) {
  const rate = `${Math.round(events / wallSeconds).toLocaleString('en')}/s`;
  const each = (seconds: number) => `${((seconds / events) * 1e6).toFixed(2)} µs`;
  console.log(
    `  ${what.padEnd(16)} ${events.toLocaleString('en')} requests in ${wallSeconds.toFixed(1)} s, ${rate}   ` +
      `CPU a request: main thread ${each(mainSeconds)}, reading thread ${each(readingSeconds)}, ` +
      `helpers (garbage, compiler) ${each(otherSeconds)}   RSS ${Math.round(rssMB)} MB`,
  );
}
