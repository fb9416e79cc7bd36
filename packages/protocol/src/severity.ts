export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** Lowest score of each band, 0 to 100 (docs/DETECTION.md, score). */
export const SEVERITY_FLOOR: Readonly<Record<Severity, number>> = { low: 0, medium: 50, high: 70, critical: 85 };

/** The band of a score from 0 to 100. */
export function severityOf(score: number): Severity {
  if (score >= SEVERITY_FLOOR.critical) return 'critical';
  if (score >= SEVERITY_FLOOR.high) return 'high';
  if (score >= SEVERITY_FLOOR.medium) return 'medium';
  return 'low';
}
