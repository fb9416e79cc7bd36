import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startCollector } from './support/collector.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly expr: string;
    readonly refId: string;
    readonly datasource: { readonly uid: string };
  }[];
}

interface Dashboard {
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
}

const dashboard = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana/vedette-collector.json'), 'utf8')) as Dashboard;

/** Names and labels of metrics as `/metrics` tells them; a histogram's samples go by the names of its parts. */
async function exported(): Promise<{ names: Set<string>; samples: Set<string> }> {
  const collector = await startCollector();
  const text = await (await fetch(`${collector.url}/metrics`)).text();
  const names = new Set<string>();
  const samples = new Set<string>();
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    names.add(name!);
    const parts = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const part of parts) samples.add(name! + part);
  }
  return { names, samples };
}

const metricsIn = (text: string) => new Set(text.match(/\b(?:vedette|nodejs|process)_[a-z0-9_]+\b/g));

test('the Grafana dashboard asks for metrics that are exported, and each panel for a data source that one chooses', async () => {
  const { samples } = await exported();
  const queries = dashboard.panels.flatMap((panel) => panel.targets ?? []);
  expect(queries.length).toBeGreaterThan(30);
  for (const { expr, datasource } of queries) {
    const asked = metricsIn(expr);
    expect(asked.size, expr).toBeGreaterThan(0);
    for (const name of asked) expect(samples, expr).toContain(name);
    expect(datasource.uid).toMatch(/^\$\{datasource\}$/);
    expect(expr).toContain('instance=~"$instance"');
    for (const [open, close] of ['()', '{}', '[]']) {
      expect(expr.split(open!).length, expr).toBe(expr.split(close!).length);
    }
  }
  expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([
    ['datasource', 'datasource'],
    ['instance', 'query'],
  ]);
});

test('the Grafana dashboard is laid out without holes of its own making: ids differ, nothing overlaps', () => {
  // Grafana 11.
  expect(dashboard.schemaVersion).toBe(39);
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const taken = new Set<string>();
  for (const { title, gridPos, targets } of dashboard.panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken, title).not.toContain(`${x},${y}`);
        taken.add(`${x},${y}`);
      }
    }
    const refs = (targets ?? []).map(({ refId }) => refId);
    expect(new Set(refs).size, title).toBe(refs.length);
  }
});

test('docs/OPERATIONS.md knows every metric, and none that is not there', async () => {
  const { names, samples } = await exported();
  const text = readFileSync(join(ROOT, 'docs/OPERATIONS.md'), 'utf8');
  // `vedette_storage_queue_bytes`, `…_rows` is short for the names with the last word exchanged.
  const short = [...text.matchAll(/`(vedette_\w+)_[a-z]+[^`]*`((?:, `…_\w+`)+)/g)].flatMap(([, stem, rest]) =>
    [...rest!.matchAll(/…_(\w+)/g)].map(([, word]) => `${stem}_${word}`),
  );
  const known = new Set([...metricsIn(text), ...short]);
  for (const name of known) expect(samples.has(name) || names.has(name), name).toBe(true);
  expect([...names].filter((name) => name.startsWith('vedette_') && !known.has(name))).toEqual([]);
});
