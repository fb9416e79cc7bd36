/**
 * Log-likelihood ratios in nats and the thresholds that go with them.
 *
 * A detector adds what each first contact tells (Wald's sequential test), floored at zero (Page's CUSUM): the sum is
 * how much likelier the recent past is under the attack than under what is normal here.
 */

/** Evidence of one outcome that is seen with probability `attack` under attack and `benign` otherwise. */
export function nats(attack: number, benign: number): number {
  return Math.log(attack / benign);
}

/**
 * Threshold for a wanted false-alarm rate: the mean time to a false alarm of a CUSUM of true log-likelihood ratios is at
 * least e^h updates (Lorden 1971), so h = ln(updates per million requests / false alarms per million requests).
 */
export function thresholdFor(updatesPerMillion: number, falseAlarmsPerMillion: number): number {
  return Math.log(updatesPerMillion / falseAlarmsPerMillion);
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/**
 * Evidence of `hits` among `trials` under two attack shares, the bolder of them: a pure attack, and one that hides among
 * three times as many harmless acts. Zero where the benign share is so high that a hit says nothing.
 */
export function binaryNats(hits: number, trials: number, benign: number): number {
  if (benign >= 0.5 || hits === 0) return 0;
  return Math.max(bernoulli(hits, trials, benign, PURE), bernoulli(hits, trials, benign, Math.max(MIXED, 3 * benign)));
}

const PURE = 0.97;
const MIXED = 0.25;

function bernoulli(hits: number, trials: number, benign: number, attackShare: number): number {
  const attack = Math.min(attackShare, PURE);
  return hits * nats(attack, benign) + (trials - hits) * nats(1 - attack, 1 - benign);
}
