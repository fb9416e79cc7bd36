import type { Alert } from '@vedette/protocol';

/** A complete alert, as the collector sends them. */
export function sampleAlert(change: Partial<Alert> = {}): Alert {
  return {
    id: 'al_1',
    type: 'credential_stuffing',
    severity: 'critical',
    score: 91,
    scoreTerms: [{ name: 'impact', points: 25, text: 'accounts' }],
    title: 'Credential stuffing from 203.0.113.7',
    summary: '214 accounts tried in 48 s, 98.6% failed.',
    service: 'shop',
    storyId: 'st_1',
    status: 'new',
    resolution: null,
    recurring: false,
    firstSeen: '2026-01-02T10:00:00.000Z',
    lastSeen: '2026-01-02T10:01:00.000Z',
    raisedAt: '2026-01-02T10:00:20.000Z',
    sources: ['203.0.113.7'],
    sourceCount: 1,
    actors: [],
    actorCount: 0,
    targets: ['account:0f3a9c0d7e5b1a22'],
    targetCount: 214,
    routes: ['POST /login'],
    compromised: [],
    requests: 214,
    evidence: [
      {
        name: 'accounts_failed',
        text: '214 accounts in 48 s',
        observed: 214,
        expected: 2,
        unit: 'accounts',
        baseline: { of: 'source', size: 312 },
        logLikelihood: 18.4,
      },
    ],
    activity: { start: '2026-01-02T10:00:00.000Z', bucketMs: 2000, counts: [1, 5, 9] },
    owaspAutomatedThreats: ['OAT-008'],
    owaspApi: ['API2'],
    attack: ['T1110.004'],
    ...change,
  };
}
