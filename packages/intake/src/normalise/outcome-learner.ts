import type { AuthEvent, AuthOutcome, RequestEvent } from '@vedette/protocol';
import { BoundedCache } from '../bounded-cache.js';
import { AnswerVotes, type SavedVotes } from './answer-votes.js';
import { outcomeOfKnownForm, outcomeOfStatus } from './authentication.js';

/** Login routes whose answers are learned, all services together. */
const MAX_ROUTES = 1024;
/** Addresses of which the last attempt is remembered, until they do something else (twice that at most). */
const MAX_WAITING = 8192;
/** Clients (user agents) told apart behind one address; those past it take the place of the oldest. */
const MAX_CLIENTS = 4;
/** What somebody does later than this says nothing about the attempt. People who mistype try again within seconds. */
const WINDOW_MS = 120_000;
/**
 * A service refuses wrong passwords by status where it ever answered 401 to an attempt, or another refusal to at least
 * one attempt in twenty: a form that was filled in badly, or a stale token against forgery, is rarer than a wrong password.
 */
const MIN_REFUSALS = 3;
const MIN_REFUSED_SHARE = 0.05;
/** From so many 401 on (and one attempt in fifty) nothing else is believed. */
const SURE_401 = 10;
const MIN_401_SHARE = 0.02;

/** Clients with an actor or a session after an attempt, and their share: in a log that names only API keys it is small. */
const MIN_SHOWN = 3;
const MIN_SHOWN_SHARE = 0.2;

/** What is known of one login route. */
interface LoginRoute {
  attempts: number;
  /** Attempts answered 401, and with another status that refuses. */
  unauthorized: number;
  refused: number;
  /** Attempts answered with a page and no redirect. */
  rendered: number;
  /** Of those who went on after an attempt: all, and those who then had an actor or a session. */
  continued: number;
  shown: number;
  readonly votes: AnswerVotes;
}

interface Waiting {
  readonly userAgent: string;
  readonly route: LoginRoute;
  readonly name: string;
  readonly kind: AuthEvent;
  readonly atMs: number;
  readonly actor: string;
  readonly session: string;
  readonly status: number;
  readonly bytes: number;
  /** It has voted; only an actor or a session is still looked for. */
  isSettled: boolean;
  /** Its answer is the same both ways: how it ended is said of the request that shows it. */
  readonly isTold: boolean;
}

/** How an earlier attempt ended that its answer did not tell. */
export interface LateOutcome {
  readonly kind: AuthEvent;
  readonly outcome: AuthOutcome;
}

/** The parts of an event that are looked at. */
export type Step = Pick<
  RequestEvent,
  | 'service'
  | 'startMs'
  | 'source'
  | 'userAgent'
  | 'method'
  | 'path'
  | 'route'
  | 'operation'
  | 'status'
  | 'responseBytes'
  | 'actor'
  | 'session'
  | 'authEvent'
>;

/** Serialisable. */
export interface SavedOutcomes {
  readonly routes: readonly (readonly [string, RouteCounts, SavedVotes])[];
  readonly waiting: readonly (readonly [string, readonly SavedWaiting[]])[];
}
type RouteCounts = Omit<LoginRoute, 'votes'>;
type SavedWaiting = Omit<Waiting, 'route'>;

/**
 * Learns how the login routes of each service show success and failure, from the statuses that they use and from what
 * clients do after an answer. Nothing is said of a route before both sides of it are known.
 */
export class OutcomeLearner {
  readonly #routes = new Map<string, LoginRoute>();
  readonly #waiting = new BoundedCache<string, Waiting[]>(MAX_WAITING);

  /**
   * Takes every event of all services, in order: it may settle how an earlier attempt of the same client ended.
   *
   * @returns that, where the attempt's own answer did not say so
   */
  follow(step: Step): LateOutcome | undefined {
    const waiting = this.#waiting.get(step.source);
    if (waiting === undefined) return undefined;
    let late: LateOutcome | undefined;
    for (let i = waiting.length - 1; i >= 0; i--) {
      const attempt = waiting[i]!;
      if (attempt.userAgent !== step.userAgent || !isOf(attempt, step.service)) continue;
      const used = verdict(attempt, step);
      if (used === undefined) continue;
      if (used !== null && !attempt.isSettled) {
        attempt.route.votes.vote(attempt.status, attempt.bytes, used, hash(step.source));
        if (attempt.isTold) late = { kind: attempt.kind, outcome: used ? 'success' : 'failure' };
      }
      const isShown = isSomebodyElse(attempt, step);
      if (used === true) noteWhoIsShown(attempt.route, { isShown, isFirst: !attempt.isSettled });
      // Whoever went on without a name is watched a while longer: one may still appear.
      if (used === true && !isShown) attempt.isSettled = true;
      else waiting.splice(i, 1);
    }
    if (waiting.length === 0) this.#waiting.take(step.source);
    return late;
  }

  /**
   * How this attempt ended, and takes note of it. Call after {@link follow} with the same event.
   *
   * @returns `''` where that cannot be told (yet)
   */
  attempt(step: Step): AuthOutcome {
    const name = `${step.service}\u0000${step.route || step.path}\u0000${step.operation}`;
    const route = this.#route(name);
    if (route === undefined) return outcomeOfStatus(step.status);
    const { status, responseBytes: bytes } = step;
    route.attempts++;
    const byStatus = outcomeOfStatus(status);
    if (status === 401) route.unauthorized++;
    else if (byStatus === 'failure' && status !== 429) route.refused++;
    else if (status >= 200 && status < 300) route.rendered++;
    const outcome = byStatus || outcomeOfKnownForm(step) || outcomeOfAnswer(route, status, bytes);
    if (step.source !== '' && (byStatus === 'failure' || (status >= 200 && status < 400))) {
      this.#wait(name, route, step, outcome === '' && route.votes.isMixed(status, bytes));
    }
    return outcome;
  }

  save(): SavedOutcomes {
    const waiting: [string, SavedWaiting[]][] = [];
    for (const [source, attempts] of this.#waiting.entries()) {
      waiting.push([source, attempts.map(({ route: _route, ...rest }) => rest)]);
    }
    return {
      routes: [...this.#routes].map(([name, { votes, ...counts }]) => [name, counts, votes.save()]),
      waiting,
    };
  }

  load(saved: SavedOutcomes): void {
    for (const [name, counts, votes] of saved.routes) {
      const route = this.#route(name);
      if (route === undefined) break;
      Object.assign(route, counts);
      route.votes.load(votes);
    }
    for (const [source, attempts] of saved.waiting) {
      const known = attempts.flatMap((attempt) => {
        const route = this.#routes.get(attempt.name);
        return route === undefined ? [] : [{ ...attempt, route }];
      });
      if (known.length > 0) this.#waiting.set(source, known);
    }
  }

  #route(name: string): LoginRoute | undefined {
    const known = this.#routes.get(name);
    if (known !== undefined || this.#routes.size >= MAX_ROUTES) return known;
    const made: LoginRoute = {
      attempts: 0,
      unauthorized: 0,
      refused: 0,
      rendered: 0,
      continued: 0,
      shown: 0,
      votes: new AnswerVotes(),
    };
    this.#routes.set(name, made);
    return made;
  }

  #wait(name: string, route: LoginRoute, step: Step, isTold: boolean): void {
    const waiting = this.#waiting.get(step.source) ?? [];
    if (waiting.length >= MAX_CLIENTS) waiting.shift();
    waiting.push({
      userAgent: step.userAgent,
      route,
      name,
      kind: step.authEvent as AuthEvent,
      atMs: step.startMs,
      actor: step.actor,
      session: step.session,
      status: step.status,
      bytes: step.responseBytes,
      isSettled: false,
      isTold,
    });
    this.#waiting.set(step.source, waiting);
  }
}

/** What an answer that is no refusal says, as far as it is known. */
function outcomeOfAnswer(route: LoginRoute, status: number, bytes: number): AuthOutcome {
  if (status < 200 || status >= 400) return '';
  if (isSure(route)) return 'success';
  return route.votes.outcomeOf(status, bytes) || (refusesByStatus(route) ? 'success' : '');
}

/** True: let in; false: refused; `null`: too late to tell; `undefined`: this step says nothing. */
function verdict(attempt: Waiting, step: Step): boolean | null | undefined {
  if (step.startMs - attempt.atMs > WINDOW_MS) return null;
  if (step.startMs < attempt.atMs) return undefined;
  if (step.authEvent !== '') return afterAttempt(attempt.kind, step.authEvent);
  if (step.method === 'OPTIONS' || step.method === 'HEAD' || isAsset(step.path)) return undefined;
  if (isSomebodyElse(attempt, step)) return true;
  if (step.status === 401) return false;
  if (step.method === 'GET' && isSameRoute(attempt, step)) {
    // Back to the form after a redirect. A page may be a list of sessions; where refusals are pages, a redirect is none.
    return attempt.status >= 300 && attempt.status < 400 && !rendersRefusals(attempt.route) ? false : undefined;
  }
  if (showsActors(attempt.route) || isFormOf(step.path) || isFormOf(step.operation)) return undefined;
  return step.status >= 200 && step.status < 400 ? true : undefined;
}

/** The client now has an actor or a session that it did not have at its attempt. */
function isSomebodyElse(attempt: Waiting, { actor, session }: Step): boolean {
  return (actor !== '' && actor !== attempt.actor) || (session !== '' && session !== attempt.session);
}

function noteWhoIsShown(route: LoginRoute, step: { readonly isShown: boolean; readonly isFirst: boolean }): void {
  if (step.isFirst) route.continued++;
  if (step.isShown) route.shown++;
}

/** Who is let in here is shown as an actor or a session: then nobody who is not counts as let in. */
function showsActors({ continued, shown }: LoginRoute): boolean {
  return shown >= MIN_SHOWN && shown >= continued * MIN_SHOWN_SHARE;
}

function isOf(attempt: Waiting, service: string): boolean {
  return attempt.name.startsWith(service) && attempt.name.charCodeAt(service.length) === 0;
}

/** A second factor is asked of whoever gave the right password; a reset is asked for by who did not. */
function afterAttempt(kind: AuthEvent, next: AuthEvent): boolean | undefined {
  if (next === kind) return false;
  if (kind === 'login') return next === 'otp' ? true : next === 'reset' ? false : undefined;
  return kind === 'signup' && next === 'otp' ? true : undefined;
}

function isSameRoute(attempt: Waiting, step: Step): boolean {
  const start = step.service.length + 1;
  const place = step.route || step.path;
  if (!attempt.name.startsWith(place, start) || attempt.name.charCodeAt(start + place.length) !== 0) return false;
  // Behind one script there are many places.
  return step.operation === '' || attempt.name.endsWith(`\u0000${step.operation}`);
}

/** So many attempts are answered with a page that it must be the form of those who mistyped. */
function rendersRefusals({ attempts, rendered }: LoginRoute): boolean {
  return rendered >= MIN_REFUSALS && rendered >= attempts * MIN_REFUSED_SHARE;
}

function isSure({ attempts, unauthorized }: LoginRoute): boolean {
  return unauthorized >= SURE_401 && unauthorized >= attempts * MIN_401_SHARE;
}

function refusesByStatus({ attempts, unauthorized, refused }: LoginRoute): boolean {
  if (unauthorized > 0 && unauthorized >= attempts * MIN_401_SHARE) return true;
  return unauthorized + refused >= MIN_REFUSALS && unauthorized + refused >= attempts * MIN_REFUSED_SHARE;
}

const ASSET = /\.(?:js|mjs|css|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|eot|wasm|webmanifest)$/i;

function isAsset(path: string): boolean {
  return path.includes('.') && ASSET.test(path);
}

/** Pages of the login itself: seeing one says neither. */
const FORM = /log-?_?[io]n|sign-?_?[iu]|auth|session|csrf|captcha|password|forgot|register/i;

function isFormOf(path: string): boolean {
  return FORM.test(path);
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
