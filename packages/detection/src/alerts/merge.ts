import { ALERT_TYPE_INFO, type Alert, type Discount, type Finding, type Outcome, severityOf } from '@vedette/protocol';
import { scoreOf } from './score.js';

const LISTED = 50;
/** Sources and actors of one alert: whoever takes part in a campaign of hundreds is named (15 kB of addresses at most). */
export const LISTED_PARTICIPANTS = 1_000;
const LISTED_COMPROMISED = 200;
const OUTCOMES: readonly Outcome[] = ['none', 'partial', 'success', 'success_followed'];

/** What one alert says, from the newest findings of its campaigns; the one with the most evidence speaks. */
export interface Merged
  extends Pick<
    Alert,
    | 'severity'
    | 'score'
    | 'scoreTerms'
    | 'title'
    | 'summary'
    | 'firstSeen'
    | 'lastSeen'
    | 'sources'
    | 'sourceCount'
    | 'actors'
    | 'actorCount'
    | 'targets'
    | 'targetCount'
    | 'routes'
    | 'compromised'
    | 'requests'
    | 'evidence'
    | 'owaspAutomatedThreats'
    | 'owaspApi'
    | 'attack'
  > {
  readonly units: number;
}

/** @param findings at least one; the newest finding of each campaign that joined */
export function mergeFindings(findings: readonly Finding[]): Merged {
  const lead = findings.reduce((best, one) => (one.requests > best.requests ? one : best));
  const strongest = findings.reduce((best, one) => (excess(one) > excess(best) ? one : best));
  const units = sum(findings, (one) => one.units);
  const { score, terms } = scoreOf({
    type: lead.type,
    logLikelihood: strongest.logLikelihood,
    threshold: strongest.threshold,
    units,
    outcome: findings.reduce<Outcome>((worst, one) => worse(worst, one.outcome), 'none'),
    discounts: commonDiscounts(findings),
  });
  const sources = union(findings, (one) => one.sources, LISTED_PARTICIPANTS);
  const actors = union(findings, (one) => one.actors, LISTED_PARTICIPANTS);
  const targets = union(findings, (one) => one.targets, LISTED);
  const info = ALERT_TYPE_INFO[lead.type];
  return {
    severity: severityOf(score),
    score,
    scoreTerms: terms,
    title: lead.title,
    summary: summaryOf(lead, findings.length),
    firstSeen: new Date(Math.min(...findings.map((one) => one.firstSeenMs))).toISOString(),
    lastSeen: new Date(Math.max(...findings.map((one) => one.lastSeenMs))).toISOString(),
    sources,
    sourceCount: Math.max(sources.length, ...findings.map((one) => one.sourceCount)),
    actors,
    actorCount: Math.max(actors.length, ...findings.map((one) => one.actorCount)),
    targets,
    targetCount: Math.max(targets.length, ...findings.map((one) => one.targetCount)),
    routes: union(findings, (one) => one.routes, LISTED),
    compromised: union(findings, (one) => one.compromised, LISTED_COMPROMISED),
    requests: sum(findings, (one) => one.requests),
    evidence: [...lead.evidence],
    owaspAutomatedThreats: [...info.owaspAutomatedThreats],
    owaspApi: [...info.owaspApi],
    attack: [...info.attack],
    units,
  };
}

function summaryOf(lead: Finding, campaigns: number): string {
  if (campaigns === 1) return lead.summary;
  return `${lead.summary} ${campaigns - 1} more of its ${campaigns === 2 ? 'sources acts' : 'sources act'} alike.`;
}

/** A discount holds for the alert only when it holds for all that joined. */
function commonDiscounts(findings: readonly Finding[]): readonly Discount[] {
  const [first, ...rest] = findings;
  return first!.discounts.filter((one) =>
    rest.every((other) => other.discounts.some((it) => it.reason === one.reason)),
  );
}

function excess(finding: Finding): number {
  return finding.logLikelihood - finding.threshold;
}

function worse(left: Outcome, right: Outcome): Outcome {
  return OUTCOMES.indexOf(left) >= OUTCOMES.indexOf(right) ? left : right;
}

function sum(findings: readonly Finding[], of: (finding: Finding) => number): number {
  return findings.reduce((total, one) => total + of(one), 0);
}

function union(findings: readonly Finding[], of: (finding: Finding) => readonly string[], limit: number): string[] {
  const names = new Set<string>();
  for (const finding of findings) for (const name of of(finding)) if (names.size < limit) names.add(name);
  return [...names];
}
