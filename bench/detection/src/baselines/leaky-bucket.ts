import type { AlertType, RequestEvent } from '@vedette/protocol';
import { addressUnit } from '../score/address.js';
import type { Examinee, RaisedAlert } from '../score/raised-alert.js';
import { BaselineAlerts } from './baseline-alerts.js';

interface Rule {
  readonly type: AlertType | 'login';
  readonly capacity: number;
  readonly leakMs: number;
  /** What fills the bucket, or `null`: a distinct value counts once a bucket. */
  readonly drop: (event: RequestEvent) => string | null;
}

/**
 * The default of the field: CrowdSec's leaky buckets per address (hub scenarios http-generic-bf, http-probing and
 * http-crawl-non_statics at b03cb59). A bucket overflows at capacity + 1 drops; one drop leaks every `leakMs`.
 */
const RULES: readonly Rule[] = [
  {
    type: 'login',
    capacity: 5,
    leakMs: 10_000,
    drop: (event) => (event.method === 'POST' && (event.status === 401 || event.status === 403) ? event.spanId : null),
  },
  {
    type: 'path_scanning',
    capacity: 10,
    leakMs: 10_000,
    drop: (event) =>
      (event.status === 404 || event.status === 403 || event.status === 400) && !isStatic(event.path)
        ? event.path
        : null,
  },
  {
    type: 'scraping',
    capacity: 40,
    leakMs: 500,
    drop: (event) => (event.method === 'GET' && !isStatic(event.path) ? event.path : null),
  },
];

function isStatic(path: string): boolean {
  return /\.(js|css|map|png|webp|jpg|gif|ico|svg|woff2?)$/.test(path);
}

interface Bucket {
  level: number;
  atMs: number;
  firstMs: number;
  values: Set<string>;
  accounts: Set<string>;
}

const BLACKHOLE_MS = 60_000;
const MAX_BUCKETS = 100_000;

export function leakyBuckets(): Examinee {
  const alerts = new BaselineAlerts('leaky bucket');
  const buckets = RULES.map(() => new Map<string, Bucket>());
  return {
    name: 'leaky bucket (CrowdSec defaults)',
    observe(event) {
      for (let i = 0; i < RULES.length; i++) {
        const rule = RULES[i]!;
        const value = rule.drop(event);
        if (value === null || event.source === '') continue;
        const key = addressUnit(event.source);
        const map = buckets[i]!;
        let bucket = map.get(key);
        if (bucket === undefined || event.startMs - bucket.atMs > rule.leakMs * (bucket.level + 1)) {
          if (map.size >= MAX_BUCKETS) map.delete(map.keys().next().value!);
          bucket = { level: 0, atMs: event.startMs, firstMs: event.startMs, values: new Set(), accounts: new Set() };
          map.set(key, bucket);
        }
        if (bucket.values.has(value)) continue;
        bucket.values.add(value);
        bucket.level = Math.max(0, bucket.level - (event.startMs - bucket.atMs) / rule.leakMs) + 1;
        bucket.atMs = Math.max(bucket.atMs, event.startMs);
        bucket.accounts.add(event.authIdentifier);
        if (bucket.level > rule.capacity) {
          // The rule does not tell one account from many; it gets the benefit of the doubt.
          const type =
            rule.type !== 'login' ? rule.type : bucket.accounts.size === 1 ? 'brute_force' : 'credential_stuffing';
          alerts.raise(type, key, event, bucket.firstMs, BLACKHOLE_MS);
          map.delete(key);
        }
      }
    },
    finish() {},
    alerts: (): RaisedAlert[] => alerts.list(),
  };
}
