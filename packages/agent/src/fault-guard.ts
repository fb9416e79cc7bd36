/**
 * Runs the agent's hooks inside the service so that no fault of ours reaches it. Faults are counted; past the limit
 * the guard trips once, for good, and hooks become no-ops.
 */
export class FaultGuard {
  #faults = 0;
  #tripped = false;
  readonly #limit: number;
  readonly #onTrip: (lastFault: unknown, faults: number) => void;

  /**
   * @param limit faults that are tolerated before capture turns off
   * @param onTrip called once, when it does
   */
  constructor(limit: number, onTrip: (lastFault: unknown, faults: number) => void) {
    this.#limit = limit;
    this.#onTrip = onTrip;
  }

  get faults(): number {
    return this.#faults;
  }

  get tripped(): boolean {
    return this.#tripped;
  }

  /** The result of `hook`, or `undefined` if it threw or the guard has tripped. Never throws. */
  run<T>(hook: () => T): T | undefined {
    if (this.#tripped) return undefined;
    try {
      return hook();
    } catch (fault) {
      this.count(fault);
      return undefined;
    }
  }

  /** Like {@link run}, but also after the guard has tripped: for what sends, which goes on while capture is off. */
  always<T>(hook: () => T): T | undefined {
    try {
      return hook();
    } catch (fault) {
      this.count(fault);
      return undefined;
    }
  }

  /** Counts a fault that was caught elsewhere: hot hooks catch for themselves, without a function for {@link run}. */
  count(fault: unknown): void {
    this.#faults++;
    if (this.#faults < this.#limit || this.#tripped) return;
    this.#tripped = true;
    try {
      this.#onTrip(fault, this.#faults);
    } catch {
      // Reporting is best effort; the service comes first.
    }
  }
}
