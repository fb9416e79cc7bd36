import type { AlertType } from '@vedette/protocol';
import type { Campaign, Strength } from '../core/campaign.js';
import type { Service } from '../services/service.js';

/** What an attacker does besides attacking, for the robustness arms. */
export interface Tactics {
  /** Own, aged accounts whose successful logins are mixed in, to buy credit at detectors. */
  readonly ownAccounts: number;
  /** Stays just under the thresholds that the field publishes (five failures in ten seconds, and the like). */
  readonly knowsThresholds: boolean;
}

export const PLAIN: Tactics = { ownAccounts: 0, knowsThresholds: false };

/** One kind of attack, written against a service's acts. */
export interface Attack {
  readonly type: AlertType;
  /** The longest that a campaign of each strength lasts, so that it fits before the end of the run. */
  readonly longestMs: Readonly<Record<Strength, number>>;
  /** Starts a campaign now. */
  launch(service: Service, strength: Strength, tactics: Tactics): Campaign;
}
