import { type AlertEvent, requestEventKey } from '@vedette/protocol';
import { openStorage } from '@vedette/storage';
import { namesOf } from './undisturbed.js';
import type { WebhookReceiver } from './webhook-receiver.js';

/** What storage holds after all was done. */
export interface Kept {
  /** How often each span is there, by key. */
  readonly spans: ReadonlyMap<string, number>;
  readonly alertEvents: readonly AlertEvent[];
  /** Newest start of a request, Unix ms. */
  readonly newestMs: number;
}

/** Reads the data directory of a collector that has stopped. */
export async function readKept(dataDir: string): Promise<Kept> {
  const storage = await openStorage({ kind: 'embedded', dataDir });
  try {
    const spans = new Map<string, number>();
    let newestMs = 0;
    for await (const { events } of storage.requestEvents.scan({ fromMs: 0 })) {
      for (const event of events) {
        const key = requestEventKey(event);
        spans.set(key, (spans.get(key) ?? 0) + 1);
        newestMs = Math.max(newestMs, event.startMs);
      }
    }
    const alertEvents: AlertEvent[] = [];
    for (let after = 0; ; after = alertEvents.at(-1)!.sequence) {
      const page = await storage.alertEvents.after(after, 1000);
      alertEvents.push(...page);
      if (page.length < 1000) break;
    }
    return { spans, alertEvents, newestMs };
  } finally {
    await storage.close();
  }
}

export interface SpanVerdict {
  readonly acknowledged: number;
  readonly stored: number;
  readonly lost: number;
  readonly twice: number;
  readonly strange: number;
}

/** @param made keys of all spans that were ever made */
export function judgeSpans(kept: Kept, acknowledged: ReadonlySet<string>, made: ReadonlySet<string>): SpanVerdict {
  let lost = 0;
  for (const key of acknowledged) if (!kept.spans.has(key)) lost++;
  let twice = 0;
  let strange = 0;
  for (const [key, count] of kept.spans) {
    if (count > 1) twice++;
    if (!made.has(key)) strange++;
  }
  return { acknowledged: acknowledged.size, stored: kept.spans.size, lost, twice, strange };
}

export interface AlertVerdict {
  readonly alerts: number;
  /** Names of what an undisturbed run has and this one has not. */
  readonly missing: string[];
  /** Names of what only this run has. */
  readonly extra: string[];
  /** Names that two alerts share, alerts raised twice, events that share a number. */
  readonly twice: string[];
}

export function judgeAlerts(kept: Kept, undisturbed: readonly string[]): AlertVerdict {
  const newest = new Map<string, AlertEvent>();
  const raised = new Map<string, number>();
  const numbers = new Map<number, number>();
  for (const event of kept.alertEvents) {
    newest.set(event.alert.id, event);
    numbers.set(event.sequence, (numbers.get(event.sequence) ?? 0) + 1);
    if (event.change === 'raised') raised.set(event.alert.id, (raised.get(event.alert.id) ?? 0) + 1);
  }
  const names = [...newest.values()].flatMap((event) => namesOf(event.alert));
  const expected = new Set(undisturbed);
  return {
    alerts: newest.size,
    missing: [...expected].filter((name) => !names.includes(name)),
    extra: names.filter((name) => !expected.has(name)),
    twice: [
      ...names.filter((name, i) => names.indexOf(name) !== i),
      ...[...raised].filter(([, count]) => count > 1).map(([id, count]) => `${id} raised ${count} times`),
      ...[...numbers].filter(([, count]) => count > 1).map(([number]) => `two events with number ${number}`),
    ],
  };
}

/** Changes that webhooks tell. */
const TOLD = new Set(['raised', 'escalated', 'recurred', 'withdrawn']);

export interface WebhookVerdict {
  readonly due: number;
  readonly delivered: number;
  /** Tries beyond the first. */
  readonly repeats: number;
  readonly missing: string[];
  /** Delivered without an alert event that is stored. */
  readonly unfounded: string[];
  /** Ids that came with different bodies. */
  readonly unstable: string[];
  readonly forged: readonly string[];
}

export function judgeWebhooks(kept: Kept, receiver: Pick<WebhookReceiver, 'received' | 'forged'>): WebhookVerdict {
  const due = new Set(dueWebhooks(kept.alertEvents));
  const { received, forged } = receiver;
  let repeats = 0;
  for (const { tries } of received.values()) repeats += tries - 1;
  return {
    due: due.size,
    delivered: [...due].filter((id) => received.get(id)?.taken === true).length,
    repeats,
    missing: [...due].filter((id) => received.get(id)?.taken !== true),
    unfounded: [...received.keys()].filter((id) => !due.has(id)),
    unstable: [...received].filter(([, { bodies }]) => bodies.size > 1).map(([id]) => id),
    forged,
  };
}

function dueWebhooks(events: readonly AlertEvent[]): string[] {
  return events.filter((event) => TOLD.has(event.change)).map((event) => `evt_${event.alert.id}_${event.sequence}`);
}
