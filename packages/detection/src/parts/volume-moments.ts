/** Weight of the newest window in a taker's own past once it is long: a month of days, a few weeks of hours. */
export const OWN_MEMORY = 30;
/** No window teaches more than this many deviations: an outlier is remembered as large, not as normal. */
const WINSOR = 3;
/** The least spread a habit has: hours of one habit vary by half again at least (σ of ln). */
export const MIN_DEVIATION = 0.5;
/** Days of one habit vary less than hours: a third at least. */
const MIN_DAY_DEVIATION = 0.35;
/** Both slow tests, bytes and items, must pass this (reference 5.10); their sum is the evidence. */
export const SLOW_THRESHOLD = 12;

/** Mean and variance with memory: exact while short, then exponential with a weight of 1/30 (West 1979), winsorised. */
export function learnMoment(
  means: Float32Array,
  variances: Float32Array,
  slot: number,
  seen: number,
  value: number,
): void {
  const weight = 1 / Math.min(seen + 1, OWN_MEMORY);
  let difference = value - means[slot]!;
  if (seen >= 5) {
    const limit = WINSOR * Math.max(MIN_DEVIATION, Math.sqrt(variances[slot]!));
    difference = Math.min(limit, Math.max(-limit, difference));
  }
  means[slot]! += weight * difference;
  variances[slot] = (1 - weight) * (variances[slot]! + weight * difference * difference);
}

/**
 * Deviation of one day from the own past, in predictive standard deviations (those of Student's t for so few days, hence
 * at least five of them), winsorised, less what the past's own mean may be wrong by.
 */
export function dayDeviation(value: number, mean: number, variance: number, days: number): number {
  const known = Math.min(days, OWN_MEMORY);
  const spread = Math.max(MIN_DAY_DEVIATION, Math.sqrt(variance));
  const deviation = spread * Math.sqrt((1 + 1 / known) * ((known - 1) / (known - 3)));
  return Math.min(WINSOR, Math.max(-WINSOR, (value - mean) / deviation)) - 1 / Math.sqrt(known);
}

/**
 * One day more of a slow test: CUSUM of deviations with allowance ½, the exact test of a shift by one deviation (Page
 * 1954). Once it has fired, a day without a rise halves it: the campaign ends within days.
 */
export function addDay(sum: number, deviation: number): number {
  if (sum >= SLOW_THRESHOLD && deviation < 1) return sum / 2;
  return Math.min(SLOW_THRESHOLD * 2, Math.max(0, sum + deviation - 0.5));
}
