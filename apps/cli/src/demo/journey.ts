import type { AuthEvent, AuthOutcome } from '@vedette/protocol';
import type { AnswerShape } from './answer-shape.js';
import type { Visitor } from './clients.js';

/** What the shop answers to a step, as far as the past needs to know it. */
export interface ExpectedAnswer extends AnswerShape {
  readonly status: number;
  /** Usual duration; the past scatters around it. */
  readonly durationMs: number;
}

/** An attempt to sign in, sign up or reset, as the service itself sees it. */
export interface AuthStep {
  readonly event: AuthEvent;
  /** In clear; only its pseudonym leaves the service. `''` where the request names nobody. */
  readonly identifier: string;
  /** `''` where the answer does not tell. */
  readonly outcome: AuthOutcome;
}

/** One request of a journey. */
export interface Step {
  /** Pause before it. */
  readonly thinkMs: number;
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Template with `{name}`; `''` where the service has no such route. */
  readonly route: string;
  readonly path: string;
  readonly query: string;
  /** Body, sent as JSON; `undefined` for none. */
  readonly json: unknown;
  /** Whether it carries the journey's credential. */
  readonly signed: boolean;
  readonly auth: AuthStep | undefined;
  /** The object asked for: the path segment before its id, the id, and whether only its hash is reported. */
  readonly object: { readonly kind: string; readonly id: string; readonly isHidden: boolean } | undefined;
  readonly expected: ExpectedAnswer;
}

/** How a journey's signed steps prove who makes them. */
export type Credential =
  | { readonly kind: 'none' }
  /** A bearer token for this user, from the last sign-in. */
  | { readonly kind: 'user'; readonly userId: number }
  | { readonly kind: 'api_key'; readonly apiKey: string };

/**
 * What one visitor does in one visit, request by request. The live driver sends it over HTTP; the history turns it into
 * the request events that the service would have reported.
 */
export interface Journey {
  readonly name: string;
  readonly visitor: Visitor;
  readonly credential: Credential;
  readonly steps: readonly Step[];
}

/** A journey with the moment it begins, Unix ms. */
export interface PlannedJourney {
  readonly atMs: number;
  readonly journey: Journey;
}
