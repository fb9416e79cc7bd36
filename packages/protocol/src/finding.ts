import type { AlertType } from './alert-type.js';
import type { Evidence } from './evidence.js';

/** What the behaviour gained so far; decides the outcome points of the score. */
export type Outcome = 'none' | 'partial' | 'success' | 'success_followed';

/** A reason to lower the shown confidence: cold start, a guard half active, a known consumer. */
export interface Discount {
  readonly reason: 'cold_start' | 'guard' | 'known_consumer';
  readonly text: string;
  /** 0 to 15 points. */
  readonly points: number;
}

/**
 * One detector's statement about one campaign at one moment. Statements about one campaign are cumulative: the newest
 * replaces the ones before it.
 */
export interface Finding {
  readonly type: AlertType;
  /** The detector's own name for the campaign, unchanged while it lasts, e.g. `source:203.0.113.7`. */
  readonly campaignKey: string;
  /** `withdrawn`: what was seen turned out harmless (it resolved, or it was the site's own doing). */
  readonly state: 'open' | 'withdrawn';
  readonly service: string;
  /** Event time of this statement, Unix ms. */
  readonly atMs: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Client addresses, most involved first; bounded, `sourceCount` is the true number. */
  readonly sources: readonly string[];
  readonly sourceCount: number;
  /** Actor pseudonyms, most involved first; bounded. */
  readonly actors: readonly string[];
  readonly actorCount: number;
  /** What was attacked, as `kind:value` (`account:…`, `object:orders/17`, `route:GET /orders/{id}`); bounded. */
  readonly targets: readonly string[];
  readonly targetCount: number;
  /** Routes used, as `METHOD template`; bounded. */
  readonly routes: readonly string[];
  /** Accounts that got in, as pseudonyms; bounded. */
  readonly compromised: readonly string[];
  /** Requests of this campaign so far. */
  readonly requests: number;
  /** Evidence in nats against the threshold in nats: confidence of the score. */
  readonly logLikelihood: number;
  readonly threshold: number;
  /** Size of the campaign in its own unit (accounts, objects, MB, paths): volume of the score. */
  readonly units: number;
  readonly outcome: Outcome;
  readonly discounts: readonly Discount[];
  readonly evidence: readonly Evidence[];
  /** Short, names the offender: `Credential stuffing from 203.0.113.7`. */
  readonly title: string;
  /** One or two true sentences with the numbers. */
  readonly summary: string;
}
