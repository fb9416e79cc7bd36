import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { AlertSchema } from '@vedette/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { combinedLog, otlpLines, REQUESTS } from '../../test/recorded-traffic.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const TIMEOUT_MS = 60_000;

let dir = '';

beforeAll(async () => {
  if (!existsSync(MAIN)) throw new Error('the command is not built: run `pnpm build` first, as `pnpm test` does');
  dir = await mkdtemp(join(tmpdir(), 'vedette-replay-'));
  await writeFile(join(dir, 'access.log'), combinedLog());
  await writeFile(join(dir, 'access.log.gz'), gzipSync(combinedLog()));
  await writeFile(join(dir, 'traces.jsonl'), otlpLines());
});

afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs the built command as a person would. */
async function vedette(args: string[], input = '') {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: dir, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdin.end(input);
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { stdout, stderr, code };
}

function alertsIn(text: string) {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => AlertSchema.parse(JSON.parse(line)));
}

test(
  'finds the walk through an access log, and says what it read',
  async () => {
    const { stdout, stderr, code } = await vedette(['replay', 'access.log', '--alerts', 'alerts.jsonl']);
    expect(stdout).toBe('');
    expect(code).toBe(0);
    expect(stderr).toContain(`${REQUESTS.toLocaleString('en-US')} requests from 2026-11-24T06:00:00.000Z`);
    expect(stderr).toContain('Object enumeration');
    expect(stderr).not.toContain('\u001b');
    const alerts = alertsIn(await readFile(join(dir, 'alerts.jsonl'), 'utf8'));
    const walk = alerts.find(({ type }) => type === 'object_enumeration');
    expect(walk?.sources).toEqual(['203.0.113.66']);
    expect(Date.parse(walk!.raisedAt)).toBeGreaterThanOrEqual(Date.parse(walk!.firstSeen));
    expect(Date.parse(walk!.raisedAt)).toBeLessThan(Date.parse(walk!.lastSeen));
  },
  TIMEOUT_MS,
);

test(
  'actors are named as they came in the traffic, whether read in a thread or not',
  async () => {
    const log = combinedLog().replaceAll('203.0.113.66 - - ', '203.0.113.66 - Mallory ');
    await writeFile(join(dir, 'named.log'), log);
    for (const [file, input] of [
      ['named.log', ''],
      ['-', log],
    ] as const) {
      const { stdout } = await vedette(['replay', file, '--alerts', '-'], input);
      const walk = alertsIn(stdout).find(({ type }) => type === 'object_enumeration');
      expect(walk?.actors).toEqual(['Mallory']);
    }
  },
  TIMEOUT_MS,
);

test(
  'gzip, standard input and the plain file give the same alerts, byte for byte, and nothing else on standard output',
  async () => {
    const plain = await vedette(['replay', 'access.log', '--alerts', '-']);
    const zipped = await vedette(['replay', 'access.log.gz', '--alerts', '-']);
    const piped = await vedette(['replay', '-', '--alerts', '-', '--format', 'combined'], combinedLog());
    expect(alertsIn(plain.stdout).length).toBeGreaterThan(0);
    expect(zipped.stdout).toBe(plain.stdout);
    expect(piped.stdout).toBe(plain.stdout);
  },
  TIMEOUT_MS,
);

test(
  'OTLP/JSON lines, with a summary for programs and an exit code for scripts',
  async () => {
    const { stdout, stderr, code } = await vedette(['replay', 'traces.jsonl', '--json', '--fail-on', 'low']);
    expect(stderr).toBe('');
    expect(code).toBe(2);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ events: REQUESTS, unreadLines: 0, brokenFiles: [] });
    expect(summary.alerts.map(({ service }: { service: string }) => service)).toContain('shop');
  },
  TIMEOUT_MS,
);

test(
  'broken lines are counted by reason, with examples that cannot harm a terminal',
  async () => {
    const lines = [
      ...combinedLog().split('\n').slice(0, 50),
      'not a log line \u001b[31m\u202e',
      '{"a":1,',
      '{"resourceSpans":{}}',
      '1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "\\x16\\x03" 400 0 "-" "-"',
    ];
    const broken = join(dir, 'broken.log.gz');
    await writeFile(broken, gzipSync(`${lines.join('\n')}\n`));
    const whole = gzipSync(combinedLog());
    await writeFile(join(dir, 'cut.log.gz'), whole.subarray(0, whole.length / 2));
    const { stderr, code } = await vedette(['replay', 'broken.log.gz', 'cut.log.gz']);
    expect(code).toBe(0);
    // The other one is the last line of the file that breaks off.
    expect(stderr).toContain('2  not an access log line');
    expect(stderr).toContain('1  malformed JSON');
    expect(stderr).toContain('1  malformed OTLP/JSON');
    expect(stderr).toContain('1  request line is not HTTP');
    expect(stderr).toContain('broken.log.gz:51');
    expect(stderr).toMatch(/cut\.log\.gz cannot be read further: unexpected end of file/);
    expect(stderr).not.toContain('\u001b');
    expect(stderr).not.toContain('\u202e');
  },
  TIMEOUT_MS,
);

test(
  'settings say what is looked for, and an announced alert fails no script',
  async () => {
    const trusted = { trustedSources: [{ name: 'ordered', networks: ['203.0.113.66'], as: 'scanner' }] };
    const announced = {
      expectedEvents: [
        {
          reason: 'drill',
          from: '2026-11-24T00:00:00Z',
          until: '2026-11-25T00:00:00Z',
          types: ['object_enumeration', 'scraping', 'data_exfiltration', 'path_scanning', 'rate_abuse'],
        },
      ],
    };
    await writeFile(join(dir, 'trusted.json'), JSON.stringify(trusted));
    await writeFile(join(dir, 'announced.json'), JSON.stringify(announced));
    await writeFile(join(dir, 'wrong.json'), '{"detectors":{"object_enumeration":{"enabled":"no"}}}');
    const replay = (settings: string) =>
      vedette(['replay', 'access.log', '--settings', settings, '--alerts', '-', '--fail-on', 'low']);
    const left = alertsIn((await replay('trusted.json')).stdout);
    expect(left.filter(({ sources }) => sources.includes('203.0.113.66'))).toEqual([]);
    const drill = await replay('announced.json');
    expect(alertsIn(drill.stdout).map(({ status }) => status)).toContain('expected');
    expect(drill.code).toBe(0);
    const wrong = await replay('wrong.json');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('wrong.json: detectors.object_enumeration.enabled: ');
    expect(wrong.stderr).toContain('VDT_SETTINGS_INVALID');
  },
  TIMEOUT_MS,
);

test.each([
  [['replay', 'missing.log'], 'missing.log cannot be read', 'VDT_REPLAY_INPUT'],
  [['replay', '.'], 'is a directory', 'VDT_REPLAY_INPUT'],
  [['replay', 'access.log', '--json', '--alerts', '-'], 'both write to standard output', 'VDT_REPLAY_OPTIONS'],
  [['replay', 'access.log', '--alerts', 'no/such/dir/x'], 'cannot be written', 'VDT_REPLAY_OUTPUT'],
  [['replay', 'traces.jsonl', '--format', 'combined'], 'nothing in the input could be read', 'VDT_REPLAY_UNREADABLE'],
])(
  '%j',
  async (args, message, code) => {
    const result = await vedette(args);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(message);
    expect(result.stderr).toContain(code);
  },
  TIMEOUT_MS,
);
