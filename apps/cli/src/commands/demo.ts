import type { CollectorConfig } from '@vedette/collector';
import { VedetteError } from '@vedette/protocol';
import type { Command } from 'commander';
import { untilSignalled } from './start.js';

/** Shorter, the three attacks would not fit. */
const MIN_SECONDS = 30;
const MAX_SECONDS = 86_400;

interface DemoFlags {
  readonly seconds?: string;
  readonly port?: string;
  readonly data?: string;
  readonly webhook?: string;
}

/** `vedette demo`: collector, example shop, customers and attacks on this machine. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('Watch an example shop being used and attacked, on this machine')
    .option('--seconds <number>', `end after so many seconds, at least ${MIN_SECONDS} (default: until Ctrl-C)`)
    .option('--port <number>', 'port of collector and dashboard (default 4400, or a free one)')
    .option('--data <dir>', 'keep the database in this directory (default: a temporary one)')
    .option('--webhook <url>', 'post every alert to this address, signed')
    .action(async (flags: DemoFlags) => {
      const stop = new AbortController();
      void untilSignalled().then(() => stop.abort());
      const settings: Partial<Record<keyof CollectorConfig, unknown>> = {
        port: flags.port,
        dataDir: flags.data,
        webhookUrl: flags.webhook,
      };
      // Loaded only now: commands that need no collector start in half the time.
      const { optionsFrom } = await import('@vedette/collector');
      const { runDemo } = await import('../demo/run-demo.js');
      const allSeen = await runDemo({
        collector: optionsFrom(settings, process.env),
        lengthMs: readSeconds(flags.seconds) * 1000,
        signal: stop.signal,
        print: (line) => void process.stdout.write(`${line}\n`),
      });
      process.exitCode = allSeen ? 0 : 1;
    });
}

function readSeconds(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= MIN_SECONDS && seconds <= MAX_SECONDS) return seconds;
  throw new VedetteError(
    'VDT_CONFIG_INVALID',
    `--seconds must be a whole number from ${MIN_SECONDS} to ${MAX_SECONDS}`,
  );
}
