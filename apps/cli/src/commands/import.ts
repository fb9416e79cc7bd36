import type { Command } from 'commander';
import { readEvents } from '../replay/read-events.js';
import { type StartFlags, settingsOf } from './start.js';

/** `vedette import`: past traffic into storage and baselines, while no collector runs on the data directory. */
export function registerImport(program: Command): void {
  program
    .command('import')
    .description('Bring past traffic in (OTLP/JSON lines, access logs), so that baselines exist from the first day')
    .argument('<files...>', 'files in order of time; - for standard input; .gz is inflated')
    .option('--data <dir>', 'data directory (default .vedette)')
    .option('--clickhouse-url <url>', 'use a ClickHouse server instead of the embedded engine')
    .action(async (files: string[], flags: StartFlags) => {
      const { createCollector, optionsFrom } = await import('@vedette/collector');
      const options = optionsFrom({ ...settingsOf(flags), port: 0 }, process.env);
      const collector = await createCollector({ ...options, host: '127.0.0.1' });
      try {
        const { events } = await collector.importHistory(readEvents(files, { pseudonymKey: collector.pseudonymKey }));
        process.stdout.write(`Imported ${events} request events.\n`);
      } finally {
        await collector.close();
      }
    });
}
