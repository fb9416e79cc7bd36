import type { ComparedNumber, Explanation } from '@vedette/protocol';
import type { Command } from 'commander';
import { printable } from '../replay/printable.js';
import { callApi, withCollector } from './ask-collector.js';
import type { StartFlags } from './start.js';

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
      const explanation = await withCollector(flags, (access) =>
        callApi<Explanation>(access, 'GET', `/api/alerts/${encodeURIComponent(id)}/explanation`),
      );
      process.stdout.write(flags.json ? `${JSON.stringify(explanation, null, 2)}\n` : describe(explanation));
      if (!explanation.matches) process.exitCode = 2;
    });
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
