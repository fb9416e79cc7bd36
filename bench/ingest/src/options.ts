import { parseArgs } from 'node:util';

export const USAGE = `Ingest bench: what one collector takes on this machine, and what each stage of it costs.

  node bench/ingest/dist/main.js [options]
    --seconds N       how long is measured (default 20), after --warmup N (default 5)
    --rate N          spans per second that are sent (default: as many as are acknowledged)
    --body KIND       protobuf (default), json or mixed (half of each)
    --gzip SHARE      share of the bodies that is compressed, 0 to 1 (default 0.5)
    --spans N         spans in a body (default 512)
    --connections N   bodies that wait for their answer at a time (default 48)
    --users N         people and programs in the traffic (default 100000)
    --attacks N       attackers at most, one after the other, whose alerts are waited for (default 0; with --rate 1000)
    --keep-profile DIR  leave the CPU profiles of the collector there`;

/** What was asked for. Everything is a plain value, so that it can be handed to another process. */
export interface BenchOptions {
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** Spans per second; 0: as many as are acknowledged. */
  readonly rate: number;
  readonly body: 'protobuf' | 'json' | 'mixed';
  readonly gzipShare: number;
  readonly spansPerBody: number;
  readonly connections: number;
  readonly users: number;
  readonly attackers: number;
  readonly keepProfile: string | undefined;
}

export function readOptions(args: readonly string[]): BenchOptions | null {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      seconds: text('20'),
      warmup: text('5'),
      rate: text('0'),
      body: text('protobuf'),
      gzip: text('0.5'),
      spans: text('512'),
      connections: text('48'),
      users: text('100000'),
      attacks: { type: 'string' },
      'keep-profile': { type: 'string' },
    },
  });
  if (values.help) return null;
  const { body } = values;
  if (body !== 'protobuf' && body !== 'json' && body !== 'mixed') throw new Error('--body: protobuf, json or mixed');
  const rate = number('rate', values.rate);
  return {
    seconds: number('seconds', values.seconds),
    warmupSeconds: number('warmup', values.warmup),
    rate,
    body,
    gzipShare: number('gzip', values.gzip),
    spansPerBody: number('spans', values.spans),
    connections: number('connections', values.connections),
    users: number('users', values.users),
    attackers: number('attacks', values.attacks ?? (rate > 0 ? '1000' : '0')),
    keepProfile: values['keep-profile'],
  };
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (!(value >= 0)) throw new Error(`--${name}: a number of 0 or more, not "${text}"`);
  return value;
}
