#!/usr/bin/env node
import { examine, isHealthy, toText } from './doctor.js';

const USAGE = `Usage: npx @vedette/agent doctor [--json]

Checks, where the service runs and with its environment, whether the agent can do its work.
Exit code: 0 all well, 1 something keeps it from working, 2 wrong usage.
`;

const [command, ...options] = process.argv.slice(2);
if (command !== 'doctor' || options.some((option) => option !== '--json')) {
  const wantsHelp = ['--help', '-h', 'help'].includes(command ?? '');
  (wantsHelp ? process.stdout : process.stderr).write(USAGE);
  process.exitCode = wantsHelp ? 0 : 2;
} else void report(options.length > 0);

async function report(asJson: boolean): Promise<void> {
  const checks = await examine(process.env, process.cwd());
  const isWell = isHealthy(checks);
  process.stdout.write(asJson ? `${JSON.stringify({ ok: isWell, checks }, undefined, 2)}\n` : toText(checks));
  process.exitCode = isWell ? 0 : 1;
}
