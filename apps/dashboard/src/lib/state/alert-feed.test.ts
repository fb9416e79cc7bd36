import type { Alert, AlertEvent, AlertList, StreamMessage } from '@vedette/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleAlert } from '../../../test/sample-alert.js';
import { AlertFeed } from './alert-feed.js';

type Change = Pick<AlertEvent, 'sequence' | 'change' | 'alert'>;

function raisedAt(second: number): string {
  return new Date(Date.UTC(2026, 0, 2) + second * 1000).toISOString();
}

function message({ sequence, change, alert }: Change): Extract<StreamMessage, { type: 'alert' }> {
  return { type: 'alert', cursor: sequence, change, alert };
}

/** What the REST API would answer after the first `upTo` changes. */
function listAfter(log: readonly Change[], upTo: number): AlertList {
  const newest = new Map<string, Alert>();
  for (const { alert } of log.slice(0, upTo)) newest.set(alert.id, alert);
  return { alerts: [...newest.values()], nextCursor: null, streamCursor: upTo };
}

/** A log in which every alert is raised once and then changes. */
const logs = fc.array(fc.nat(7), { minLength: 1, maxLength: 40 }).map((ids) => {
  const known = new Set<number>();
  return ids.map((number, index): Change => {
    const change = known.has(number) ? 'updated' : 'raised';
    known.add(number);
    const alert = sampleAlert({ id: `al_${number}`, requests: index + 1, raisedAt: raisedAt(number) });
    return { sequence: index + 1, change, alert };
  });
});

describe('AlertFeed', () => {
  it('puts a new alert at the top and leaves an updated one where it is', () => {
    const feed = new AlertFeed({ maxAlerts: 10 });
    const [first, second] = [1, 2].map((n) => sampleAlert({ id: `al_${n}`, raisedAt: raisedAt(n) })) as [Alert, Alert];
    expect(feed.apply(message({ sequence: 1, change: 'raised', alert: first }))).toBe('raised');
    expect(feed.apply(message({ sequence: 2, change: 'raised', alert: second }))).toBe('raised');
    expect(feed.apply(message({ sequence: 3, change: 'updated', alert: { ...first, requests: 999 } }))).toBe('changed');
    expect(feed.list().map(({ id, requests }) => [id, requests])).toEqual([
      ['al_2', 214],
      ['al_1', 999],
    ]);
    expect(feed.cursor).toBe(3);
  });

  it('ends at the same list whenever it was loaded and however often messages come again', () => {
    fc.assert(
      fc.property(logs, fc.nat(40), fc.array(fc.nat(40)), fc.boolean(), (log, loadedAt, repeats, loadFirst) => {
        const upTo = Math.min(loadedAt, log.length);
        const feed = new AlertFeed({ maxAlerts: 100 });
        const load = () => feed.reload([listAfter(log, upTo)], { isNewLog: false });
        if (loadFirst) load();
        for (const change of log.slice(loadFirst ? upTo : 0)) feed.apply(message(change));
        if (!loadFirst) load();
        for (const index of repeats) {
          const again = log[index];
          if (again) expect(feed.apply(message(again))).toBe('known');
        }
        const truth = listAfter(log, log.length).alerts;
        expect(feed.list()).toHaveLength(truth.length);
        for (const alert of truth) expect(feed.get(alert.id)).toEqual(alert);
        expect(feed.cursor).toBe(log.length);
      }),
    );
  });

  it('misses nothing between lists that were read one after the other', () => {
    const log: Change[] = [1, 2, 3].map((n) => ({
      sequence: n,
      change: 'raised',
      alert: sampleAlert({ id: `al_${n}`, raisedAt: raisedAt(n) }),
    }));
    const feed = new AlertFeed({ maxAlerts: 100 });
    // The second list was read later, and shows only some alerts.
    const later = { ...listAfter(log, 3), alerts: [log[2]!.alert] };
    feed.reload([listAfter(log, 1), later], { isNewLog: true });
    expect(feed.cursor).toBe(1);
    for (const change of log.slice(feed.cursor)) feed.apply(message(change));
    expect(feed.list().map(({ id }) => id)).toEqual(['al_3', 'al_2', 'al_1']);
  });

  it('forgets what a gap may have changed, and keeps what came after it', () => {
    const feed = new AlertFeed({ maxAlerts: 100 });
    feed.apply(message({ sequence: 1, change: 'raised', alert: sampleAlert({ id: 'gone' }) }));
    feed.apply(message({ sequence: 60, change: 'raised', alert: sampleAlert({ id: 'after' }) }));
    feed.reload([{ alerts: [sampleAlert({ id: 'listed' })], nextCursor: null, streamCursor: 50 }], { isNewLog: false });
    expect(new Set(feed.list().map(({ id }) => id))).toEqual(new Set(['listed', 'after']));
    expect(feed.cursor).toBe(60);
  });

  it('starts from nothing with another log, also when its numbers are smaller', () => {
    const feed = new AlertFeed({ maxAlerts: 100 });
    feed.apply(message({ sequence: 900, change: 'raised', alert: sampleAlert({ id: 'old' }) }));
    feed.reload([{ alerts: [sampleAlert({ id: 'new' })], nextCursor: null, streamCursor: 2 }], { isNewLog: true });
    expect(feed.list().map(({ id }) => id)).toEqual(['new']);
    expect(feed.cursor).toBe(2);
  });

  it('shows the answer to a triage until the stream knows better', () => {
    const feed = new AlertFeed({ maxAlerts: 10 });
    feed.apply(message({ sequence: 1, change: 'raised', alert: sampleAlert() }));
    feed.show(sampleAlert({ status: 'acknowledged' }));
    expect(feed.get('al_1')?.status).toBe('acknowledged');
    const streamed = message({
      sequence: 2,
      change: 'triaged',
      alert: sampleAlert({ status: 'acknowledged', requests: 300 }),
    });
    expect(feed.apply(streamed)).toBe('changed');
    expect(feed.get('al_1')?.requests).toBe(300);
  });

  it('stays within its bound and lets closed alerts go first', () => {
    const feed = new AlertFeed({ maxAlerts: 50 });
    for (let n = 1; n <= 200; n++) {
      const status = n % 4 === 0 ? 'resolved' : 'new';
      const alert = sampleAlert({ id: `al_${n}`, raisedAt: raisedAt(n), status, resolution: n % 4 ? null : 'benign' });
      feed.apply(message({ sequence: n, change: 'raised', alert }));
    }
    const left = feed.list();
    expect(left).toHaveLength(50);
    expect(left.every(({ status }) => status === 'new')).toBe(true);
    expect(left[0]?.id).toBe('al_199');
  });
});
