import { createAlertBook, createEngine, type EngineOptions } from '@vedette/detection';
import type { Alert, ComparedNumber, Explanation, Finding } from '@vedette/protocol';
import type { Storage } from '@vedette/storage';

export interface ExplainParts {
  readonly storage: Pick<Storage, 'requestEvents'>;
  /** As the live engine has them, so that the same evidence comes out. */
  readonly engine: EngineOptions;
}

/** Relative difference below which two numbers are the same: sums of logarithms in another order differ by less. */
const TOLERANCE = 1e-9;

/**
 * Makes an alert once more from nothing but the stored request events, through a new engine, and compares every number
 * that its score was made from.
 *
 * It goes through all events that are still stored, in the order in which they came, since baselines are made of them;
 * those that retention has removed since can make numbers differ, and then the reason says so.
 */
export async function explain(alert: Alert, parts: ExplainParts): Promise<Explanation> {
  const engine = createEngine(parts.engine);
  const book = createAlertBook();
  const range = { count: 0, oldestMs: Number.POSITIVE_INFINITY, newestMs: Number.NEGATIVE_INFINITY };
  const lastSeenMs = Date.parse(alert.lastSeen);
  let recomputed: Alert | null = null;

  const apply = (findings: readonly Finding[]): boolean => {
    for (const finding of findings) {
      const update = book.apply(finding);
      if (update?.alert.id !== alert.id) continue;
      recomputed = update.alert;
      if (recomputed.requests >= alert.requests && Date.parse(recomputed.lastSeen) >= lastSeenMs) return true;
    }
    return false;
  };

  let isDone = false;
  for await (const { events } of parts.storage.requestEvents.scan({ fromMs: 0 })) {
    for (const event of events) {
      range.count++;
      range.oldestMs = Math.min(range.oldestMs, event.startMs);
      range.newestMs = Math.max(range.newestMs, event.startMs);
      isDone = apply(engine.observe(event));
      if (isDone) break;
    }
    if (isDone) break;
  }
  if (!isDone) apply(engine.flush());

  const numbers = compareNumbers(alert, recomputed);
  const matches = recomputed !== null && numbers.every((number) => number.matches);
  return {
    alertId: alert.id,
    matches,
    reason: matches ? null : whyNot(alert, recomputed, range.oldestMs),
    requestEvents: range.count,
    oldest: toTime(range.oldestMs),
    newest: toTime(range.newestMs),
    numbers,
    recomputed,
  };
}

/** Every number of the stored alert beside the one that came out now. */
function compareNumbers(stored: Alert, recomputed: Alert | null): ComparedNumber[] {
  const now = new Map(recomputed === null ? [] : numbersOf(recomputed));
  return numbersOf(stored).map(([name, value]) => {
    const again = now.get(name) ?? null;
    return { name, stored: value, recomputed: again, matches: isSame(value, again) };
  });
}

function numbersOf(alert: Alert): [name: string, value: number | null][] {
  return [
    ['score', alert.score],
    ...alert.scoreTerms.map((term): [string, number] => [`score.${term.name}`, term.points]),
    ['requests', alert.requests],
    ['sources', alert.sourceCount],
    ['actors', alert.actorCount],
    ['targets', alert.targetCount],
    ...alert.evidence.flatMap((one): [string, number | null][] => [
      [`${one.name}.observed`, one.observed],
      [`${one.name}.expected`, one.expected],
      [`${one.name}.logLikelihood`, one.logLikelihood],
    ]),
  ];
}

function isSame(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));
}

function whyNot(alert: Alert, recomputed: Alert | null, oldestMs: number): string {
  if (oldestMs > Date.parse(alert.firstSeen)) {
    return `request events of its beginning are no longer stored: the oldest is of ${toTime(oldestMs) ?? 'never'}`;
  }
  if (recomputed === null) return 'the stored request events do not lead to this alert any more';
  return 'the numbers differ: request events before the alert are gone, or this version of Vedette weighs them differently';
}

function toTime(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}
