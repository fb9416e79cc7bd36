import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { z } from 'zod';
import type { Journey, PlannedJourney, Step } from './journey.js';

const CONNECTIONS = 32;
/** Visits under way at once; more are dropped, so that a slow shop does not pile them up. */
const MAX_UNDER_WAY = 1_000;
const TokenAnswer = z.object({ token: z.string() });

export interface DriverCounts {
  /** Requests that got an answer. */
  readonly answered: number;
  /** Requests that got none, or one that made no sense. */
  readonly failed: number;
  /** Answers with another status than the journey expected. */
  readonly unexpected: number;
}

/**
 * Plays journeys against the shop over real HTTP. It stands where a company's own front proxy would: every visitor comes
 * through it, and it says in `X-Forwarded-For` from where.
 */
export class LiveDriver {
  readonly #pool: Pool;
  readonly #tokens = new Map<number, string>();
  readonly #abort = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #counts: DriverCounts = { answered: 0, failed: 0, unexpected: 0 };

  constructor(shopUrl: string) {
    // Every pause listens.
    setMaxListeners(MAX_UNDER_WAY + CONNECTIONS, this.#abort.signal);
    this.#pool = new Pool(shopUrl, { connections: CONNECTIONS });
  }

  get counts(): DriverCounts {
    return this.#counts;
  }

  /** Plays a journey when its time has come. Does not wait for it. */
  start(planned: PlannedJourney): void {
    if (this.#abort.signal.aborted || this.#underWay.size >= MAX_UNDER_WAY) return;
    const playing = this.#play(planned).catch(() => {
      // A pause that the end of the demo cut short, or an answer without the token that belongs there.
      if (!this.#abort.signal.aborted) this.#counts = { ...this.#counts, failed: this.#counts.failed + 1 };
    });
    this.#underWay.add(playing);
    void playing.then(() => this.#underWay.delete(playing));
  }

  /** Lets nobody start another request, and waits for the answers under way. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#underWay);
    await this.#pool.close();
  }

  async #play({ atMs, journey }: PlannedJourney): Promise<void> {
    const signal = this.#abort.signal;
    await pause(Math.max(0, atMs - Date.now()), undefined, { signal });
    let token = journey.credential.kind === 'user' ? this.#tokens.get(journey.credential.userId) : undefined;
    for (const [i, step] of journey.steps.entries()) {
      if (i > 0) await pause(step.thinkMs, undefined, { signal });
      const answer = await this.#send(journey, step, token);
      if (answer === undefined) return;
      if (step.auth !== undefined && step.auth.event !== 'reset' && answer.status < 300) {
        token = TokenAnswer.parse(JSON.parse(answer.body)).token;
        if (journey.credential.kind === 'user') this.#tokens.set(journey.credential.userId, token);
      }
    }
  }

  async #send(journey: Journey, step: Step, token: string | undefined) {
    try {
      const { statusCode, body } = await this.#pool.request({
        method: step.method,
        path: step.query === '' ? step.path : `${step.path}?${step.query}`,
        headers: headersOf(journey, step, token),
        ...(step.json !== undefined && { body: JSON.stringify(step.json) }),
      });
      const answer = { status: statusCode, body: await body.text() };
      const unexpected = statusCode === step.expected.status ? 0 : 1;
      const { counts } = this;
      this.#counts = { ...counts, answered: counts.answered + 1, unexpected: counts.unexpected + unexpected };
      return answer;
    } catch {
      this.#counts = { ...this.#counts, failed: this.#counts.failed + 1 };
      return undefined;
    }
  }
}

function headersOf(journey: Journey, step: Step, token: string | undefined): Record<string, string> {
  const { visitor, credential } = journey;
  return {
    host: 'shop.example',
    ...visitor.client.headers,
    'x-forwarded-for': visitor.source,
    ...(step.json !== undefined && { 'content-type': 'application/json' }),
    ...(step.signed && credential.kind === 'user' && token !== undefined && { authorization: `Bearer ${token}` }),
    ...(step.signed && credential.kind === 'api_key' && { 'x-api-key': credential.apiKey }),
  };
}
