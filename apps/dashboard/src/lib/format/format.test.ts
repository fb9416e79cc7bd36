import { describe, expect, it } from 'vitest';
import { formatBaseline, formatMeasure, formatRatio, strengthOf, weightOf } from './evidence.js';
import { formatBytes, formatNumber, formatRate, formatShare, formatShort, plural } from './number.js';
import { referencesOf } from './references.js';
import { sparkBars } from './spark.js';
import { formatAge, formatDuration } from './time.js';

describe('numbers', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [999.9, '1 kB'],
    [1_530_000, '1.53 MB'],
    [999_999_999, '1 GB'],
    [-1, '–'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, '0'],
    [0.4, '0.4'],
    [12.34, '12.3'],
    [1234.4, '1,234'],
  ])('a rate of %d is %s', (rate, text) => expect(formatRate(rate)).toBe(text));

  it('is exact in the small and short in the large', () => {
    expect(formatNumber(1234567)).toBe('1,234,567');
    expect(formatNumber(2.2345)).toBe('2.23');
    expect(formatShort(9999)).toBe('9,999');
    expect(formatShort(12_345)).toBe('12.3K');
    expect(formatShare(0.986)).toBe('98.6%');
    expect(plural(1, 'alert')).toBe('1 alert');
    expect(plural(1200, 'alert')).toBe('1,200 alerts');
  });
});

describe('times', () => {
  it.each([
    [0, '0 ms'],
    [3.27, '3.3 ms'],
    [350, '350 ms'],
    [1500, '1.5 s'],
    [48_000, '48 s'],
    [200_000, '3 min 20 s'],
    [60_000, '1 min'],
    [7_500_000, '2 h 5 min'],
    [90_000_000, '1 d 1 h'],
    [-5, '–'],
  ])('%d ms last %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it.each([
    [-4000, 'now'],
    [400, 'now'],
    [12_000, '12 s'],
    [239_000, '3 min'],
    [3_600_000, '1 h'],
    [200_000_000, '2 d'],
  ])('%d ms before now is %s', (ms, text) => expect(formatAge(1e12 - ms, 1e12)).toBe(text));
});

describe('evidence', () => {
  it('says how unusual a value is', () => {
    expect(formatRatio({ observed: 214, expected: 2, unit: 'accounts' })).toBe('107×');
    expect(formatRatio({ observed: 3, expected: 2, unit: 'accounts' })).toBe('1.5×');
    expect(formatRatio({ observed: 0.9, expected: 0.1, unit: 'share' })).toBeNull();
    expect(formatRatio({ observed: 9, expected: 0, unit: 'accounts' })).toBeNull();
    expect(formatRatio({ observed: 9, expected: null, unit: '' })).toBeNull();
  });

  it('has a word for every weight, whichever way it argues', () => {
    expect([0.4, -2, 4, -12].map(strengthOf)).toEqual(['slight', 'moderate', 'strong', 'very strong']);
  });

  it('draws weights on one scale', () => {
    expect(weightOf(0)).toBe(0);
    expect(weightOf(-5)).toBe(weightOf(5));
    expect(weightOf(5)).toBeGreaterThan(weightOf(1));
    expect(weightOf(5000)).toBe(1);
  });

  it('writes values with their units', () => {
    expect(formatMeasure(221_000, 'bytes')).toBe('221 kB');
    expect(formatMeasure(0.986, 'share')).toBe('98.6%');
    expect(formatMeasure(2.2, 'per hour')).toBe('2.2 per hour');
    expect(formatBaseline({ of: 'source', size: 1 })).toBe("this source's past (1 observation)");
    expect(formatBaseline({ of: 'prior', size: 0 })).toContain('no own past');
  });
});

describe('references', () => {
  it('link to the catalogues and nowhere else', () => {
    const references = referencesOf({
      attack: ['T1110.004', 'T1078', '../../evil', 'javascript:alert(1)'],
      owaspApi: ['API10', 'API99', 'constructor'],
      owaspAutomatedThreats: ['OAT-008', '__proto__'],
    });
    expect(references.map(({ href }) => href)).toEqual([
      'https://attack.mitre.org/techniques/T1110/004/',
      'https://attack.mitre.org/techniques/T1078/',
      'https://owasp.org/API-Security/editions/2023/en/0xaa-unsafe-consumption-of-apis/',
      'https://owasp.org/www-project-automated-threats-to-web-applications/assets/oats/EN/OAT-008_Credential_Stuffing',
    ]);
  });
});

describe('sparkBars', () => {
  const size = { width: 120, height: 20 };

  it('draws one bar per count above zero, the largest over the whole height', () => {
    const path = sparkBars([0, 10, 5], size);
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path).toContain('M6 0h5v20h-5z');
    expect(path).toContain('M12 10h5v10h-5z');
  });

  it('draws nothing where nothing was', () => {
    expect(sparkBars([], size)).toBe('');
    expect(sparkBars([0, 0], size)).toBe('');
  });
});
