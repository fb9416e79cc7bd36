import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Codes that stand in the sources below a folder, tests apart. */
function codesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', 'test'].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return codesBelow(path);
    if (!/\.(ts|svelte)$/.test(entry.name) || entry.name.includes('.test.')) return [];
    return readFileSync(path, 'utf8').match(/(?<=')VDT_[A-Z_]+(?=')/g) ?? [];
  });
}

test('every error code has an entry in docs/errors.md, and every entry a code', () => {
  const used = new Set([...codesBelow(join(ROOT, 'packages')), ...codesBelow(join(ROOT, 'apps'))]);
  const documented = new Set(readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').match(/(?<=\| `)VDT_[A-Z_]+(?=`)/g));
  expect([...documented].sort()).toEqual([...used].sort());
});
