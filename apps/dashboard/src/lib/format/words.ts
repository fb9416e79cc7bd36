import type { AlertChange, AlertStatus, Resolution, ScoreTerm, Severity } from '@vedette/protocol';

/** Words on screen for the protocol's closed vocabularies: each in one place. */
export const SEVERITY_WORD: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
};

/** Most severe first. */
export const SEVERITY_ORDER = ['critical', 'high', 'medium', 'low'] as const satisfies readonly Severity[];

export const STATUS_WORD: Readonly<Record<AlertStatus, string>> = {
  new: 'New',
  acknowledged: 'Acknowledged',
  snoozed: 'Snoozed',
  resolved: 'Resolved',
  withdrawn: 'Withdrawn',
  expected: 'Expected',
};

export const RESOLUTION_WORD: Readonly<Record<Resolution, string>> = {
  true_positive: 'True positive',
  benign: 'Benign',
  false_positive: 'False positive',
  drill: 'Drill',
};

export const RESOLUTION_HINT: Readonly<Record<Resolution, string>> = {
  true_positive: 'An attack, and it has been dealt with',
  benign: 'Really happened, but was allowed or harmless',
  false_positive: 'Should not have been raised',
  drill: 'A test of the alarm',
};

export const CHANGE_WORD: Readonly<Record<AlertChange, string>> = {
  raised: 'Raised',
  updated: 'Updated',
  escalated: 'Escalated',
  withdrawn: 'Withdrawn',
  recurred: 'Came back',
  triaged: 'Triaged',
  expected: 'Expected',
};

export const TERM_WORD: Readonly<Record<ScoreTerm['name'], string>> = {
  impact: 'Impact',
  confidence: 'Confidence',
  volume: 'Volume',
  outcome: 'Outcome',
  discount: 'Discount',
  limit: 'Limit',
};

export const TERM_HINT: Readonly<Record<ScoreTerm['name'], string>> = {
  impact: 'what a success of this kind costs',
  confidence: 'how far the evidence exceeds what chance explains',
  volume: 'how large it is',
  outcome: 'what it gained so far',
  discount: 'reasons to be less sure',
  limit: 'a bound on the score',
};
