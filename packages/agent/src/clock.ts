/** How long a reading of the system's clock is trusted, ms: it may be set while the process runs. */
const ANCHOR_MS = 1_000;

let anchoredAtMs = Number.NEGATIVE_INFINITY;
let offsetMs = 0;

/**
 * Unix time of a moment on the monotonic clock (`performance.now()`), ms with fractions. Reads the system's clock at most
 * once a second, so that spans of one second keep their distances exactly.
 */
export function unixMs(monotonicMs: number): number {
  if (monotonicMs - anchoredAtMs > ANCHOR_MS) {
    anchoredAtMs = monotonicMs;
    offsetMs = Date.now() - performance.now();
  }
  return monotonicMs + offsetMs;
}
