import type { CollectorConfig } from '@vedette/collector';
import type { Command } from 'commander';

/** Flags of every command that runs a collector, by the setting that they stand for. */
export interface StartFlags {
  host?: string;
  port?: string;
  data?: string;
  clickhouseUrl?: string;
  webhook?: string;
  publicUrl?: string;
  settings?: string;
}

/** `vedette start`: collector and dashboard, until a signal ends it. */
export function registerStart(program: Command): void {
  program
    .command('start')
    .description('Run the collector and the dashboard')
    .option('--host <address>', 'address to listen on (default 127.0.0.1; others need VEDETTE_API_TOKEN)')
    .option('--port <number>', 'port to listen on (default 4400)')
    .option('--data <dir>', 'directory for the database, tokens and detector state (default .vedette)')
    .option('--clickhouse-url <url>', 'use a ClickHouse server instead of the embedded engine')
    .option('--webhook <url>', 'post every alert to this address, signed')
    .option('--public-url <url>', 'address of the dashboard for links in webhooks')
    .option('--settings <file>', 'JSON file with the settings of detection (docs/DETECTION.md)')
    .action(async (flags: StartFlags) => {
      // Loaded only now: commands that need no collector start in half the time.
      const { createCollector, optionsFrom } = await import('@vedette/collector');
      const collector = await createCollector(optionsFrom(settingsOf(flags), process.env));
      // Before it says that it is ready: whoever waits for that may end it at once.
      const signalled = untilSignalled();
      process.stdout.write(
        `Vedette is ready: ${collector.loginUrl}\n` +
          `  services send to ${collector.url} with the ingest token ${collector.ingestTokenPlace}\n` +
          (collector.webhookSecretPlace === null
            ? ''
            : `  webhooks are signed with the key ${collector.webhookSecretPlace}\n`),
      );
      await signalled;
      await collector.close();
      // What did not close in time must not keep the process.
      process.exit();
    });
}

/** Settings that flags give; `undefined` where a flag is absent. */
export function settingsOf(flags: StartFlags): Partial<Record<keyof CollectorConfig, unknown>> {
  return {
    host: flags.host,
    port: flags.port,
    dataDir: flags.data,
    clickhouseUrl: flags.clickhouseUrl,
    webhookUrl: flags.webhook,
    publicUrl: flags.publicUrl,
    settingsFile: flags.settings,
  };
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilSignalled(): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      process.once(signal, () => process.exit(130));
      resolve();
    };
    process.once('SIGINT', onSignal);
    process.once('SIGTERM', onSignal);
  });
}
