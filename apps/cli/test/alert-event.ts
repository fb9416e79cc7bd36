import { type AlertEvent, AlertEventSchema, type AlertType } from '@vedette/protocol';

export interface AlertEventFields {
  readonly id: string;
  readonly type: AlertType;
  readonly source: string;
  /** Unix ms. */
  readonly atMs: number;
  readonly change?: AlertEvent['change'];
}

/** An alert event about one source, with everything else as plain as it can be. */
export function alertEvent({ id, type, source, atMs, change = 'raised' }: AlertEventFields): AlertEvent {
  const time = new Date(atMs).toISOString();
  return AlertEventSchema.parse({
    sequence: 1,
    change,
    recordedAt: time,
    by: null,
    comment: null,
    alert: {
      id,
      type,
      severity: 'high',
      score: 80,
      scoreTerms: [],
      title: `${type} from ${source}`,
      summary: `Something came from ${source}.`,
      service: 'shop',
      storyId: id,
      status: 'new',
      resolution: null,
      recurring: false,
      firstSeen: time,
      lastSeen: time,
      raisedAt: time,
      sources: [source],
      sourceCount: 1,
      actors: [],
      actorCount: 0,
      targets: [],
      targetCount: 0,
      routes: [],
      compromised: [],
      requests: 1,
      evidence: [],
      activity: { start: time, bucketMs: 1000, counts: [] },
      owaspAutomatedThreats: [],
      owaspApi: [],
      attack: [],
    },
  });
}
