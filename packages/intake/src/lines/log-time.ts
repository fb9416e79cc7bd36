const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
/** Times outside 1990–2100 are another unit or nonsense. */
const EARLIEST_MS = 631_152_000_000;
const LATEST_MS = 4_102_444_800_000;

/**
 * Reads the time of a log line: common log format (`10/Oct/2000:13:55:36 -0700`), ISO 8601, or Unix time in seconds,
 * milliseconds, microseconds or nanoseconds, told apart by size.
 *
 * @returns Unix ms, or NaN
 */
export function parseLogTime(value: string | number): number {
  if (typeof value === 'number') return fromNumber(value);
  if (value.charCodeAt(2) === 47 && value.length >= 20) return fromCommonFormat(value);
  if (value.length <= 25 && /^\d{9,}(?:\.\d+)?$/.test(value)) return fromNumber(Number(value));
  if (value.length > 40 || !/^\d{4}-\d\d-\d\d/.test(value)) return Number.NaN;
  // Without a zone a log means UTC: the zone of whoever reads it would be arbitrary.
  const iso = value.replace(' ', 'T').replace(',', '.');
  return inRange(Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(iso) ? iso : `${iso}Z`));
}

function fromNumber(value: number): number {
  if (!(value > 0)) return Number.NaN;
  if (value < 1e11) return inRange(value * 1000);
  if (value < 1e14) return inRange(value);
  return inRange(value < 1e17 ? value / 1000 : value / 1e6);
}

function fromCommonFormat(text: string): number {
  const month = MONTHS.indexOf(text.slice(3, 6)) / 3;
  if (!Number.isInteger(month) || month < 0) return Number.NaN;
  const day = digits(text, 0, 2);
  const year = digits(text, 7, 11);
  const hour = digits(text, 12, 14);
  const minute = digits(text, 15, 17);
  const second = digits(text, 18, 20);
  if (!(day >= 1 && day <= 31 && hour < 24 && minute < 60 && second < 61)) return Number.NaN;
  const utc = Date.UTC(year, month, day, hour, minute, second);
  const zone = text.indexOf(' ', 20);
  if (zone < 0) return inRange(utc);
  const offset = digits(text, zone + 2, zone + 4) * 60 + digits(text, zone + 4, zone + 6);
  return inRange(utc + (text[zone + 1] === '-' ? offset : -offset) * 60_000);
}

function digits(text: string, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function inRange(timeMs: number): number {
  return timeMs >= EARLIEST_MS && timeMs < LATEST_MS ? timeMs : Number.NaN;
}
