import type { Alert, AlertList, StreamMessage } from '@vedette/protocol';

type AlertMessage = Extract<StreamMessage, { type: 'alert' }>;

interface Entry {
  readonly alert: Alert;
  /** Position in the alert log up to which this state is known to be right. */
  readonly cursor: number;
}

export type Applied = 'raised' | 'changed' | 'known';

/**
 * The alerts that the page knows, merged from lists read by REST and from the stream, in whatever order the two arrive.
 * Each alert remembers how far along the log its state is, so an older state never replaces a newer one and nothing
 * appears twice.
 */
export class AlertFeed {
  readonly #maxAlerts: number;
  readonly #entries = new Map<string, Entry>();
  #cursor = 0;

  constructor(options: { maxAlerts: number }) {
    this.#maxAlerts = options.maxAlerts;
  }

  /** Where to resume the stream: everything up to here is known. */
  get cursor(): number {
    return this.#cursor;
  }

  get(id: string): Alert | undefined {
    return this.#entries.get(id)?.alert;
  }

  /** Alerts, newest raised first; equal times by id, so that the order never flickers. */
  list(): readonly Alert[] {
    return [...this.#entries.values()].map(({ alert }) => alert).sort(newestRaisedFirst);
  }

  /**
   * Starts anew from lists that were read together; what the stream brought since then stays. Read again from the
   * earliest of the lists' cursors and nothing is missed between them.
   */
  reload(lists: readonly AlertList[], options: { isNewLog: boolean }): void {
    const start = Math.min(...lists.map((list) => list.streamCursor));
    for (const [id, entry] of this.#entries) {
      if (options.isNewLog || entry.cursor <= start) this.#entries.delete(id);
    }
    this.#cursor = options.isNewLog ? start : Math.max(start, this.#cursor);
    for (const list of lists) this.add(list);
  }

  /** Adds a further page. */
  add(list: AlertList): void {
    for (const alert of list.alerts) this.#put(alert, list.streamCursor);
    this.#trim();
  }

  /** Takes one change from the stream. */
  apply(message: AlertMessage): Applied {
    const known = this.#entries.get(message.alert.id);
    this.#cursor = Math.max(this.#cursor, message.cursor);
    if (known !== undefined && known.cursor >= message.cursor) return 'known';
    this.#put(message.alert, message.cursor);
    this.#trim();
    const isNews = known === undefined || known.alert.status === 'expected';
    return isNews && message.change === 'raised' ? 'raised' : 'changed';
  }

  /** Shows a state that the API answered with; the stream's next word on the alert still counts. */
  show(alert: Alert): void {
    this.#entries.set(alert.id, { alert, cursor: this.#entries.get(alert.id)?.cursor ?? 0 });
    this.#trim();
  }

  #put(alert: Alert, cursor: number): void {
    const known = this.#entries.get(alert.id);
    if (known === undefined || known.cursor < cursor) this.#entries.set(alert.id, { alert, cursor });
  }

  /** Lets the oldest closed alerts go first, then the oldest. */
  #trim(): void {
    if (this.#entries.size <= this.#maxAlerts) return;
    const leaving = [...this.#entries.values()]
      .map(({ alert }) => alert)
      .sort((a, b) => Number(isOpen(a)) - Number(isOpen(b)) || newestRaisedFirst(b, a))
      .slice(0, this.#entries.size - this.#maxAlerts);
    for (const alert of leaving) this.#entries.delete(alert.id);
  }
}

/** Whether somebody still has to decide about it. */
export function isOpen(alert: Pick<Alert, 'status'>): boolean {
  return alert.status !== 'resolved' && alert.status !== 'withdrawn' && alert.status !== 'expected';
}

/** The API's times are all UTC with milliseconds, so their texts sort as they do. */
function newestRaisedFirst(a: Alert, b: Alert): number {
  if (a.raisedAt !== b.raisedAt) return a.raisedAt < b.raisedAt ? 1 : -1;
  return a.id < b.id ? -1 : 1;
}
