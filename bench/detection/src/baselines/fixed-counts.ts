import type { RequestEvent } from '@vedette/protocol';
import { addressUnit } from '../score/address.js';
import type { Examinee } from '../score/raised-alert.js';
import { BaselineAlerts } from './baseline-alerts.js';

const MINUTE = 60_000;

interface Window {
  startMs: number;
  count: number;
  values: Map<string, number>;
}

/**
 * Fixed counts as in Elastic's detection rules (elastic/detection-rules at 14cf530): stuffing from one source (25 or more
 * failures on 15 or more users, at most 2 each, in 15 min), spraying (15 failures on 5 users in 1 h), brute force on one
 * account (10 failures from 5 addresses in 30 min), web discovery (more than 500 misses on 250 distinct paths in 11 min),
 * and 10 errors of one source (error spike, the noisy one, left out).
 */
export function fixedCounts(): Examinee {
  const alerts = new BaselineAlerts('fixed counts');
  const stuffing = new Windows(15 * MINUTE);
  const spraying = new Windows(60 * MINUTE);
  const brute = new Windows(30 * MINUTE);
  const discovery = new Windows(11 * MINUTE);
  return {
    name: 'fixed counts (Elastic rules)',
    observe(event) {
      const source = addressUnit(event.source);
      if (isFailedLogin(event)) {
        const account = event.authIdentifier === '' ? event.path : event.authIdentifier;
        const quarter = stuffing.add(source, account, event.startMs);
        const users = [...quarter.values.values()];
        if (quarter.count >= 25 && users.length >= 15 && Math.max(...users) <= 2) {
          alerts.raise('credential_stuffing', source, event, quarter.startMs, 15 * MINUTE);
        }
        const hour = spraying.add(source, account, event.startMs);
        if (
          hour.count >= 15 &&
          hour.values.size >= 5 &&
          hour.count / hour.values.size >= 2 &&
          hour.count / hour.values.size <= 6
        ) {
          alerts.raise('password_spraying', source, event, hour.startMs, 60 * MINUTE);
        }
        if (event.authIdentifier !== '') {
          const guesses = brute.add(event.authIdentifier, source, event.startMs);
          if (guesses.count >= 10 && guesses.values.size >= 5)
            alerts.raise('brute_force', source, event, guesses.startMs, 30 * MINUTE);
        }
      } else if (event.method === 'GET' && (event.status === 404 || event.status === 403)) {
        const misses = discovery.add(source, event.path, event.startMs);
        if (misses.count > 500 && misses.values.size > 250)
          alerts.raise('path_scanning', source, event, misses.startMs, 11 * MINUTE);
      }
    },
    finish() {},
    alerts: () => alerts.list(),
  };
}

function isFailedLogin(event: RequestEvent): boolean {
  if (event.authEvent !== '') return event.authEvent === 'login' && event.authOutcome === 'failure';
  return event.method === 'POST' && event.status === 401;
}

/** Tumbling windows by key, each from its first event on. */
class Windows {
  readonly #byKey = new Map<string, Window>();

  constructor(private readonly lengthMs: number) {}

  add(key: string, value: string, atMs: number): Window {
    let window = this.#byKey.get(key);
    if (window === undefined || atMs - window.startMs > this.lengthMs) {
      if (this.#byKey.size >= 100_000) this.#byKey.delete(this.#byKey.keys().next().value!);
      window = { startMs: atMs, count: 0, values: new Map() };
      this.#byKey.set(key, window);
    }
    window.count++;
    window.values.set(value, (window.values.get(value) ?? 0) + 1);
    return window;
  }
}
