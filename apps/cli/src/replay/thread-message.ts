import type { EventBatch } from './event-batch.js';
import type { ReportData } from './reading-report.js';

/** From the reading thread to its parent, which answers each batch with a message of any content. */
export type ThreadMessage =
  | { readonly kind: 'batch'; readonly batch: EventBatch; readonly bytes: number }
  | { readonly kind: 'end'; readonly report: ReportData };

/** Batches that may wait to be taken: enough that neither side waits for the other, little enough to stay small. */
export const MAX_BATCHES_AHEAD = 4;
