import type { Storage } from '@vedette/storage';
import type { IntakeDesk } from '../ingest/intake-desk.js';
import type { CatchUp } from './catch-up.js';

/** How far back senders may repeat what they sent before a restart, ms (see DuplicateWindow). */
const DUPLICATE_MS = 15 * 60_000;

/**
 * Keys read at the start: those of the last seconds at the highest rate, of all of the fifteen minutes at a thousand spans a
 * second. Senders that got no answer before the stop come back with the newest.
 */
const MAX_KEYS = 500_000;

/** How long a start waits for the detectors, ms; what they have not seen by then they see while events are taken. */
const PATIENCE_MS = 1000;

export interface RebuildParts {
  readonly requestEvents: Pick<Storage['requestEvents'], 'keysSince'>;
  readonly catchUp: CatchUp;
  readonly desk: Pick<IntakeDesk, 'remember'>;
  readonly now?: () => number;
}

/**
 * Takes up where the last run stopped, in a time that does not grow with what is stored: the newest keys, so that repeated
 * events are recognised, and the rows after the last snapshot, as far as they can be scored soon.
 */
export async function rebuild({ requestEvents, catchUp, desk, now = Date.now }: RebuildParts): Promise<void> {
  for await (const keys of requestEvents.keysSince(now() - DUPLICATE_MS, MAX_KEYS)) desk.remember(keys);
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([catchUp.run(), patience]);
  clearTimeout(timer);
}
