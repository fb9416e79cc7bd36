import { resolve } from 'node:path';
import { type ComparedNumber, type Explanation, VedetteError } from '@vedette/protocol';
import type { Command } from 'commander';
import { printable } from '../replay/printable.js';
import { type StartFlags, settingsOf } from './start.js';

/** `vedette explain`: an alert made once more from the stored request events, number by number. */
export function registerExplain(program: Command): void {
  program
    .command('explain')
    .description('Make an alert once more from the stored request events, and compare every number of its score')
    .argument('<alert>', 'id of the alert')
    .option('--data <dir>', 'data directory (default .vedette)')
    .option('--clickhouse-url <url>', 'use a ClickHouse server instead of the embedded engine')
    .option('--json', 'print the explanation as JSON')
    .action(async (id: string, flags: StartFlags & { json?: boolean }) => {
      const explanation = await ask(id, flags);
      process.stdout.write(flags.json ? `${JSON.stringify(explanation, null, 2)}\n` : describe(explanation));
      if (!explanation.matches) process.exitCode = 2;
    });
}

/** Asks the collector that runs on the data directory, or one that runs for this question alone. */
async function ask(id: string, flags: StartFlags): Promise<Explanation> {
  const { createCollector, findLocalAccess, optionsFrom } = await import('@vedette/collector');
  const options = optionsFrom({ ...settingsOf(flags), port: 0 }, process.env);
  const dataDir = resolve(options.dataDir ?? '.vedette');
  const running = await findLocalAccess(dataDir);
  if (running !== null) return fetchExplanation(running, id);
  const collector = await createCollector({ ...options, host: '127.0.0.1' });
  try {
    const access = await findLocalAccess(dataDir);
    if (access === null)
      throw new VedetteError('VDT_INTERNAL', 'the collector started for this question did not answer');
    return await fetchExplanation(access, id);
  } finally {
    await collector.close();
  }
}

async function fetchExplanation(access: { url: string; token: string }, id: string): Promise<Explanation> {
  const response = await fetch(`${access.url}/api/alerts/${encodeURIComponent(id)}/explanation`, {
    headers: { authorization: `Bearer ${access.token}` },
  });
  const body = (await response.json()) as Explanation & { code: string; error: string };
  if (!response.ok) throw new VedetteError(body.code, body.error);
  return body;
}

function describe(explanation: Explanation): string {
  const { recomputed, requestEvents, oldest, newest, numbers } = explanation;
  const width = Math.max(...numbers.map((number) => number.name.length));
  const line = ({ name, stored, recomputed: again, matches }: ComparedNumber) =>
    `  ${matches ? ' ' : '!'} ${name.padEnd(width)}  ${format(stored).padStart(14)}  ${format(again).padStart(14)}`;
  return [
    `Alert ${explanation.alertId}`,
    ...(recomputed === null ? [] : [`  ${printable(recomputed.summary)}`]),
    `Made once more from ${requestEvents.toLocaleString('en')} stored request events, ${oldest} to ${newest}:`,
    `    ${'number'.padEnd(width)}  ${'stored'.padStart(14)}  ${'recomputed'.padStart(14)}`,
    ...numbers.map(line),
    explanation.matches ? 'Every number matches.' : `It does not match: ${explanation.reason}.`,
    '',
  ].join('\n');
}

function format(value: number | null): string {
  return value === null ? '-' : String(Number(value.toPrecision(8)));
}
