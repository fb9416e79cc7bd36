import type { AlertType, RequestEvent, Severity } from '@vedette/protocol';

/** What the scorer needs of an alert, whoever raised it: the engine or a baseline. */
export interface RaisedAlert {
  readonly id: string;
  readonly type: AlertType;
  /** The highest that it ever had. */
  severity: Severity;
  /** Event time of the request at which it was first raised (an engine cannot date an alert back). */
  readonly raisedMs: number;
  firstSeenMs: number;
  lastSeenMs: number;
  sources: readonly string[];
  sourceCount: number;
  actors: readonly string[];
  actorCount: number;
  targets: readonly string[];
  compromised: readonly string[];
  summary: string;
  /** True once the engine has taken it back. It was raised all the same. */
  isWithdrawn: boolean;
}

/** Something that reads request events and raises alerts. */
export interface Examinee {
  readonly name: string;
  observe(event: RequestEvent): void;
  /** No more events will come. */
  finish(): void;
  alerts(): RaisedAlert[];
}
