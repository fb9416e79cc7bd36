const LOCALE = 'en';

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3 });
const short = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 1 });

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `1,234`; fractions keep three digits. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 1000 ? whole.format(value) : fine.format(value);
}

/** `12.3K`, for places where a column is narrow. */
export function formatShort(value: number): string {
  return Math.abs(value) < 10_000 ? formatNumber(value) : short.format(value);
}

/** Decimal units (SI), as network and storage figures are given: `1.5 MB`. Unknown sizes (negative) are a dash. */
export function formatBytes(bytes: number): string {
  if (bytes < 0) return '–';
  let value = bytes;
  let unit = 0;
  // 999.5 would be rounded to "1,000" of the smaller unit.
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? whole.format(value) : fine.format(value)} ${BYTE_UNITS[unit]}`;
}

/** A share from 0 to 1 as `98.6%`. */
export function formatShare(share: number): string {
  return percent.format(share);
}

/** A rate per second with the digits that it deserves: `0`, `0.4`, `12.3`, `1,234`. */
export function formatRate(perSecond: number): string {
  if (perSecond === 0) return '0';
  return perSecond < 100 ? perSecond.toFixed(1) : formatShort(Math.round(perSecond));
}

/** `3 alerts`, `1 alert`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}
