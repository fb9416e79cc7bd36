import type { Normaliser } from '@vedette/intake';
import type { Storage } from '@vedette/storage';
import type { IntakeDesk } from '../ingest/intake-desk.js';
import type { Scorer } from './scorer.js';

/** How far back senders may repeat what they sent before a restart, ms (see DuplicateWindow). */
const DUPLICATE_MS = 15 * 60_000;

export interface RebuildParts {
  readonly storage: Pick<Storage, 'requestEvents'>;
  readonly normaliser: Normaliser;
  /** Its engine has seen everything up to its position. */
  readonly scorer: Scorer;
  readonly desk: IntakeDesk;
  readonly now?: () => number;
}

/**
 * Takes up where the last run stopped: rows that came after the last snapshot are learned from and scored now, in the
 * order in which they were stored. Findings about alerts that are known change nothing; one that was lost with the last
 * run, between storing its events and storing the alert, is raised now.
 */
export async function rebuild(parts: RebuildParts): Promise<void> {
  const { requestEvents } = parts.storage;
  for await (const { events, position } of requestEvents.scan({ fromMs: 0, afterPosition: parts.scorer.position })) {
    for (const event of events) parts.normaliser.learn(event);
    await parts.scorer.score(events, position);
  }
  const nowMs = (parts.now ?? Date.now)();
  for await (const keys of requestEvents.keysSince(nowMs - DUPLICATE_MS)) parts.desk.remember(keys);
}
