/** Beyond this the tail is below 10⁻⁸, smaller than anything that is told apart here. */
const LIMIT = 20;

/**
 * Tail of Student's t with eight degrees of freedom: P(T > t), closed form (Abramowitz & Stegun 26.7.4). Logarithms of
 * request volumes have tails heavier than a normal's; with eight degrees a deviation of six is 25,000 times likelier.
 */
export function t8Tail(t: number): number {
  const capped = Math.min(t, LIMIT);
  const x = capped / Math.sqrt(8 + capped * capped);
  const rest = 1 - x * x;
  return 0.5 - 0.5 * x * (1 + rest / 2 + (3 / 8) * rest ** 2 + (5 / 16) * rest ** 3);
}

/** Surprise in nats of a value at least this many standard deviations out: −ln P(T > t), zero below the median. */
export function surprise(t: number): number {
  return t <= 0 ? 0 : -Math.log(t8Tail(t));
}
