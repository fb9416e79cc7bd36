import { Random } from '@vedette/example-shop/seed';
import { hashObjectId, type RequestEvent, type RequestedObject } from '@vedette/protocol';
import { pseudonym } from '@vedette/protocol/pseudonym';
import type { Journey, PlannedJourney, Step } from './journey.js';
import type { Intensity, Schedule } from './schedule.js';

const MINUTE_MS = 60_000;
/** Events of a batch at least: large enough that a batch costs little beside its rows. */
const BATCH = 8_000;
const NO_OBJECTS: readonly RequestedObject[] = [];
const NO_COUNTS: Readonly<Record<string, number>> = {};

export interface HistoryOptions {
  readonly schedule: Schedule;
  /** Unix ms, start of a minute. */
  readonly fromMs: number;
  /** Unix ms; nothing starts at or after it. */
  readonly untilMs: number;
  /** The key with which the live agent makes its pseudonyms. */
  readonly pseudonymKey: string;
  readonly seed: number;
  /** Ends the past early. */
  readonly signal?: AbortSignal;
  /** What comes on top of the daily rhythm at a minute. */
  readonly extra?: (minuteMs: number) => Intensity | undefined;
}

/** The request events that a watched shop would have reported for a stretch of the past, by time, in batches. */
export async function* simulateHistory(options: HistoryOptions): AsyncGenerator<readonly RequestEvent[]> {
  const reporter = new EventReporter(options.pseudonymKey, options.seed);
  let pending: RequestEvent[] = [];
  for (let minuteMs = options.fromMs; minuteMs < options.untilMs; minuteMs += MINUTE_MS) {
    for (const planned of options.schedule.minute(minuteMs, options.extra?.(minuteMs))) {
      pending.push(...reporter.eventsOf(planned));
    }
    if (options.signal?.aborted) return;
    if (pending.length < BATCH) continue;
    pending.sort((a, b) => a.startMs - b.startMs);
    // Journeys that begin later cannot report anything before the next minute.
    const settled = pending.findIndex((event) => event.startMs >= minuteMs + MINUTE_MS);
    const batch = settled === -1 ? pending : pending.slice(0, settled);
    pending = settled === -1 ? [] : pending.slice(settled);
    if (batch.length > 0) yield batch;
  }
  pending.sort((a, b) => a.startMs - b.startMs);
  const rest = pending.filter((event) => event.startMs < options.untilMs);
  if (rest.length > 0) yield rest;
}

interface Moment {
  readonly startMs: number;
  readonly durationMs: number;
  /** Pseudonym of the session that is open then, or `''`. */
  readonly session: string;
}

/** Turns journeys into the events that the service would report about them. */
export class EventReporter {
  readonly #key: string;
  readonly #random: Random;
  /** By identifier; as many as the shop has accounts and partners, and their typing errors. */
  readonly #pseudonyms = new Map<string, string>();

  /** By user. */
  readonly #sessions = new Map<number, string>();

  constructor(pseudonymKey: string, seed: number) {
    this.#key = pseudonymKey;
    this.#random = new Random(seed);
  }

  eventsOf({ atMs, journey }: PlannedJourney): RequestEvent[] {
    const events: RequestEvent[] = [];
    const userId = journey.credential.kind === 'user' ? journey.credential.userId : -1;
    let clockMs = atMs;
    journey.steps.forEach((step, i) => {
      if (i > 0) clockMs += step.thinkMs;
      const durationMs = step.expected.durationMs * (0.7 + this.#random.next() ** 3 * 2);
      const session = this.#sessions.get(userId) ?? '';
      events.push(this.#event(journey, step, { startMs: clockMs, durationMs, session }));
      // Each sign-in hands out a token of its own, and the token is the session.
      if (step.auth?.event === 'login' && step.auth.outcome === 'success') {
        this.#sessions.set(userId, pseudonym(this.#key, `token ${userId} ${clockMs}`));
      }
      clockMs += durationMs;
    });
    return events;
  }

  #event(journey: Journey, step: Step, { startMs, durationMs, session }: Moment): RequestEvent {
    const { visitor, credential } = journey;
    const actor = step.signed ? this.#actorOf(credential) : '';
    return {
      traceId: this.#hex(4),
      spanId: this.#hex(2),
      service: 'shop',
      instance: 'shop-1',
      startMs: Math.round(startMs * 1000) / 1000,
      durationMs: Math.round(durationMs * 1000) / 1000,
      source: visitor.source,
      peer: '127.0.0.1',
      method: step.method,
      host: 'shop.example',
      path: step.path,
      query: step.query,
      route: step.route,
      routeFrom: step.route === '' ? '' : 'span',
      operation: '',
      status: step.expected.status,
      requestBytes: step.json === undefined ? 0 : Buffer.byteLength(JSON.stringify(step.json)),
      responseBytes: step.expected.responseBytes,
      userAgent: visitor.client.userAgent,
      fingerprint: visitor.client.fingerprint,
      actor,
      actorKind: actor === '' || credential.kind === 'none' ? '' : credential.kind,
      session: step.signed ? session : '',
      authEvent: step.auth?.event ?? '',
      authIdentifier:
        step.auth === undefined || step.auth.identifier === '' ? '' : this.#pseudonym(step.auth.identifier),
      authOutcome: step.auth?.outcome ?? '',
      authFrom: step.auth === undefined ? '' : 'agent',
      authAttempts: step.auth === undefined ? 0 : 1,
      authCode: '',
      objects: objectsOf(step),
      handedOut: step.expected.handedOut,
      sensitive: NO_COUNTS,
    };
  }

  #actorOf(credential: Journey['credential']): string {
    if (credential.kind === 'user') return this.#pseudonym(String(credential.userId));
    return credential.kind === 'api_key' ? this.#pseudonym(credential.apiKey) : '';
  }

  #pseudonym(identifier: string): string {
    const known = this.#pseudonyms.get(identifier);
    if (known !== undefined) return known;
    const made = pseudonym(this.#key, identifier);
    this.#pseudonyms.set(identifier, made);
    return made;
  }

  /** `words` times 32 random bits. */
  #hex(words: number): string {
    let text = '';
    for (let i = 0; i < words; i++)
      text += Math.floor(this.#random.next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return text;
  }
}

function objectsOf({ object }: Step): RequestEvent['objects'] {
  if (object === undefined) return NO_OBJECTS;
  const { kind, id, isHidden } = object;
  return [{ kind, id: isHidden ? '' : id, hash: hashObjectId(id) }];
}
