import {
  ALERT_TYPE_INFO,
  type AlertType,
  type Discount,
  type Outcome,
  type ScoreTerm,
  SEVERITY_FLOOR,
  severityOf,
} from '@vedette/protocol';
import { grouped } from '../core/words.js';

/** What of a finding, or of several joined in one alert, decides the score. */
export interface Scored {
  readonly type: AlertType;
  readonly logLikelihood: number;
  readonly threshold: number;
  readonly units: number;
  readonly outcome: Outcome;
  readonly discounts: readonly Discount[];
}

export interface Score {
  /** 0 to 100, an integer. */
  readonly score: number;
  readonly terms: ScoreTerm[];
}

const OUTCOME_POINTS: Readonly<Record<Outcome, number>> = { none: 0, partial: 10, success: 18, success_followed: 25 };
const OUTCOME_TEXT: Readonly<Record<Outcome, string>> = {
  none: 'nothing was gained so far',
  partial: 'something was learned or partly obtained',
  success: 'it succeeded',
  success_followed: 'it succeeded and was followed up',
};
/** Without success a campaign is medium at most; from this many units on (fast and large) it may be high, never critical. */
const LARGE_UNITS = 1_000;
const LIMIT_SMALL = SEVERITY_FLOOR.high - 1;
const LIMIT_LARGE = SEVERITY_FLOOR.critical - 1;
/** A scanner met with errors is the weather: it stays low. */
const LIMIT_SCAN = 39;

/**
 * Score = impact + confidence + volume + outcome − discounts, within limits (docs/DETECTION.md, score).
 *
 * impact: points of the type, 10 to 40 · confidence: 4 at the threshold, one more per nat beyond it, at most 20 · volume:
 * 5·log₁₀(units), at most 15 · outcome: 0, 10, 18 or 25 · limits: without success at most 69 (84 from 1,000 units on, 39
 * for scans), with success at least 70. Cold start and guards lower the shown score, but never its band; a known
 * consumer may lower both.
 */
export function scoreOf(scored: Scored): Score {
  const terms: ScoreTerm[] = [];
  const add = (name: ScoreTerm['name'], points: number, text: string): number => {
    terms.push({ name, points, text });
    return points;
  };
  const info = ALERT_TYPE_INFO[scored.type];
  const excess = scored.logLikelihood - scored.threshold;
  let score = add('impact', info.impact, `${info.name.toLowerCase()} costs its victims this much when it succeeds`);
  score += add(
    'confidence',
    Math.round(Math.min(20, Math.max(0, 4 + excess))),
    `${grouped(scored.logLikelihood)} nats of evidence against a threshold of ${grouped(scored.threshold)}`,
  );
  const volume = Math.round(Math.min(15, 5 * Math.log10(Math.max(1, scored.units))));
  score += add('volume', volume, `size of the campaign: ${grouped(scored.units)}`);
  score += add('outcome', OUTCOME_POINTS[scored.outcome], OUTCOME_TEXT[scored.outcome]);
  score = limited(score, scored, add);
  for (const discount of scored.discounts) {
    const floor = discount.reason === 'known_consumer' ? 0 : SEVERITY_FLOOR[severityOf(score)];
    const points = Math.min(discount.points, score - floor);
    if (points > 0) score += add('discount', -points, discount.text);
  }
  return { score: Math.round(score), terms };
}

function limited(
  score: number,
  scored: Scored,
  add: (name: ScoreTerm['name'], points: number, text: string) => number,
): number {
  let limit = 100;
  let text = 'the scale ends at 100';
  if (scored.outcome === 'none') {
    if (scored.type === 'path_scanning') {
      limit = LIMIT_SCAN;
      text = 'a scan that found nothing stays low';
    } else if (scored.units < LARGE_UNITS) {
      limit = LIMIT_SMALL;
      text = 'without success it stays below high';
    } else {
      limit = LIMIT_LARGE;
      text = 'without success it stays below critical';
    }
  }
  if (score > limit) return score + add('limit', limit - score, text);
  if ((scored.outcome === 'success' || scored.outcome === 'success_followed') && score < SEVERITY_FLOOR.high) {
    return score + add('limit', SEVERITY_FLOOR.high - score, 'what succeeded is high at least');
  }
  return score;
}
