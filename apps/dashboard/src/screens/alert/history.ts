import type { AlertDetail } from '@vedette/protocol';

type HistoryEvent = AlertDetail['history'][number];

/** One line of the history: an event, and how many equal ones it stands for. */
export interface HistoryStep {
  readonly event: HistoryEvent;
  readonly times: number;
}

/** Newest first, with the engine's runs of plain updates folded into the last of each. */
export function foldHistory(history: readonly HistoryEvent[]): HistoryStep[] {
  const steps: HistoryStep[] = [];
  for (const event of [...history].sort((a, b) => b.sequence - a.sequence)) {
    const later = steps.at(-1);
    if (later !== undefined && isPlainUpdate(event) && isPlainUpdate(later.event)) {
      steps[steps.length - 1] = { event: later.event, times: later.times + 1 };
    } else {
      steps.push({ event, times: 1 });
    }
  }
  return steps;
}

function isPlainUpdate({ change, by, comment }: HistoryEvent): boolean {
  return change === 'updated' && by === null && comment === null;
}
