import type { Normaliser } from '@vedette/intake';
import type { Storage } from '@vedette/storage';
import type { IntakeDesk } from '../ingest/intake-desk.js';
import type { Scorer } from './scorer.js';

/** How far back senders may repeat what they sent before a restart, ms (see DuplicateWindow). */
const DUPLICATE_MS = 15 * 60_000;

export interface RebuildParts {
  readonly storage: Pick<Storage, 'requestEvents'>;
  readonly normaliser: Normaliser;
  readonly scorer: Scorer;
  readonly desk: IntakeDesk;
  readonly now?: () => number;
}

/**
 * Takes up where the last run stopped: stored request events go through engine and normaliser once more, in the order
 * in which they were stored. Findings about alerts that are known change nothing; one that was lost with the last run,
 * between storing its events and storing the alert, is raised now.
 */
export async function rebuild(parts: RebuildParts): Promise<void> {
  for await (const events of parts.storage.requestEvents.scan({ fromMs: 0 })) {
    for (const event of events) parts.normaliser.learn(event);
    parts.scorer.score(events);
  }
  const nowMs = (parts.now ?? Date.now)();
  for await (const keys of parts.storage.requestEvents.keysSince(nowMs - DUPLICATE_MS)) parts.desk.remember(keys);
}
