import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../..');
const tokens = readFileSync(join(SRC, 'lib/theme/tokens.css'), 'utf8');

function declarations(block: string | undefined): string[] {
  return [...(block ?? '').matchAll(/(--[\w-]+|color-scheme):\s*([^;]+);/g)].map(
    ([, name, value]) => `${name}: ${value}`,
  );
}

describe('the theme', () => {
  it('is the same light, chosen by hand or by the system', () => {
    const bySystem = /:root:not\(\[data-theme="dark"\]\) \{([^}]+)\}/.exec(tokens)?.[1];
    const byHand = /:root\[data-theme="light"\] \{([^}]+)\}/.exec(tokens)?.[1];
    expect(declarations(bySystem).length).toBeGreaterThan(30);
    expect(declarations(byHand)).toEqual(declarations(bySystem));
  });

  it('is the only place with raw colours', () => {
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.(svelte|css)$/.test(name),
    );
    expect(files.length).toBeGreaterThan(20);
    for (const name of files.filter((file) => !file.includes('lib/theme/'))) {
      const text = readFileSync(join(SRC, name), 'utf8');
      expect(text.match(/#[0-9a-f]{3,8}\b(?!["'}])|\brgba?\(|\bhsla?\(/gi) ?? [], name).toEqual([]);
    }
  });

  it('leaves no token without a meaning or a value', () => {
    const palette = readFileSync(join(SRC, 'lib/theme/palette.css'), 'utf8');
    const known = new Set([...`${palette}${tokens}`.matchAll(/(--[\w-]+):/g)].map(([, name]) => name));
    for (const [, name] of tokens.matchAll(/var\((--[\w-]+)\)/g)) expect(known).toContain(name);
  });
});
