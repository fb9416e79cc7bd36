import type { Alert, Finding } from '@vedette/protocol';
import { addActivity } from './activity.js';
import { LISTED_PARTICIPANTS, type Merged } from './merge.js';

/** What growing needs to know of an alert. */
interface Grows {
  readonly alert: Alert;
  /** Numbers that storage had; totals never fall below them. */
  readonly loaded: { readonly requests: number; readonly lastMs: number } | null;
  readonly lastMs: number;
}

/** The alert with what its findings say now; numbers that storage had are never lowered. */
export function grown(entry: Grows, merged: Merged, finding: Finding): Alert {
  const { units: _, ...fields } = merged;
  const old = entry.alert;
  const requests = Math.max(fields.requests, entry.loaded?.requests ?? 0);
  const added = requests - old.requests;
  const keep = entry.loaded !== null && old.score > fields.score;
  return {
    ...old,
    ...fields,
    ...(keep ? { score: old.score, scoreTerms: old.scoreTerms, severity: old.severity } : {}),
    firstSeen: earlier(old.firstSeen, fields.firstSeen),
    lastSeen: later(old.lastSeen, fields.lastSeen),
    sources: joined(fields.sources, entry.loaded === null ? [] : old.sources, LISTED_PARTICIPANTS),
    actors: joined(fields.actors, entry.loaded === null ? [] : old.actors, LISTED_PARTICIPANTS),
    compromised: joined(old.compromised, fields.compromised, 200),
    // Sources may turn out to be people: the number follows what is known now, unless only storage knows it.
    sourceCount: entry.loaded === null ? fields.sourceCount : Math.max(fields.sourceCount, old.sourceCount),
    actorCount: Math.max(fields.actorCount, old.actorCount),
    targetCount: Math.max(fields.targetCount, old.targetCount),
    requests,
    activity:
      added > 0
        ? addActivity(
            old.activity,
            added,
            Math.max(entry.lastMs, finding.firstSeenMs),
            Math.max(entry.lastMs, finding.lastSeenMs),
          )
        : old.activity,
  };
}

function joined(first: readonly string[], second: readonly string[], limit: number): string[] {
  return [...new Set([...first, ...second])].slice(0, limit);
}

/** RFC 3339 times in UTC of one width sort as text. */
function earlier(left: string, right: string): string {
  return left.localeCompare(right, 'en') <= 0 ? left : right;
}

function later(left: string, right: string): string {
  return left.localeCompare(right, 'en') >= 0 ? left : right;
}
