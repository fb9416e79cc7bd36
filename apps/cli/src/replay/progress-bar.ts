/** Least time between two drawings, ms: faster than the eye only costs. */
const INTERVAL_MS = 100;
const BAR_WIDTH = 24;

export interface ProgressState {
  readonly events: number;
  readonly alerts: number;
  /** Bytes read of `totalBytes`. */
  readonly bytes: number;
  /** 0 where unknown. */
  readonly totalBytes: number;
  readonly elapsedMs: number;
}

/** One line of progress: how far, how fast, how much longer. */
export function progressLine(state: ProgressState): string {
  const { events, alerts, bytes, totalBytes, elapsedMs } = state;
  const rate = Math.round(events / Math.max(elapsedMs / 1000, 0.001));
  const counts = `${events.toLocaleString('en-US')} requests  ${rate.toLocaleString('en-US')}/s  ${alerts} ${alerts === 1 ? 'alert' : 'alerts'}`;
  if (totalBytes === 0) return `${(bytes / 1e6).toFixed(1)} MB  ${counts}`;
  const share = Math.min(1, bytes / totalBytes);
  const full = Math.round(share * BAR_WIDTH);
  const leftMs = share > 0 ? (elapsedMs / share) * (1 - share) : Number.NaN;
  const left = Number.isFinite(leftMs) ? `${duration(leftMs)} left` : '';
  return `[${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}] ${Math.floor(share * 100)}%  ${counts}  ${left}`.trimEnd();
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Draws progress over itself in a terminal; in anything else it stays silent. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  readonly #startMs = performance.now();
  #drawnMs = Number.NEGATIVE_INFINITY;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  draw(state: Omit<ProgressState, 'elapsedMs'>): void {
    const nowMs = performance.now();
    if (!this.#stream.isTTY || nowMs - this.#drawnMs < INTERVAL_MS) return;
    this.#drawnMs = nowMs;
    const line = progressLine({ ...state, elapsedMs: nowMs - this.#startMs });
    this.#stream.write(`\r\u001b[2K${line.slice(0, this.#stream.columns - 1)}`);
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[2K');
  }
}
