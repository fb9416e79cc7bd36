import type { LocalAccess } from '@vedette/collector';
import {
  type CreatedIngestToken,
  type CreateIngestToken,
  type IngestToken,
  type IngestTokenList,
  VedetteError,
} from '@vedette/protocol';
import type { Command } from 'commander';
import { printable } from '../replay/printable.js';
import { callApi, withCollector } from './ask-collector.js';
import type { StartFlags } from './start.js';

interface TokenFlags extends StartFlags {
  readonly url?: string;
  readonly json?: boolean;
}

interface CreateFlags extends TokenFlags {
  readonly service?: string[];
  readonly expires?: string;
  readonly rate?: string;
  readonly burst?: string;
  readonly daily?: string;
}

/** `vedette token`: the tokens with which services send. */
export function registerToken(program: Command): void {
  const token = program.command('token').description('Create, list and revoke the tokens with which services send');
  const command = (name: string, description: string) =>
    token
      .command(name)
      .description(description)
      .option('--data <dir>', 'data directory (default .vedette)')
      .option('--clickhouse-url <url>', 'use a ClickHouse server instead of the embedded engine')
      .option('--url <url>', 'ask the collector there, with VEDETTE_API_TOKEN')
      .option('--json', 'print the answer as JSON');

  command('create', 'Make a token; it is shown this once, on standard output')
    .argument('<name>', 'what it is for')
    .option('--service <name>', 'service.name that it may send for, may be repeated (default: any)', collect)
    .option('--expires <when>', 'an age (12h, 90d) or a time (2030-01-31, 2030-01-31T12:00:00Z)')
    .option('--rate <spans>', 'spans a second that may be sent with it')
    .option('--burst <spans>', 'spans that may come at once (default: those of 10 s)')
    .option('--daily <spans>', 'spans of one UTC day')
    .action(async (name: string, flags: CreateFlags) => {
      const body: CreateIngestToken = {
        name,
        services: flags.service ?? [],
        expiresAt: expiryOf(flags.expires, Date.now()),
        limits: {
          spansPerSecond: countOf('--rate', flags.rate),
          burst: countOf('--burst', flags.burst),
          spansPerDay: countOf('--daily', flags.daily),
        },
      };
      const created = await ask(flags, (access) =>
        callApi<CreatedIngestToken>(access, 'POST', '/api/ingest-tokens', body),
      );
      if (flags.json) return print(created);
      process.stdout.write(`${created.token}\n`);
      process.stderr.write(`Token ${created.id} for ${scopeOf(created)}${endOf(created)}. It cannot be shown again.\n`);
    });

  command('list', 'List the tokens, the newest first').action(async (flags: TokenFlags) => {
    const list = await ask(flags, (access) => callApi<IngestTokenList>(access, 'GET', '/api/ingest-tokens'));
    if (flags.json) return print(list);
    process.stdout.write(table(list.tokens));
  });

  command('revoke', 'End a token at once and for good')
    .argument('<id>', 'id of the token')
    .action(async (id: string, flags: TokenFlags) => {
      const revoked = await ask(flags, (access) =>
        callApi<IngestToken>(access, 'DELETE', `/api/ingest-tokens/${encodeURIComponent(id)}`),
      );
      if (flags.json) return print(revoked);
      process.stdout.write(`Token ${revoked.id} (${printable(revoked.name)}) is revoked.\n`);
    });
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function ask<T>(flags: TokenFlags, question: (access: LocalAccess) => Promise<T>): Promise<T> {
  if (flags.url === undefined) return withCollector(flags, question);
  const { VEDETTE_API_TOKEN: token } = process.env;
  if (!URL.canParse(flags.url)) throw new VedetteError('VDT_TOKEN_OPTIONS', `--url: ${flags.url} is no address`);
  if (!token) throw new VedetteError('VDT_TOKEN_OPTIONS', '--url needs VEDETTE_API_TOKEN');
  return question({ url: flags.url, token });
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function expiryOf(text: string | undefined, nowMs: number): string | null {
  if (text === undefined) return null;
  const age = /^(\d{1,5})([mhd])$/.exec(text);
  const ms = age === null ? Date.parse(text) : nowMs + Number(age[1]) * UNIT_MS[age[2]!]!;
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new VedetteError('VDT_TOKEN_OPTIONS', `--expires: "${text}" is neither an age as 90d nor a time`);
}

function countOf(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new VedetteError('VDT_TOKEN_OPTIONS', `${flag}: "${text}" is no number of spans`);
}

function scopeOf({ services }: IngestToken): string {
  return services.length === 0 ? 'any service' : services.map(printable).join(', ');
}

function endOf({ expiresAt }: IngestToken): string {
  return expiresAt === null ? '' : `, valid until ${expiresAt}`;
}

function table(tokens: readonly IngestToken[]): string {
  const day = (time: string | null, none: string) => (time === null ? none : time.slice(0, 16).replace('T', ' '));
  const rows = tokens.map((token) => [
    token.id,
    printable(token.name),
    scopeOf(token),
    token.state,
    day(token.createdAt, '-'),
    day(token.lastUsedAt, 'never'),
    String(token.spansToday),
    day(token.revokedAt ?? token.expiresAt, '-'),
  ]);
  const all = [['ID', 'NAME', 'SERVICES', 'STATE', 'CREATED', 'LAST USED', 'SPANS TODAY', 'ENDS'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
