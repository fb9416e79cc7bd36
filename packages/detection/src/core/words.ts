/** Numbers and durations as people write them. All sentences of evidence are built from these. */

/** The sentence as sentences begin, unless it begins with an address or a name that must stay as it is. */
export function capitalised(sentence: string): string {
  return /^[a-z]+ /.test(sentence) ? sentence.charAt(0).toUpperCase() + sentence.slice(1) : sentence;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `1,204,500`; fractions below ten keep one digit. */
export function grouped(value: number): string {
  const rounded = Math.abs(value) < 10 && !Number.isInteger(value) ? Math.round(value * 10) / 10 : Math.round(value);
  const [whole, fraction] = String(rounded).split('.');
  const text = whole!.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return fraction === undefined ? text : `${text}.${fraction}`;
}

/** `98.6%`; whole numbers of percent from exact shares, never `100%` for less than all. */
export function percent(share: number): string {
  const value = share * 100;
  const rounded = Math.round(value * 10) / 10;
  if (rounded === 100 && share < 1) return '99.9%';
  if (rounded === 0 && share > 0) return 'under 0.1%';
  return `${rounded}%`;
}

/** `48 s`, `5 min`, `3.5 h`, `12 days`. */
export function duration(ms: number): string {
  if (ms < 1000) return 'under a second';
  const seconds = ms / 1000;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${grouped(Math.round(seconds / 360) / 10)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** `940 B`, `1.2 MB`, decimal units. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ${units[unit]}`;
}

/** First eight characters of a pseudonym: enough to tell people apart in a sentence. */
export function shortName(pseudonym: string): string {
  return pseudonym.length > 12 ? `${pseudonym.slice(0, 8)}…` : pseudonym;
}
