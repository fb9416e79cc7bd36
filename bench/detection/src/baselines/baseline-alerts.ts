import type { AlertType, RequestEvent } from '@vedette/protocol';
import type { RaisedAlert } from '../score/raised-alert.js';

/** Alerts of a baseline: repeats for one source and type within the grouping time grow the alert that is open. */
export class BaselineAlerts {
  readonly #list: RaisedAlert[] = [];
  readonly #open = new Map<string, RaisedAlert>();

  constructor(private readonly rule: string) {}

  raise(type: AlertType, source: string, event: RequestEvent, firstSeenMs: number, groupMs: number): void {
    const key = `${type}/${source}`;
    const open = this.#open.get(key);
    if (open !== undefined && event.startMs - open.lastSeenMs <= Math.max(groupMs, 30 * 60_000)) {
      open.lastSeenMs = event.startMs;
      return;
    }
    const target = event.authIdentifier === '' ? [] : [`account:${event.authIdentifier}`];
    const alert: RaisedAlert = {
      id: `${this.rule}-${this.#list.length}`,
      type,
      // These rules know no severity; their users page on each.
      severity: 'medium',
      raisedMs: event.startMs,
      firstSeenMs,
      lastSeenMs: event.startMs,
      sources: source === '' ? [] : [source],
      sourceCount: source === '' ? 0 : 1,
      actors: event.actor === '' ? [] : [event.actor],
      actorCount: event.actor === '' ? 0 : 1,
      targets: target,
      compromised: [],
      summary: this.rule,
      isWithdrawn: false,
    };
    this.#list.push(alert);
    this.#open.set(key, alert);
  }

  list(): RaisedAlert[] {
    return this.#list;
  }
}
