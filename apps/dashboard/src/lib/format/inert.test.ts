import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inert } from './inert.js';

const hostileText = fc
  .array(
    fc.oneof(
      fc.nat(0x10ffff).map((code) => String.fromCodePoint(code)),
      fc.constantFrom('\u202E', '\u0000', '\uD800', '\u0301', '\u200F', '\u{E0001}'),
    ),
    { maxLength: 300 },
  )
  .map((characters) => characters.join(''));

describe('inert', () => {
  it('leaves the writing of people alone', () => {
    for (const text of ['GET /orders/{id}', 'Größe 日本語 العربية עברית हिन्दी ไทย', '<b>&amp;"\'', '👍🏽', '']) {
      expect(inert(text)).toBe(text);
    }
  });

  it('names what reorders, hides or controls', () => {
    expect(inert('\u202Egpj.exe')).toBe('⟦RLO⟧gpj.exe');
    expect(inert('a\u0000\u001b[31mb\u007f\n')).toBe('a⟦NUL⟧⟦ESC⟧[31mb⟦DEL⟧⟦LF⟧');
    expect(inert('pay\u200Bpal\u00AD')).toBe('pay⟦ZWSP⟧pal⟦SHY⟧');
    expect(inert('\u2066x\u2069')).toBe('⟦LRI⟧x⟦PDI⟧');
    expect(inert('\u0085\u{E0041}\uFE0F')).toBe('⟦U+0085⟧⟦U+E0041⟧⟦U+FE0F⟧');
    expect(inert('\uD800x')).toBe('⟦U+D800⟧x');
  });

  it('folds piles of marks', () => {
    expect(inert(`Z${'\u0351'.repeat(40)}!`)).toBe(`Z${'\u0351'.repeat(4)}⟦…⟧!`);
  });

  it('cuts what would fill the screen', () => {
    expect(inert('x'.repeat(2500))).toBe(`${'x'.repeat(2000)}… (500 more characters)`);
  });

  it('leaves nothing that acts, whatever comes in', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(inert(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|\p{M}{5}/u);
      }),
    );
  });

  it('may be applied twice without harm', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(inert(inert(text))).toBe(inert(text));
      }),
    );
  });
});
