import type { Baseline, Evidence } from '@vedette/protocol';
import { formatBytes, formatNumber, formatShare, plural } from './number.js';

/** How far a piece of evidence moves the balance, in words. */
export type Strength = 'slight' | 'moderate' | 'strong' | 'very strong';

/**
 * Words for a log-likelihood ratio in nats, by the bounds of Kass and Raftery, "Bayes Factors" (JASA 90, 1995), who give
 * them for 2·ln: 2, 6 and 10.
 */
export function strengthOf(nats: number): Strength {
  const size = Math.abs(nats);
  if (size < 1) return 'slight';
  if (size < 3) return 'moderate';
  return size < 5 ? 'strong' : 'very strong';
}

/** Length of a bar for a log-likelihood ratio in nats, 0 to 1: logarithmic, full at 50 nats, the same in every alert. */
export function weightOf(nats: number): number {
  return Math.min(1, Math.log1p(Math.abs(nats)) / Math.log1p(50));
}

/** A value with its unit, as people write it. */
export function formatMeasure(value: number, unit: string): string {
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'share') return formatShare(value);
  return unit === '' ? formatNumber(value) : `${formatNumber(value)} ${unit}`;
}

/** How many times the usual: `107×`, `0.2×`; `null` where nothing is usual or the value is a share. */
export function formatRatio({
  observed,
  expected,
  unit,
}: Pick<Evidence, 'observed' | 'expected' | 'unit'>): string | null {
  if (expected === null || expected <= 0 || unit === 'share') return null;
  const ratio = observed / expected;
  return ratio >= 9.95 ? `${formatNumber(Math.round(ratio))}×` : `${Number(ratio.toPrecision(2))}×`;
}

const BASELINE_OF: Readonly<Record<Baseline['of'], string>> = {
  source: "this source's past",
  actor: "this actor's past",
  peers: 'comparable actors',
  route: "this route's past",
  service: "this service's past",
  prior: 'experience elsewhere, no own past yet',
};

/** Where a usual value comes from. */
export function formatBaseline({ of, size }: Baseline): string {
  return of === 'prior' ? BASELINE_OF.prior : `${BASELINE_OF[of]} (${plural(size, 'observation')})`;
}
