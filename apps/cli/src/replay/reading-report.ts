/** Reasons told apart; further ones are counted together. */
const MAX_REASONS = 50;
const MAX_EXAMPLES = 3;
const EXAMPLE_LENGTH = 160;
/** Actors whose names are remembered; of those past it an alert shows the pseudonym. */
const MAX_ACTORS = 500_000;

export interface UnreadExample {
  readonly file: string;
  readonly line: number;
  /** The whole reason, with the place in the line. */
  readonly reason: string;
  /** Beginning of the line. */
  readonly text: string;
}

export interface Unread {
  readonly reason: string;
  count: number;
  readonly examples: UnreadExample[];
}

/** A {@link ReadingReport} as plain data. */
export interface ReportData {
  readonly counts: Readonly<Record<'lines' | 'events' | 'ignoredSpans' | 'rejectedSpans' | 'unreadLines', number>>;
  readonly brokenFiles: readonly string[];
  readonly unread: readonly Unread[];
  readonly rejected: readonly (readonly [string, number])[];
  readonly actors: readonly (readonly [string, string])[];
}

/** What became of everything that was read: each line and each span is counted once. */
export class ReadingReport {
  lines = 0;
  /** Request events that came out. */
  events = 0;
  /** Spans that are not HTTP server spans. */
  ignoredSpans = 0;
  /** Spans that could not be used. */
  rejectedSpans = 0;
  unreadLines = 0;
  /** Files that broke off. */
  readonly brokenFiles: string[] = [];
  readonly #unread = new Map<string, Unread>();
  readonly #rejected = new Map<string, number>();
  readonly #actors = new Map<string, string>();

  /** All of it as plain data, to pass between threads. */
  data(): ReportData {
    const { lines, events, ignoredSpans, rejectedSpans, unreadLines, brokenFiles } = this;
    return {
      counts: { lines, events, ignoredSpans, rejectedSpans, unreadLines },
      brokenFiles,
      unread: [...this.#unread.values()],
      rejected: [...this.#rejected],
      actors: [...this.#actors],
    };
  }

  /** Takes over what another one counted. */
  replaceBy(data: ReportData): void {
    Object.assign(this, data.counts);
    this.brokenFiles.splice(0, this.brokenFiles.length, ...data.brokenFiles);
    this.#unread.clear();
    for (const unread of data.unread) this.#unread.set(unread.reason, unread);
    this.#rejected.clear();
    for (const [reason, count] of data.rejected) this.#rejected.set(reason, count);
    this.#actors.clear();
    for (const [pseudonym, name] of data.actors) this.#actors.set(pseudonym, name);
  }

  /** Takes note of who a pseudonym stands for that was made of a clear id in the traffic. */
  nameActor(pseudonym: string, name: string): void {
    if (this.#actors.size < MAX_ACTORS && !this.#actors.has(pseudonym)) this.#actors.set(pseudonym, name);
  }

  /** An actor as it came in the traffic. */
  actor(id: string): string {
    return this.#actors.get(id) ?? id;
  }

  reject(reason: string, count: number): void {
    this.rejectedSpans += count;
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + count);
  }

  /** Counts a line that could not be read, by the part of its reason before a colon. */
  miss(example: UnreadExample): void {
    this.unreadLines++;
    const full = example.reason;
    const colon = full.indexOf(': ');
    let reason = colon < 0 ? full : full.slice(0, colon);
    if (!this.#unread.has(reason) && this.#unread.size >= MAX_REASONS) reason = 'other reasons';
    let unread = this.#unread.get(reason);
    if (unread === undefined) {
      unread = { reason, count: 0, examples: [] };
      this.#unread.set(reason, unread);
    }
    unread.count++;
    if (unread.examples.length < MAX_EXAMPLES) {
      unread.examples.push({ ...example, text: example.text.slice(0, EXAMPLE_LENGTH) });
    }
  }

  /** Most frequent first. */
  unread(): Unread[] {
    return [...this.#unread.values()].sort((a, b) => b.count - a.count);
  }

  rejected(): { readonly reason: string; readonly count: number }[] {
    return [...this.#rejected].map(([reason, count]) => ({ reason, count }));
  }
}
