import { randomBytes } from 'node:crypto';
import {
  type CreatedIngestToken,
  type CreateIngestToken,
  type IngestToken,
  type TokenLimits,
  TokenLimitsSchema,
} from '@vedette/protocol';
import type { DocumentStore } from '@vedette/storage';
import type { Logger } from 'pino';
import { z } from 'zod';
import { HttpError, notFound } from '../http/http-error.js';
import { createToken, hashToken } from '../secrets.js';
import { type DayUse, SpanAllowance } from './span-allowance.js';

/** Tokens that may be in force at once, and such as ended that are still listed; storage keeps all. */
const MAX_TOKENS = 1_000;
/** How often it is written down when tokens were used, ms. */
const SAVE_USES_EVERY_MS = 60_000;
/** How soon what another collector revoked is revoked here, ms. */
const REFRESH_EVERY_MS = 15_000;

const EVENTS = 'ingest-token/';
const USES = 'ingest-token-use/';
const INITIAL = 'initial';

const CreatedEvent = z.object({
  event: z.literal('created'),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string(),
  services: z.array(z.string()),
  expiresAt: z.iso.datetime().nullable(),
  limits: TokenLimitsSchema.prefault({}),
  at: z.iso.datetime(),
  by: z.string(),
});
const RevokedEvent = z.object({ event: z.literal('revoked'), hash: z.string(), at: z.iso.datetime(), by: z.string() });
const StoredUse = z.object({ lastUsedAt: z.iso.datetime(), today: z.object({ day: z.number(), spans: z.number() }) });
type Revocation = z.infer<typeof RevokedEvent>;

/** What a token allows. */
export interface TokenGrant {
  readonly id: string;
  readonly name: string;
  /** `service.name`s for which it may send; `null`: any. */
  readonly services: ReadonlySet<string> | null;
  readonly allowance: SpanAllowance;
}

interface Known extends TokenGrant {
  readonly hash: string;
  readonly createdAt: string | null;
  readonly createdBy: string | null;
  readonly expiresAt: string | null;
  revocation: Revocation | null;
  lastUsedMs: number | null;
  readonly limits: TokenLimits;
  allowance: SpanAllowance;
}

type Made = Omit<Known, 'revocation' | 'lastUsedMs' | 'allowance'>;

const NO_LIMITS: TokenLimits = { spansPerSecond: null, burst: null, spansPerDay: null };

export type TokenCheck =
  | { readonly ok: true; readonly grant: TokenGrant }
  /** Why, for the one who holds the token. */
  | { readonly ok: false; readonly reason: string };

export interface IngestTokensParts {
  readonly documents: Pick<DocumentStore, 'list' | 'set'>;
  /** The unscoped token that an install begins with; `isConfigured` where a variable gives it. */
  readonly initial: { readonly token: string; readonly isConfigured: boolean };
  /** Whether other collectors use the same database: what they change is then looked for now and then. */
  readonly isShared?: boolean;
  /** Spans a second of tokens that have no rate of their own; `null`: no limit. */
  readonly spansPerSecond?: number | null;
  readonly logger: Logger;
  readonly now?: () => number;
}

/**
 * The tokens with which services send. Creating and revoking are documents of their own that are never overwritten, so
 * that who did what stays on record; of a token itself only its SHA-256 is kept. A slow hash with salt, as passwords need,
 * would protect nothing: a token is 256 random bits, so there is nothing to guess, and it is checked with every request.
 * Looking a hash up in a map tells nothing by its duration either, as nobody can choose what a token hashes to.
 */
export class IngestTokens {
  readonly #parts: IngestTokensParts;
  readonly #now: () => number;
  readonly #byId = new Map<string, Known>();
  readonly #byHash = new Map<string, Known>();
  readonly #used = new Set<Known>();
  readonly #timers: NodeJS.Timeout[] = [];

  private constructor(parts: IngestTokensParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  static async open(parts: IngestTokensParts): Promise<IngestTokens> {
    const tokens = new IngestTokens(parts);
    tokens.#keep({
      id: INITIAL,
      name: 'initial token',
      services: null,
      hash: hashToken(parts.initial.token),
      createdAt: null,
      createdBy: null,
      expiresAt: null,
      limits: NO_LIMITS,
    });
    await tokens.refresh();
    for (const { key, value } of await parts.documents.list(USES)) {
      const known = tokens.#byId.get(key.slice(USES.length));
      const use = StoredUse.safeParse(value);
      if (known === undefined || !use.success) continue;
      known.lastUsedMs = Date.parse(use.data.lastUsedAt);
      known.allowance = tokens.#allowanceOf(known.limits, use.data.today);
    }
    tokens.#every(SAVE_USES_EVERY_MS, 'the use of tokens was not written down', () => tokens.saveUses());
    if (parts.isShared) tokens.#every(REFRESH_EVERY_MS, 'tokens could not be read', () => tokens.refresh());
    return tokens;
  }

  /** Takes up what storage holds, also what another collector on the same database created or revoked. */
  async refresh(): Promise<void> {
    const documents = await this.#parts.documents.list(EVENTS);
    // `<id>/created` sorts before `<id>/revoked`.
    for (const { key, value } of documents) {
      const id = key.slice(EVENTS.length, key.lastIndexOf('/'));
      const created = CreatedEvent.safeParse(value);
      const revoked = RevokedEvent.safeParse(value);
      const known = this.#byId.get(id);
      if (created.success && known === undefined) this.#keep(fromEvent(id, created.data));
      // The initial token is another one where its file was removed or its variable changed.
      else if (revoked.success && known?.hash === revoked.data.hash) known.revocation = revoked.data;
      else if (!created.success && !revoked.success) {
        this.#parts.logger.error({ key }, 'a stored ingest token is not understood; it is not valid');
      }
    }
    this.#forgetEnded();
  }

  /** Who may send with this token. */
  check(token: string): TokenCheck {
    const known = this.#byHash.get(hashToken(token));
    if (known === undefined) return { ok: false, reason: 'the ingest token is not known' };
    const state = this.#stateOf(known);
    if (state !== 'active') return { ok: false, reason: `the ingest token "${known.name}" is ${state}` };
    known.lastUsedMs = this.#now();
    this.#used.add(known);
    return { ok: true, grant: known };
  }

  /** Makes a token, durable when it resolves. @throws HttpError where it makes no sense, or there are too many */
  async create(wanted: CreateIngestToken, by: string): Promise<CreatedIngestToken> {
    const nowMs = this.#now();
    if (wanted.expiresAt !== null && Date.parse(wanted.expiresAt) <= nowMs) {
      throw new HttpError(400, 'VDT_REQUEST_INVALID', 'body.expiresAt: lies in the past');
    }
    const active = [...this.#byId.values()].filter((known) => this.#stateOf(known) === 'active').length;
    if (active >= MAX_TOKENS) {
      throw new HttpError(409, 'VDT_TOKENS_FULL', `${active} ingest tokens are in force: revoke those out of use`);
    }
    const token = createToken('vdt_ingest');
    const id = randomBytes(6).toString('hex');
    const event: z.infer<typeof CreatedEvent> = {
      event: 'created',
      hash: hashToken(token),
      name: wanted.name,
      services: [...new Set(wanted.services)],
      expiresAt: wanted.expiresAt,
      limits: wanted.limits,
      at: new Date(nowMs).toISOString(),
      by,
    };
    await this.#parts.documents.set(`${EVENTS}${id}/created`, event);
    const known = this.#keep(fromEvent(id, event));
    this.#forgetEnded();
    return { ...this.#show(known), token };
  }

  /** Ends a token, durably when it resolves; one that is revoked already stays so. @throws HttpError 404, 409 */
  async revoke(id: string, by: string): Promise<IngestToken> {
    const known = this.#byId.get(id);
    if (known === undefined) throw notFound(`the ingest token ${id}`);
    if (id === INITIAL && this.#parts.initial.isConfigured) {
      const message = 'the initial token is set by VEDETTE_INGEST_TOKEN: change it there and restart';
      throw new HttpError(409, 'VDT_TOKEN_CONFIGURED', message);
    }
    if (known.revocation === null) {
      const revocation: Revocation = {
        event: 'revoked',
        hash: known.hash,
        at: new Date(this.#now()).toISOString(),
        by,
      };
      // The initial token may be made anew and revoked again.
      const key = id === INITIAL ? `${EVENTS}${id}/revoked-${known.hash.slice(0, 16)}` : `${EVENTS}${id}/revoked`;
      await this.#parts.documents.set(key, revocation);
      known.revocation = revocation;
    }
    return this.#show(known);
  }

  /** All that are remembered, the newest first; the initial one last. */
  list(): IngestToken[] {
    const tokens = [...this.#byId.values()].map((known) => this.#show(known));
    return tokens.sort((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? ''));
  }

  /** Whether the token that an install begins with still works. */
  get isInitialActive(): boolean {
    const initial = this.#byId.get(INITIAL);
    return initial !== undefined && this.#stateOf(initial) === 'active';
  }

  /** Writes down when tokens were used last. */
  async saveUses(): Promise<void> {
    const used = [...this.#used];
    this.#used.clear();
    await Promise.all(
      used.map((known) =>
        this.#parts.documents.set(USES + known.id, {
          lastUsedAt: toTime(known.lastUsedMs),
          today: known.allowance.today,
        }),
      ),
    );
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.saveUses();
  }

  #every(ms: number, failure: string, work: () => Promise<void>): void {
    const run = () => work().catch((err: unknown) => this.#parts.logger.warn({ err }, failure));
    this.#timers.push(setInterval(run, ms).unref());
  }

  #keep(made: Made): Known {
    const known = { ...made, revocation: null, lastUsedMs: null, allowance: this.#allowanceOf(made.limits) };
    this.#byId.set(known.id, known);
    this.#byHash.set(known.hash, known);
    return known;
  }

  #allowanceOf(limits: TokenLimits, today?: DayUse): SpanAllowance {
    const spansPerSecond = limits.spansPerSecond ?? this.#parts.spansPerSecond ?? null;
    return new SpanAllowance({ ...limits, spansPerSecond }, this.#now(), today);
  }

  #stateOf(known: Known): IngestToken['state'] {
    if (known.revocation !== null) return 'revoked';
    return known.expiresAt !== null && Date.parse(known.expiresAt) <= this.#now() ? 'expired' : 'active';
  }

  #forgetEnded(): void {
    if (this.#byId.size <= 2 * MAX_TOKENS) return;
    const ended = [...this.#byId.values()].filter((known) => known.id !== INITIAL && this.#stateOf(known) !== 'active');
    ended.sort((a, b) => (a.createdAt ?? '').localeCompare(b.createdAt ?? ''));
    for (const known of ended.slice(0, Math.max(0, ended.length - MAX_TOKENS))) {
      this.#byId.delete(known.id);
      this.#byHash.delete(known.hash);
      this.#used.delete(known);
    }
  }

  #show(known: Known): IngestToken {
    return {
      id: known.id,
      name: known.name,
      services: known.services === null ? [] : [...known.services],
      limits: known.limits,
      spansToday: known.allowance.spansOn(this.#now()),
      state: this.#stateOf(known),
      createdAt: known.createdAt,
      createdBy: known.createdBy,
      expiresAt: known.expiresAt,
      lastUsedAt: toTime(known.lastUsedMs),
      revokedAt: known.revocation?.at ?? null,
      revokedBy: known.revocation?.by ?? null,
    };
  }
}

function fromEvent(id: string, event: z.infer<typeof CreatedEvent>): Made {
  return {
    id,
    name: event.name,
    services: event.services.length === 0 ? null : new Set(event.services),
    hash: event.hash,
    createdAt: event.at,
    createdBy: event.by,
    expiresAt: event.expiresAt,
    limits: event.limits,
  };
}

function toTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
