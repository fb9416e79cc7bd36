import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectionOf, IDLE, type Link, type LinkEvent, nextTickMs, step } from './connection.js';

const HEARTBEAT_MS = 5_000;

/** Plays events, each at a time, and answers with the last state and all commands. */
function play(events: readonly [atMs: number, event: LinkEvent][]): { link: Link; commands: string[] } {
  let link = IDLE;
  const commands: string[] = [];
  for (const [atMs, event] of events) {
    const result = step(link, event, atMs);
    link = result.link;
    if (result.command !== null) commands.push(result.command);
  }
  return { link, commands };
}

const hello = { type: 'hello', heartbeatMs: HEARTBEAT_MS } as const;
const closed = { type: 'closed', random: 1 } as const;
const tick = { type: 'tick', random: 1 } as const;

describe('the connection', () => {
  it('is live after hello and while something is heard', () => {
    const { link } = play([
      [0, { type: 'start' }],
      [50, hello],
      [5_050, { type: 'heard' }],
    ]);
    expect(connectionOf(link, 10_000)).toBe('live');
  });

  it('is stale after one and a half heartbeats of silence, and given up after three', () => {
    const { link } = play([
      [0, { type: 'start' }],
      [0, hello],
    ]);
    expect(connectionOf(link, 1.5 * HEARTBEAT_MS + 1)).toBe('stale');
    expect(step(link, tick, 3 * HEARTBEAT_MS - 1).command).toBeNull();
    const given = step(link, tick, 3 * HEARTBEAT_MS);
    expect(given.command).toBe('close');
    expect(connectionOf(given.link, 3 * HEARTBEAT_MS)).toBe('lost');
  });

  it('gives up a socket that never says hello', () => {
    const { link } = play([[0, { type: 'start' }]]);
    expect(connectionOf(link, 1)).toBe('connecting');
    expect(step(link, tick, 10_000).command).toBe('close');
  });

  it('waits longer after each failure, at most 15 s', () => {
    const waits: number[] = [];
    let link = play([[0, { type: 'start' }]]).link;
    let nowMs = 0;
    for (let attempt = 0; attempt < 9; attempt++) {
      link = step(link, closed, nowMs).link;
      const at = nextTickMs(link)!;
      waits.push(at - nowMs);
      nowMs = at;
      const next = step(link, tick, nowMs);
      expect(next.command).toBe('open');
      link = next.link;
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000]);
  });

  it('starts from short waits again only after a connection that held', () => {
    const failing: [number, LinkEvent][] = [
      [0, { type: 'start' }],
      [0, closed],
      [500, tick],
      [500, closed],
      [1500, tick],
      [1500, hello],
    ];
    const short = play([...failing, [1600, closed]]).link;
    expect(nextTickMs(short)).toBe(1600 + 2000);
    const held = play([...failing, [15_000, closed]]).link;
    expect(nextTickMs(held)).toBe(15_000 + 500);
  });

  it('connects at once when woken, but not twice', () => {
    const waiting = play([
      [0, { type: 'start' }],
      [0, closed],
    ]).link;
    const woken = step(waiting, { type: 'wake' }, 10);
    expect(woken.command).toBe('open');
    expect(step(woken.link, { type: 'wake' }, 11).command).toBeNull();
  });

  it('never has two sockets, and never rests while it is started', () => {
    const event: fc.Arbitrary<LinkEvent> = fc.oneof(
      fc.constant<LinkEvent>({ type: 'start' }),
      fc.constant<LinkEvent>({ type: 'heard' }),
      fc.constant<LinkEvent>({ type: 'wake' }),
      fc.constant<LinkEvent>({ type: 'stop' }),
      fc.record({ type: fc.constant('hello' as const), heartbeatMs: fc.nat(60_000) }),
      fc.record({ type: fc.constant('closed' as const), random: fc.double({ min: 0, max: 0.999, noNaN: true }) }),
      fc.record({ type: fc.constant('tick' as const), random: fc.double({ min: 0, max: 0.999, noNaN: true }) }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(30_000), event), { maxLength: 60 }), (steps) => {
        let link = IDLE;
        let nowMs = 0;
        let sockets = 0;
        for (const [passedMs, happened] of steps) {
          nowMs += passedMs;
          const hadSocket = link.phase === 'opening' || link.phase === 'open';
          const result = step(link, happened, nowMs);
          if (happened.type === 'closed' && hadSocket) sockets -= 1;
          if (result.command === 'open') sockets += 1;
          if (result.command === 'close') sockets -= 1;
          link = result.link;
          expect(sockets).toBe(link.phase === 'opening' || link.phase === 'open' ? 1 : 0);
          expect(nextTickMs(link) === null).toBe(link.phase === 'idle');
          if (link.phase === 'waiting') expect(link.retryAtMs - nowMs).toBeLessThanOrEqual(15_000);
        }
      }),
    );
  });
});
