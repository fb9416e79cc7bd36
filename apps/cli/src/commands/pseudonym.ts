import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { VedetteError } from '@vedette/protocol';
import { pseudonym } from '@vedette/protocol/pseudonym';
import type { Command } from 'commander';

interface PseudonymFlags {
  readonly find?: string;
  readonly data?: string;
  readonly url?: string;
}

/** `vedette pseudonym`: what a person is called in alerts, and who in a list is called so. */
export function registerPseudonym(program: Command): void {
  program
    .command('pseudonym')
    .description('Say under which pseudonym accounts, actors or codes stand in alerts, or whose pseudonym one is')
    .argument('[identifier...]', 'e-mail addresses, user ids, …; without any, one a line from standard input')
    .option('--find <pseudonym>', 'print only the identifiers that have this pseudonym')
    .option('--data <dir>', 'data directory whose key is used (default .vedette)')
    .option('--url <url>', 'take the key from the collector there, with VEDETTE_TOKEN')
    .addHelpText(
      'after',
      `
The key is VEDETTE_PSEUDONYM_KEY, else that of the collector given with --url, else that in the data directory. An
identifier as an argument can be seen by other users of the machine and stays in the shell's history; standard input does
not. Whom a pseudonym in an alert stands for:

  psql -Atc 'select email from accounts' | vedette pseudonym --find 3f9c2a7be01d4c55
`,
    )
    .action(async (identifiers: readonly string[], flags: PseudonymFlags) => {
      const key = await keyOf(flags, process.env);
      const wanted = flags.find?.trim().toLowerCase();
      if (wanted !== undefined && !/^[0-9a-f]{16}$/.test(wanted)) {
        throw new VedetteError('VDT_PSEUDONYM_INVALID', 'A pseudonym has 16 characters, 0 to 9 and a to f');
      }
      const fromInput = identifiers.length === 0;
      let found = 0;
      for await (const identifier of fromInput ? linesOf(process.stdin) : identifiers) {
        const hash = pseudonym(key, identifier);
        if (wanted !== undefined && hash !== wanted) continue;
        found++;
        const line = wanted !== undefined ? identifier : identifiers.length === 1 ? hash : `${hash}\t${identifier}`;
        process.stdout.write(`${line}\n`);
      }
      // As grep does, so that scripts need not look at the output.
      if (wanted !== undefined && found === 0) process.exitCode = 1;
    });
}

/** Identifiers, one a line; empty lines are none. */
async function* linesOf(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '') yield line;
  }
}

async function keyOf({ data, url }: PseudonymFlags, env: NodeJS.ProcessEnv): Promise<string> {
  if (env.VEDETTE_PSEUDONYM_KEY) return env.VEDETTE_PSEUDONYM_KEY;
  if (url !== undefined) return keyOfCollector(url, env.VEDETTE_TOKEN ?? '');
  const path = resolve(data ?? env.VEDETTE_DATA ?? '.vedette', 'pseudonym-key');
  const key = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new VedetteError('VDT_PSEUDONYM_KEY', `${path} cannot be read (${error.code}); give --data or --url`);
  });
  return key.trim();
}

async function keyOfCollector(url: string, token: string): Promise<string> {
  const address = URL.canParse(url) ? new URL('/v1/agent/config', url) : undefined;
  const response = await (address === undefined
    ? undefined
    : fetch(address, { headers: { authorization: `Bearer ${token}` } }).catch(() => undefined));
  if (response === undefined) throw new VedetteError('VDT_PSEUDONYM_KEY', `No collector answers at ${url}`);
  if (!response.ok) {
    throw new VedetteError(
      'VDT_PSEUDONYM_KEY',
      `The collector at ${url} answered ${response.status}; set VEDETTE_TOKEN`,
    );
  }
  const { pseudonymKey } = (await response.json()) as { readonly pseudonymKey?: unknown };
  if (typeof pseudonymKey === 'string' && pseudonymKey !== '') return pseudonymKey;
  throw new VedetteError('VDT_PSEUDONYM_KEY', `What answers at ${url} is no collector`);
}
