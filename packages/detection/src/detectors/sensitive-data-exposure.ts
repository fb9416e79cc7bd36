import { SENSITIVE_UNREAD } from '@vedette/protocol';
import { type Campaign, Campaigns } from '../core/campaigns.js';
import type { KeyTable } from '../core/key-table.js';
import type { Threshold } from '../core/sensitivity.js';
import { addToTally } from '../core/tally.js';
import type { Detector, DetectorDefinition, Parts } from '../detector.js';
import type { Facts } from '../parts/facts.js';
import {
  isEnough,
  isNarrow,
  isNewRoute,
  isRecognitionBroken,
  newsNats,
  type Seen,
  suspect,
  type Weighed,
  weighSuspicion,
} from './exposure-evidence.js';
import {
  countResponse,
  ExposurePlaces,
  levelOf,
  type Place,
  type ServicePlaces,
  type Suspicion,
  streamOf,
} from './exposure-places.js';
import { describeExposure, type Exposure } from './exposure-statement.js';

const DAY_MS = 86_400_000;
/** Every response may hold something (reference 3.3). */
const UPDATES_PER_MILLION = 1_000_000;
/** After this long without, it is news again. */
const QUIET_MS = 7 * DAY_MS;
/** Eight times as much is news again at once. */
const LEVELS_UP = 3;

/**
 * Sensitive data exposure: a route begins to return card numbers, secrets, other people's e-mail addresses, or goes on
 * returning them without asking who is there.
 *
 * Listens to successful responses that the agent looked into, with what it counted in them. Keeps, per route and kind, how much past
 * responses held. Responses that hold more than nearly all before are evidence, one for each object (or caller, where the
 * route has no objects), against the past's share. Fires once for a route and kind, when three callers have seen it (where
 * the route has fewer than five, in answers to three different requests); what goes on after that is learned. The caller's
 * own e-mail address is nothing, nor is the token that a login hands out.
 */
class SensitiveDataExposure implements Detector {
  readonly #parts: Parts;
  readonly #threshold: Threshold;
  readonly #places = new ExposurePlaces();
  readonly #campaigns: Campaigns<Exposure>;
  readonly tables: readonly KeyTable<never>[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#threshold = parts.sensitivity.threshold('sensitive_data_exposure', UPDATES_PER_MILLION);
    this.#campaigns = new Campaigns(parts.agenda, {
      type: 'sensitive_data_exposure',
      idleMs: DAY_MS,
      describe: describeExposure,
    });
  }

  observe(facts: Facts): void {
    const { event, atMs } = facts;
    if (event.status < 200 || event.status >= 300) return;
    const name = facts.place;
    if (name === '') return;
    const service = this.#places.service(event.service, atMs);
    if (service === null) return;
    const place = this.#places.place(service, name, atMs);
    if (place === null || SENSITIVE_UNREAD in event.sensitive) return;
    if (!facts.tainted) for (const kind in event.sensitive) this.#observeKind(facts, kind, service, place);
    countResponse(service, place, event.actor === '');
  }

  tick(nowMs: number): void {
    this.#campaigns.tick(nowMs);
  }

  flush(nowMs: number): void {
    this.#campaigns.flush(nowMs);
  }

  save(): unknown {
    return { places: this.#places.save(), campaigns: this.#campaigns.save() };
  }

  load(saved: unknown): void {
    const from = saved as { places: unknown; campaigns: unknown };
    this.#places.load(from.places);
    this.#campaigns.load(from.campaigns);
  }

  #observeKind(facts: Facts, kind: string, service: ServicePlaces, place: Place): void {
    const { event } = facts;
    const count = event.sensitive[kind]!;
    if (count < (kind === 'email' ? 2 : 1) || isIssued(facts, kind)) return;
    const level = levelOf(count);
    const all = streamOf(place.streams, kind);
    if (all === null) return;
    const seen = { kind, count, level, isNarrow: isNarrow(this.#parts.routes), service, place };
    const isNews = this.#judge(facts, { ...seen, anonymous: false, stream: all });
    if (event.actor !== '') return;
    const anonymous = streamOf(place.anonymous, kind);
    if (anonymous === null) return;
    if (isNews) anonymous.levels[level]!++;
    else this.#judge(facts, { ...seen, anonymous: true, stream: anonymous });
  }

  /** Judges and learns. @returns whether the response is news, so that its audience need not be looked at as well */
  #judge(facts: Facts, seen: Seen): boolean {
    const { atMs, event } = facts;
    const { stream, level, place } = seen;
    if (stream.saidMs >= 0 && atMs - stream.saidMs < QUIET_MS && level < stream.saidLevel + LEVELS_UP) {
      stream.saidMs = Math.max(stream.saidMs, atMs);
      const campaign = this.#campaigns.get(event.service, campaignKey(facts, seen));
      if (campaign !== undefined) this.#continue(campaign, facts, seen);
      return true;
    }
    const suspicion = suspect(facts, seen);
    if (suspicion === null) {
      stream.levels[level]!++;
      return false;
    }
    const weighed = weighSuspicion(suspicion, seen);
    if (weighed.sum <= 0 || (seen.anonymous && isRecognitionBroken(suspicion, seen))) {
      // Nothing new: what was held back as evidence is part of the past.
      stream.levels[suspicion.level]! += suspicion.learnable;
      stream.suspicion = null;
      return false;
    }
    const isSure = weighed.sum >= this.#threshold.of(event.service);
    if (isSure && isEnough(suspicion, weighed, seen, isNewRoute(place, atMs)))
      this.#report(facts, seen, suspicion, weighed);
    return true;
  }

  #report(facts: Facts, seen: Seen, suspicion: Suspicion, weighed: Weighed): void {
    const { event, atMs } = facts;
    const { stream, place, kind, anonymous } = seen;
    const name = event.operation !== '' ? event.operation : `${event.method} ${event.route}`;
    const campaign = this.#campaigns.open({
      service: event.service,
      key: campaignKey(facts, seen),
      atMs,
      holdMs: 0,
      data: {
        place: name,
        kind,
        anonymous,
        isNewRoute: isNewRoute(place, atMs),
        usual: suspicion.usual,
        pastResponses: Math.round(place.past),
        seenBefore: suspicion.seenBefore,
        responses: weighed.responses,
        hits: suspicion.hits,
        values: suspicion.values,
        callers: suspicion.callers.length,
        readers: suspicion.readers,
        nats: weighed.sum,
        threshold: this.#threshold.of(facts.event.service),
      },
    });
    campaign.firstMs = Math.min(suspicion.sinceMs, atMs);
    campaign.requests = suspicion.hits;
    addToTally(campaign.targets, `route:${name}`);
    addToTally(campaign.routes, name);
    stream.suspicion = null;
    stream.saidMs = atMs;
    stream.saidLevel = seen.level;
    this.#campaigns.touch(campaign, atMs, true);
  }

  #continue(campaign: Campaign<Exposure>, facts: Facts, seen: Seen): void {
    const { data } = campaign;
    campaign.requests++;
    data.hits++;
    data.values += seen.count;
    data.responses = seen.place.seen - data.seenBefore + 1;
    data.nats = Math.max(data.nats, newsNats(data.hits, data.responses, data.usual));
    if (facts.atMs > campaign.lastMs) campaign.lastMs = facts.atMs;
    // It may go on for weeks on a busy route: said again when it has grown by a tenth.
    if (data.hits % Math.ceil(data.hits / 10) === 0) this.#campaigns.touch(campaign, facts.atMs);
  }
}

/** Whoever authenticates is handed a token: that is what the answer is for. */
function isIssued({ event }: Facts, kind: string): boolean {
  return kind === 'jwt' && event.authEvent !== '';
}

function campaignKey(facts: Facts, seen: Seen): string {
  const { event } = facts;
  const name = event.operation !== '' ? event.operation : event.route;
  return `${seen.kind} at ${name}${seen.anonymous ? ' without authentication' : ''}`;
}

export const sensitiveDataExposure: DetectorDefinition = {
  type: 'sensitive_data_exposure',
  create: (parts) => new SensitiveDataExposure(parts),
};
