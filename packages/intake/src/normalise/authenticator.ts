import type { AuthOutcome, RequestEvent } from '@vedette/protocol';
import type { RawRequest } from '../raw-request.js';
import { authEventOf, authEventOfActions, canBeAttempt, isOtherGrant, outcomeOfStatus } from './authentication.js';
import { BasicLogins, type SavedBasicLogins } from './basic-login.js';
import { type LateOutcome, OutcomeLearner, type SavedOutcomes } from './outcome-learner.js';
import { hasPassword, type QueryReading } from './query.js';
import { ResetPlaces, type SavedResetPlaces } from './reset-places.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** A request event whose authentication is still to be filled in. */
export type UnfinishedEvent = Mutable<RequestEvent>;

/** Serialisable. */
export interface SavedAuthentication {
  readonly outcomes: SavedOutcomes;
  readonly basic: SavedBasicLogins;
  readonly resets: SavedResetPlaces;
}

/** Says of each request whether it was an authentication event and how it ended, as far as the service's spans do not. */
export class Authenticator {
  readonly #outcomes = new OutcomeLearner();
  readonly #basic = new BasicLogins();
  readonly #resets = new ResetPlaces();

  /**
   * Fills in the authentication of an event.
   *
   * @param event everything else of it is known; its `auth…` fields are empty
   * @param user pseudonym of the user that a web server logged, or `''`
   */
  complete(
    event: UnfinishedEvent,
    raw: RawRequest,
    found: { readonly query: QueryReading; readonly user: string },
  ): void {
    const { query, user } = found;
    if (raw.authEvent !== '') {
      event.authEvent = raw.authEvent;
      event.authIdentifier = raw.authIdentifier;
      event.authOutcome = raw.authOutcome;
      event.authFrom = 'agent';
      event.authAttempts = raw.authAttempts;
    } else {
      const basic = this.#basic.observe(event, user);
      const inferred = basic === '' ? this.#inferred(event, query) : 'login';
      if (inferred !== '') {
        event.authEvent = inferred;
        event.authIdentifier = basic === '' ? raw.authIdentifier || query.identifier : user;
        event.authOutcome = basic;
        event.authFrom = 'inferred';
        event.authAttempts = 1;
      }
    }
    const late = this.#outcomes.follow(event);
    if (event.authEvent === '') {
      // A coupon or the like: no authentication, but the service says whether the code was right.
      if (raw.authCode !== '' && raw.authOutcome !== '') {
        event.authOutcome = raw.authOutcome;
        return;
      }
      if (late !== undefined && showsLate(event)) sayLate(event, late);
      return;
    }
    if (!isOpen(event)) return;
    const told = event.authEvent === 'reset' ? outcomeOfReset(event.status) : this.#outcomes.attempt(event);
    // The same answer both ways: who tries again was refused before, which is said one attempt late.
    const outcome = told || (late?.outcome === 'failure' && late.kind === event.authEvent ? 'failure' : '');
    if (outcome === '') return;
    event.authOutcome = outcome;
    event.authFrom = 'inferred';
  }

  /** Learns from a stored event what {@link complete} learned when it came. */
  learn(event: RequestEvent): void {
    this.#basic.learn(event);
    if (event.authFrom === 'inferred' && event.authEvent === 'reset') this.#takesCode(event);
    if (isLate(event)) {
      this.#outcomes.follow({ ...event, authEvent: '' });
      return;
    }
    this.#outcomes.follow(event);
    const isOpened =
      event.authFrom === 'inferred'
        ? event.authIdentifier === '' || event.authIdentifier !== event.actor
        : event.authOutcome === '';
    if (event.authEvent !== '' && event.authEvent !== 'reset' && isOpened) this.#outcomes.attempt(event);
  }

  save(): SavedAuthentication {
    return { outcomes: this.#outcomes.save(), basic: this.#basic.save(), resets: this.#resets.save() };
  }

  load(saved: SavedAuthentication): void {
    this.#outcomes.load(saved.outcomes);
    this.#basic.load(saved.basic);
    this.#resets.load(saved.resets);
  }

  #inferred(event: RequestEvent, query: QueryReading): RequestEvent['authEvent'] {
    const inferred = inferredEvent(event, query);
    return inferred === 'reset' && this.#takesCode(event) ? 'otp' : inferred;
  }

  #takesCode({ service, route, operation, path, status }: RequestEvent): boolean {
    return this.#resets.takesCode(service, operation || route || path, status);
  }
}

/** A page that shows how an attempt ended; what reads an object is worth more as that. */
function showsLate({ method, objects }: RequestEvent): boolean {
  return method === 'GET' && objects.length === 0;
}

function sayLate(event: UnfinishedEvent, { kind, outcome }: LateOutcome): void {
  event.authEvent = kind;
  event.authOutcome = outcome;
  event.authFrom = 'inferred';
  event.authAttempts = 1;
}

/** Whether an event was no attempt itself but showed how one ended. */
function isLate(event: RequestEvent): boolean {
  return (
    event.authFrom === 'inferred' &&
    event.authIdentifier === '' &&
    event.method === 'GET' &&
    event.authEvent !== '' &&
    !hasPassword(event.query)
  );
}

/** A lost password is asked for without proof: an answer that is no refusal only says that the request was taken. */
function outcomeOfReset(status: number): AuthOutcome {
  return status >= 200 && status < 300 ? 'success' : outcomeOfStatus(status);
}

/** An attempt of which nobody said how it ended. */
function isOpen(event: RequestEvent): boolean {
  return (
    event.authEvent !== '' && event.authOutcome === '' && (event.authFrom === 'inferred' || event.authEvent !== 'reset')
  );
}

function inferredEvent(event: RequestEvent, query: QueryReading): RequestEvent['authEvent'] {
  const { method, status, route, operation } = event;
  if (!canBeAttempt(method, query.hasPassword)) return '';
  // Where nothing answers, nobody logs in: a POST to an unknown path is a scan.
  if (route === '' && (status === 404 || status === 405 || status === 0)) return '';
  if (status === 405 || status === 501) return '';
  const place = route || event.path;
  if (isOtherGrant(place, event.requestBytes, event.fingerprint !== '')) return '';
  if (query.actions.length > 0) return authEventOfActions(place, query.actions);
  return authEventOf(place, operation);
}
