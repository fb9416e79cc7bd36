const MIN_BAR_HEIGHT = 1.5;

export interface SparkOptions {
  readonly width: number;
  readonly height: number;
  /** Bars of a short history are not drawn wider than this, so that a young alert does not look like a wall. */
  readonly maxBarWidth?: number;
}

/** SVG path of one bar per count, left to right, scaled to the largest. Zero has no bar. */
export function sparkBars(counts: readonly number[], { width, height, maxBarWidth = 6 }: SparkOptions): string {
  const most = counts.reduce((peak, count) => Math.max(peak, count), 0);
  if (most === 0) return '';
  const step = Math.min(maxBarWidth, width / counts.length);
  const gap = step > 3 ? 1 : 0.5;
  return counts
    .map((count, index) => {
      if (count <= 0) return '';
      const bar = Math.max(MIN_BAR_HEIGHT, (count / most) * height);
      return `M${round(index * step)} ${round(height - bar)}h${round(step - gap)}v${round(bar)}h${round(gap - step)}z`;
    })
    .join('');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
