import { ALERT_TYPES, type AlertType } from '@vedette/protocol';
import type { Strength } from '../core/campaign.js';
import type { FalseAlert } from '../run.js';
import type { CampaignScore } from '../score/campaign-score.js';

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Recall over the campaigns that leave traces in their form. */
export function recallOf(campaigns: readonly CampaignScore[]): { found: number; trials: number } {
  const visible = campaigns.filter((campaign) => campaign.isVisible);
  return { found: visible.filter((campaign) => campaign.found).length, trials: visible.length };
}

export function isSerious(alert: Pick<FalseAlert, 'severity'>): boolean {
  return alert.severity !== 'low';
}

export function of(campaigns: readonly CampaignScore[], strength: Strength): CampaignScore[] {
  return campaigns.filter((campaign) => campaign.strength === strength);
}

export function typesIn(campaigns: readonly CampaignScore[]): AlertType[] {
  return ALERT_TYPES.filter((type) => campaigns.some((campaign) => campaign.type === type));
}

export function mean(values: readonly number[]): string {
  const known = values.filter((value) => Number.isFinite(value));
  return known.length === 0 ? '–' : number(known.reduce((sum, value) => sum + value, 0) / known.length);
}

/** `never` for what is censored: infinite. */
export function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'never';
  if (!Number.isFinite(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(value >= 10 ? 1 : 2);
}

export function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)}%` : '–';
}

export function duration(seconds: number): string {
  if (seconds === Number.POSITIVE_INFINITY) return 'never';
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(0)} min`;
  return seconds < 172_800 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86_400).toFixed(1)} d`;
}
