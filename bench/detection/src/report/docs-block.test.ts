import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rewriteBlock } from './docs-block.js';

function documentOf(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'docs-block-')), 'page.md');
  writeFileSync(file, text);
  return file;
}

test('a block is replaced as a whole, whatever else the document says', () => {
  const file = documentOf(
    'a\n<!-- bench quick -->\nold\n<!-- end bench quick -->\nb\n<!-- bench arms -->\n<!-- end bench arms -->\n',
  );
  rewriteBlock(file, 'quick', '| new |');
  rewriteBlock(file, 'quick', '| newer |');
  expect(readFileSync(file, 'utf8')).toBe(
    'a\n<!-- bench quick -->\n\n| newer |\n\n<!-- end bench quick -->\nb\n<!-- bench arms -->\n<!-- end bench arms -->\n',
  );
});

test('a document without the block is refused, and stays as it is', () => {
  const file = documentOf('nothing\n');
  expect(() => rewriteBlock(file, 'quick', 'x')).toThrow(/no block/);
  expect(readFileSync(file, 'utf8')).toBe('nothing\n');
});
