import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { otlpJson, type Span } from './spans.js';

/** What `vedette replay` says of the same spans in the order in which they were first sent: `type source`. */
export async function undisturbedAlerts(spans: readonly Span[], directory: string): Promise<string[]> {
  const recording = join(directory, 'spans.jsonl');
  const found = join(directory, 'alerts.jsonl');
  const lines: string[] = [];
  for (let from = 0; from < spans.length; from += 500) lines.push(otlpJson(spans.slice(from, from + 500)));
  await writeFile(recording, `${lines.join('\n')}\n`);
  const vedette = fileURLToPath(import.meta.resolve('vedette/package.json')).replace(/package\.json$/, 'dist/main.js');
  await promisify(execFile)(process.execPath, [vedette, 'replay', '--format', 'otlp', '--alerts', found, recording]);
  const alerts = (await readFile(found, 'utf8')).split('\n').filter((line) => line !== '');
  return alerts.flatMap((line) => namesOf(JSON.parse(line) as { type: string; sources: string[] }));
}

/** What an alert is about, one name for each of its sources: how campaigns are grouped may depend on when they are seen. */
export function namesOf({ type, sources }: { readonly type: string; readonly sources: readonly string[] }): string[] {
  return sources.length === 0 ? [type] : sources.map((source) => `${type} ${source}`);
}
