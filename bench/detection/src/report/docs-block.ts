import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Replaces what stands between `<!-- bench NAME -->` and `<!-- end bench NAME -->` in a document, so that no figure in it
 * is typed by hand.
 */
export function rewriteBlock(file: string, name: string, text: string): void {
  const document = readFileSync(file, 'utf8');
  const begin = `<!-- bench ${name} -->`;
  const end = `<!-- end bench ${name} -->`;
  const from = document.indexOf(begin);
  const until = document.indexOf(end);
  if (from < 0 || until < from) throw new Error(`${file} has no block from ${begin} to ${end}`);
  writeFileSync(file, `${document.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${document.slice(until)}`);
}
