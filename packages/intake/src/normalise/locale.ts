/** Two-letter codes of ISO 639-1 and ISO 3166-1 that stand in addresses of services in use. */
const CODES = new Set(
  `en de fr es it pt nl sv da nb nn no fi is pl cs sk hu ro bg el tr ru uk ja zh ko ar he hi th vi id ms et lv lt sl hr
  sr bs mk sq ga mt ca eu gl fa ur bn ta az be ka kk hy mn km my ne sw af am us gb at ch au nz mx br cl ie in jp cn kr se
  dk za sg hk tw ae cz ua ee si rs gr ph ar co pe`.split(/\s+/),
);

/** A language, a country, or both: `de`, `pt-BR`, `zh_Hant`. */
export function isLocale(segment: string): boolean {
  const { length } = segment;
  if (length !== 2 && length !== 5 && length !== 7) return false;
  if (length > 2 && segment.charCodeAt(2) !== 45 && segment.charCodeAt(2) !== 95) return false;
  if (length > 2 && !/^[A-Za-z]+$/.test(segment.slice(3))) return false;
  return CODES.has(segment.slice(0, 2).toLowerCase());
}
