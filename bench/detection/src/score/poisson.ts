/**
 * Exact one-sided 95 % upper bound on the mean of a Poisson count (Garwood 1936): the mean at which a count this small or
 * smaller has a chance of 5 %.
 */
export function poissonUpperBound(count: number): number {
  let low = count;
  let high = count + 10 + 6 * Math.sqrt(count + 1);
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (poissonAtMost(count, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

function poissonAtMost(count: number, mean: number): number {
  let term = -mean;
  let sum = Math.exp(term);
  for (let k = 1; k <= count; k++) {
    term += Math.log(mean / k);
    sum += Math.exp(term);
  }
  return Math.min(1, sum);
}

/** Wilson's 95 % interval of a share. */
export function wilsonInterval(hits: number, trials: number): [number, number] {
  if (trials === 0) return [0, 1];
  const z = 1.96;
  const p = hits / trials;
  const centre = (p + (z * z) / (2 * trials)) / (1 + (z * z) / trials);
  const half = (z / (1 + (z * z) / trials)) * Math.sqrt((p * (1 - p)) / trials + (z * z) / (4 * trials * trials));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  // Between a number and for ever there is nothing.
  if (!Number.isFinite(above)) return position - Math.floor(position) === 0 ? below : above;
  return below + (above - below) * (position - Math.floor(position));
}
