import { writeFile } from 'node:fs/promises';
import { type Alert, SEVERITIES, type Settings, type Severity, VedetteError } from '@vedette/protocol';
import { type Command, Option } from 'commander';
import { findInputs } from '../replay/input.js';
import { ProgressBar } from '../replay/progress-bar.js';
import { runReplay } from '../replay/run-replay.js';
import { summaryJson, summaryText } from '../replay/summary.js';

interface ReplayFlags {
  readonly format: 'auto' | 'otlp' | 'combined' | 'json';
  readonly service?: string;
  readonly settings?: string;
  readonly alerts?: string;
  readonly json?: true;
  readonly failOn?: Severity;
}

/** Exit code where `--fail-on` found what it was asked for; 1 is for errors. */
const EXIT_FOUND = 2;

/** `vedette replay`: the live engine over recorded traffic, offline, without a database. */
export function registerReplay(program: Command): void {
  program
    .command('replay')
    .description(
      'Find attacks in recorded traffic: OTLP/JSON lines, NCSA or JSON access logs, also from containers; offline',
    )
    .argument('<files...>', 'files in order of time; - for standard input; .gz (and .zst on newer Node) is inflated')
    .addOption(
      new Option('--format <format>', 'format of the lines')
        .choices(['auto', 'otlp', 'combined', 'json'])
        .default('auto'),
    )
    .option('--service <name>', 'service that access logs belong to')
    .option('--settings <file>', 'JSON file with the settings of detection (docs/DETECTION.md)')
    .option('--alerts <file>', 'write each alert in its final state, one JSON object a line; - for standard output')
    .option('--json', 'print a summary as JSON on standard output')
    .addOption(
      new Option('--fail-on <severity>', `exit with code ${EXIT_FOUND} where an alert is this severe or worse`).choices(
        SEVERITIES,
      ),
    )
    .action(replay);
}

async function replay(files: string[], flags: ReplayFlags): Promise<void> {
  if (flags.json === true && flags.alerts === '-') {
    throw new VedetteError('VDT_REPLAY_OPTIONS', 'give either --json or --alerts -: both write to standard output');
  }
  if (files.filter((file) => file === '-').length > 1) {
    throw new VedetteError('VDT_REPLAY_OPTIONS', 'standard input can be read once only');
  }
  const settings = flags.settings === undefined ? undefined : await readSettings(flags.settings);
  const totalBytes = (await findInputs(files)).reduce((sum, input) => sum + input.bytes, 0);
  const startMs = performance.now();
  const bar = new ProgressBar(process.stderr);
  let bytes = 0;
  const result = await runReplay(files, {
    format: flags.format,
    ...(flags.service === undefined ? {} : { service: flags.service }),
    ...(settings === undefined ? {} : { settings }),
    onRead: (count) => {
      bytes += count;
    },
    onProgress: (progress) => bar.draw({ ...progress, bytes, totalBytes: files.includes('-') ? 0 : totalBytes }),
  });
  bar.clear();
  const tookMs = performance.now() - startMs;
  if (flags.alerts !== undefined) await writeAlerts(flags.alerts, result.alerts);
  if (flags.json === true) process.stdout.write(summaryJson(result, tookMs));
  else {
    const { stderr } = process;
    process.stderr.write(
      summaryText(result, {
        width: stderr.columns ?? 160,
        colour: stderr.isTTY === true && !process.env.NO_COLOR,
        tookMs,
      }),
    );
  }
  process.exitCode = exitCode(result.alerts, flags.failOn);
  const { report } = result;
  if (report.events === 0 && report.unreadLines + report.brokenFiles.length > 0) {
    throw new VedetteError('VDT_REPLAY_UNREADABLE', 'nothing in the input could be read; is --format right?');
  }
}

async function readSettings(file: string): Promise<Settings> {
  // Loaded only now: a replay without settings starts in half the time.
  const { readSettingsFile } = await import('@vedette/collector');
  return readSettingsFile(file);
}

async function writeAlerts(file: string, alerts: readonly Alert[]): Promise<void> {
  const lines = alerts.map((alert) => `${JSON.stringify(alert)}\n`).join('');
  if (file === '-') {
    // Who reads may have had enough (`| head`): that is no error.
    process.stdout.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
    process.stdout.write(lines);
    return;
  }
  await writeFile(file, lines).catch((cause: unknown) => {
    throw new VedetteError('VDT_REPLAY_OUTPUT', `${file} cannot be written: ${(cause as Error).message}`, { cause });
  });
}

function exitCode(alerts: readonly Alert[], failOn: Severity | undefined): number {
  if (failOn === undefined) return 0;
  const least = SEVERITIES.indexOf(failOn);
  const standing = alerts.filter((alert) => alert.status !== 'withdrawn' && alert.status !== 'expected');
  const isFound = standing.some((alert) => SEVERITIES.indexOf(alert.severity) >= least);
  return isFound ? EXIT_FOUND : 0;
}
