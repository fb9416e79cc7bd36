import type { AlertDetail } from '@vedette/protocol';
import { describe, expect, it } from 'vitest';
import { foldHistory } from './history.js';

type HistoryEvent = AlertDetail['history'][number];

function event(sequence: number, change: HistoryEvent['change'], by: string | null = null): HistoryEvent {
  return { sequence, change, recordedAt: '2026-01-02T10:00:00.000Z', by, comment: null };
}

describe('foldHistory', () => {
  it('folds runs of updates, newest first, and nothing that somebody decided', () => {
    const history = [
      event(1, 'raised'),
      event(2, 'updated'),
      event(5, 'updated'),
      event(6, 'triaged', 'ana'),
      event(7, 'updated'),
      event(8, 'escalated'),
    ];
    expect(foldHistory(history).map((step) => [step.event.sequence, step.times])).toEqual([
      [8, 1],
      [7, 1],
      [6, 1],
      [5, 2],
      [1, 1],
    ]);
  });
});
