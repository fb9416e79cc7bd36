import type { Finding } from '@vedette/protocol';

/** What the engine and its parts share while one event is worked on: the time, the next thing due, what was found. */
export class Agenda {
  /** Event time that is believed at the moment, Unix ms. */
  nowMs = Number.NEGATIVE_INFINITY;
  /** Event time of the next thing due. */
  dueMs = Number.POSITIVE_INFINITY;
  /** Whether findings may wait; only measurements say no. */
  readonly mayHold: boolean;
  #findings: Finding[] = [];

  constructor(mayHold = true) {
    this.mayHold = mayHold;
  }

  /** Asks to be ticked at `ms`. */
  at(ms: number): void {
    if (ms < this.dueMs) this.dueMs = ms;
  }

  emit(finding: Finding): void {
    this.#findings.push(finding);
  }

  get hasFindings(): boolean {
    return this.#findings.length > 0;
  }

  take(): Finding[] {
    const findings = this.#findings;
    this.#findings = [];
    return findings;
  }
}
