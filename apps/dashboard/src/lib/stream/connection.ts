/**
 * The life of the connection to the stream, as a state machine without clock, socket or timer: `step` takes what happened
 * and answers with the next state and what to do about it.
 */
export type Link =
  | { readonly phase: 'idle' }
  /** A socket is being opened and has not said hello. */
  | { readonly phase: 'opening'; readonly attempt: number; readonly sinceMs: number }
  | {
      readonly phase: 'open';
      readonly attempt: number;
      readonly sinceMs: number;
      readonly heardMs: number;
      readonly heartbeatMs: number;
    }
  | { readonly phase: 'waiting'; readonly attempt: number; readonly retryAtMs: number };

export type LinkEvent =
  | { readonly type: 'start' }
  | { readonly type: 'hello'; readonly heartbeatMs: number }
  | { readonly type: 'heard' }
  /** The socket is gone. `random` from 0 (incl.) to 1 (excl.) spreads the clients' attempts. */
  | { readonly type: 'closed'; readonly random: number }
  /** Time has passed. */
  | { readonly type: 'tick'; readonly random: number }
  /** The network came back, the page was shown again, or a person asked. */
  | { readonly type: 'wake' }
  | { readonly type: 'stop' };

export type LinkCommand = 'open' | 'close' | null;

/** What people are told. */
export type Connection = 'connecting' | 'live' | 'stale' | 'lost';

/** A socket that has not said hello after this is given up, ms. */
const OPENING_LIMIT_MS = 10_000;
/** Waits between attempts double from the first to the longest, ms. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** A connection that held this long was a good one: the next waits start from the first again, ms. */
const GOOD_AFTER_MS = 10_000;
/** Heartbeats without a word after which the data shown is called stale, and after which the socket is given up. */
const STALE_AFTER_HEARTBEATS = 1.5;
const LOST_AFTER_HEARTBEATS = 3;

export const IDLE: Link = { phase: 'idle' };

export function step(link: Link, event: LinkEvent, nowMs: number): { link: Link; command: LinkCommand } {
  switch (event.type) {
    case 'start':
      return link.phase === 'idle' ? open(0, nowMs) : { link, command: null };
    case 'stop':
      return { link: IDLE, command: hasSocket(link) ? 'close' : null };
    case 'hello':
      if (link.phase !== 'opening') return { link, command: null };
      return {
        link: {
          phase: 'open',
          attempt: link.attempt,
          sinceMs: nowMs,
          heardMs: nowMs,
          heartbeatMs: Math.max(500, event.heartbeatMs),
        },
        command: null,
      };
    case 'heard':
      return { link: link.phase === 'open' ? { ...link, heardMs: nowMs } : link, command: null };
    case 'closed':
      return { link: hasSocket(link) ? wait(link, event.random, nowMs) : link, command: null };
    case 'wake':
      return link.phase === 'waiting' ? open(link.attempt, nowMs) : { link, command: null };
    case 'tick':
      if (link.phase === 'waiting')
        return nowMs >= link.retryAtMs ? open(link.attempt, nowMs) : { link, command: null };
      if (hasSocket(link) && nowMs >= givenUpAtMs(link)) {
        return { link: wait(link, event.random, nowMs), command: 'close' };
      }
      return { link, command: null };
  }
}

/** When the machine wants its next tick, Unix ms; `null` when only an event from outside can change it. */
export function nextTickMs(link: Link): number | null {
  if (link.phase === 'waiting') return link.retryAtMs;
  return hasSocket(link) ? givenUpAtMs(link) : null;
}

/** In one word for people. */
export function connectionOf(link: Link, nowMs: number): Connection {
  if (link.phase === 'open') {
    return nowMs - link.heardMs > STALE_AFTER_HEARTBEATS * link.heartbeatMs ? 'stale' : 'live';
  }
  if (link.phase === 'waiting') return 'lost';
  return link.phase === 'opening' && link.attempt > 0 ? 'lost' : 'connecting';
}

function hasSocket(link: Link): link is Extract<Link, { phase: 'opening' | 'open' }> {
  return link.phase === 'opening' || link.phase === 'open';
}

function givenUpAtMs(link: Extract<Link, { phase: 'opening' | 'open' }>): number {
  return link.phase === 'opening'
    ? link.sinceMs + OPENING_LIMIT_MS
    : link.heardMs + LOST_AFTER_HEARTBEATS * link.heartbeatMs;
}

function open(attempt: number, nowMs: number): { link: Link; command: LinkCommand } {
  return { link: { phase: 'opening', attempt, sinceMs: nowMs }, command: 'open' };
}

/** Exponential backoff, half of it random ("equal jitter", AWS Architecture Blog, 2015: Exponential Backoff And Jitter). */
function wait(link: Extract<Link, { phase: 'opening' | 'open' }>, random: number, nowMs: number): Link {
  const failures = link.phase === 'open' && nowMs - link.sinceMs >= GOOD_AFTER_MS ? 0 : link.attempt;
  const ceilingMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 10));
  return { phase: 'waiting', attempt: failures + 1, retryAtMs: nowMs + ceilingMs / 2 + (ceilingMs / 2) * random };
}
