import type { RequestEvent } from '@vedette/protocol';
import type { Part } from '../core/part.js';
import { PerService } from '../core/per-service.js';

/** Routes whose kind is remembered; past it the memory starts anew (it is only a cache). */
const CACHE = 20_000;
/** Sensitive places of one service that are counted. */
const PLACES = 512;
/**
 * Least share of logins that is believed to be followed by an action, and logins that the prior of 2 % is worth. Never
 * below one in a thousand, however seldom it was seen: a notice to all users can make it ten times as common in an hour.
 */
const RATE = { low: 0.001, prior: 0.02, size: 50 } as const;

/** Of owners who did one thing of a kind one in twenty goes on to another kind at once, before anything was learned. */
const SPREE = { prior: 0.05, size: 40 } as const;

/** What those who took over an account do next, so that it stays theirs or pays. */
export const SENSITIVE_KINDS = [
  'e-mail',
  'password',
  'second factor',
  'payout',
  'limit',
  'export',
  'key',
  'phone',
] as const;
export type SensitiveKind = (typeof SENSITIVE_KINDS)[number];

/** Words of the last segments of a route, or of an operation, that name each kind. */
const WORDS: Readonly<Record<SensitiveKind, ReadonlySet<string>>> = {
  'e-mail': words('email emails mail emailaddress'),
  password: words('password passwords passwd pwd passphrase passcode pin credentials'),
  'second factor': words('mfa 2fa twofactor totp otp authenticator passkey passkeys webauthn factor factors'),
  payout: words(
    'payout payouts bank iban beneficiary beneficiaries payee payees payment paymentmethod paymentmethods card cards withdraw withdrawal withdrawals transfer transfers wallet',
  ),
  // What may be spent or sent in a day: raised before an account is emptied.
  limit: words('limit limits spendinglimit transferlimit'),
  export: words('export exports takeout backup archive download downloads dump'),
  key: words('apikey apikeys accesskey accesskeys pat secret secrets token tokens keys'),
  phone: words('phone phones mobile msisdn phonenumber'),
};
/** Words that make it something else: proving or asking for what is there, signing out, paying for a basket. */
const NEVER = words(
  'refresh revoke logout csrf xsrf validate search checkout cart basket device push subscribe unsubscribe',
);
const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

const kinds = new Map<string, SensitiveKind | ''>();

/** Where an action happens: its operation, or its route. */
export function sensitivePlaceOf(event: RequestEvent): string {
  return event.operation !== '' ? event.operation : event.route;
}

/** The kind of sensitive action that happens at a place, were it to change something. */
export function sensitiveKindAt(place: string): SensitiveKind | '' {
  return kinds.get(place) ?? ofName(place);
}

/** The kind of sensitive action that a successful request was, inferred from method and the words of its route. */
export function sensitiveKindOf(event: RequestEvent): SensitiveKind | '' {
  if (event.status < 200 || event.status >= 400 || event.authEvent !== '') return '';
  const name = sensitivePlaceOf(event);
  if (name === '') return '';
  let kind = kinds.get(name);
  if (kind === undefined) {
    if (kinds.size >= CACHE) kinds.clear();
    kind = ofName(name);
    kinds.set(name, kind);
  }
  // Reading changes nothing, except that an export is the data.
  return kind === '' || kind === 'export' || WRITES.has(event.method) ? kind : '';
}

function ofName(name: string): SensitiveKind | '' {
  const segments = name
    .split(/[/.]/)
    .filter((one) => one !== '' && !one.includes('{'))
    .slice(-3);
  const found = segments.flatMap((one) => [...split(one), one.replace(/[^A-Za-z0-9]/g, '').toLowerCase()]);
  if (found.some((word) => NEVER.has(word))) return '';
  return SENSITIVE_KINDS.findLast((kind) => found.some((word) => WORDS[kind].has(word))) ?? '';
}

/** `updatePaymentMethod` → update, payment, method. */
function split(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase());
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/** Least share of logins that is believed, and how many they are known from. */
export interface Rate {
  readonly rate: number;
  readonly size: number;
}

class ServiceActions implements Part {
  logins = 0;
  /** Days on which a session was used: people stay logged in for weeks, and a login is not their only chance to act. */
  visits = 0;
  /** By route or operation: a service may be full of transfers and hardly ever see a new payee. */
  counts = new Map<string, number>();
  /** Kinds done after logins from somewhere new, and those of them that followed another kind. */
  acts = 0;
  further = 0;

  save(): unknown {
    return { logins: this.logins, visits: this.visits, counts: this.counts, acts: this.acts, further: this.further };
  }

  load(saved: unknown): void {
    const from = saved as {
      logins: number;
      visits: number;
      counts: Map<string, number>;
      acts: number;
      further: number;
    };
    this.logins = from.logins;
    this.visits = from.visits;
    this.acts = from.acts;
    this.further = from.further;
    this.counts = new Map(from.counts);
  }
}

/** How common each sensitive action is at a service, in actions for a login or a day of a session: where everyone pays, paying says nothing. */
export class SensitiveActions implements Part {
  readonly #services = new PerService(() => new ServiceActions());

  login(service: string): void {
    this.#services.of(service).logins++;
  }

  /** A session is used on another day. */
  visit(service: string): void {
    this.#services.of(service).visits++;
  }

  /** @param place see {@link sensitivePlaceOf} */
  action(service: string, place: string): void {
    const { counts } = this.#services.of(service);
    if (counts.size < PLACES || counts.has(place)) counts.set(place, (counts.get(place) ?? 0) + 1);
  }

  /** Actions at a place for each login, or each day of a session, and how many of those it is known from. */
  of(service: string, place: string): Rate {
    const { logins, visits, counts } = this.#services.of(service);
    const chances = Math.max(logins, visits);
    const rate = ((counts.get(place) ?? 0) + RATE.prior * RATE.size) / (chances + RATE.size);
    return { rate: Math.min(1, Math.max(RATE.low, rate)), size: chances };
  }

  /** Somebody who came from somewhere new does a thing of another kind: the first, or one more. */
  spree(service: string, isFurther: boolean): void {
    const one = this.#services.of(service);
    one.acts++;
    if (isFurther) one.further++;
  }

  /** Share of those who did one thing of a kind that goes on to another kind. */
  goesOn(service: string): number {
    const { acts, further } = this.#services.of(service);
    return Math.max(RATE.low, (further + SPREE.prior * SPREE.size) / (acts + SPREE.size));
  }

  save(): unknown {
    return this.#services.save();
  }

  load(saved: unknown): void {
    this.#services.load(saved);
  }
}
