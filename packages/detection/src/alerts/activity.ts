import type { Activity } from '@vedette/protocol';

const BUCKETS = 60;

/** Adds `requests` evenly over `[fromMs, toMs]`; the buckets double in width until the whole life fits in sixty. */
export function addActivity(activity: Activity | undefined, requests: number, fromMs: number, toMs: number): Activity {
  let startMs = activity === undefined ? Math.floor(fromMs / 1000) * 1000 : Date.parse(activity.start);
  let bucketMs = activity?.bucketMs ?? 1000;
  let counts = activity === undefined ? [0] : activity.counts.slice();
  while (fromMs < startMs || toMs >= startMs + bucketMs * BUCKETS) {
    const widerMs = bucketMs * 2;
    const widerStartMs = Math.floor(Math.min(fromMs, startMs) / widerMs) * widerMs;
    const wider: number[] = [];
    counts.forEach((count, i) => {
      const at = Math.floor((startMs + i * bucketMs - widerStartMs) / widerMs);
      wider[at] = (wider[at] ?? 0) + count;
    });
    counts = Array.from(wider, (count) => count ?? 0);
    startMs = widerStartMs;
    bucketMs = widerMs;
  }
  const first = Math.floor((fromMs - startMs) / bucketMs);
  const last = Math.floor((toMs - startMs) / bucketMs);
  while (counts.length <= last) counts.push(0);
  const span = last - first + 1;
  for (let i = 0; i < span; i++) {
    // Whole requests whose running sum stays even.
    counts[first + i]! += Math.floor((requests * (i + 1)) / span) - Math.floor((requests * i) / span);
  }
  return { start: new Date(startMs).toISOString(), bucketMs, counts: counts.slice(0, BUCKETS) };
}
