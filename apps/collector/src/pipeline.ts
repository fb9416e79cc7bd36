import type { AlertBook, Engine } from '@vedette/detection';
import type { Normaliser } from '@vedette/intake';
import type { RequestEvent } from '@vedette/protocol';
import type { Storage } from '@vedette/storage';
import type { Logger } from 'pino';
import { AlertLog } from './alerts/alert-log.js';
import { CatchUp } from './detection/catch-up.js';
import { Scorer } from './detection/scorer.js';
import type { Metrics } from './http/metrics.js';
import { IntakeDesk } from './ingest/intake-desk.js';
import type { AlertCourier } from './notify/alert-courier.js';
import { HEARTBEAT_MS, StreamHub } from './stream/stream-hub.js';
import { TrafficMeter } from './stream/traffic-meter.js';
import { Turns } from './turns.js';

export interface PipelineParts {
  readonly storage: Storage;
  readonly normaliser: Normaliser;
  readonly engine: Engine;
  readonly book: AlertBook;
  /** Carries alert events to webhooks; `null` without one. */
  readonly courier: AlertCourier | null;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Event times further in the past are taken as arrival time, ms: such a request would not be kept. */
  readonly maxAgeMs: number;
  readonly version: string;
  /** Sequence of the newest alert event in storage. */
  readonly lastSequence: number;
}

export interface Pipeline {
  readonly desk: IntakeDesk;
  readonly scorer: Scorer;
  /** Scores what is stored, in its order, from the last snapshot on. */
  readonly catchUp: CatchUp;
  readonly log: AlertLog;
  readonly hub: StreamHub;
  readonly meter: TrafficMeter;
  /** Stops the clockwork and waits until what is durable is scored and the alerts raised so far are durable. */
  close(): Promise<void>;
}

/** Composes the stages in the order in which data flows: ingest → storage → detection → alerts → stream and notify. */
export function createPipeline(parts: PipelineParts): Pipeline {
  const { storage, metrics, logger, courier } = parts;
  const turns = new Turns();
  const meter = new TrafficMeter();
  const hub = new StreamHub({
    version: parts.version,
    lastSequence: parts.lastSequence,
    readAfter: (sequence, limit) => storage.alertEvents.after(sequence, limit),
  });

  const log = new AlertLog({
    store: (events) => storage.alertEvents.append(events),
    lastSequence: parts.lastSequence,
    logger,
  });
  log.listen((event) => {
    if (event.change === 'raised') metrics.alertsRaised.inc({ type: event.alert.type });
    hub.publish(event);
    courier?.notice(event);
  });

  const scorer = new Scorer({
    engine: parts.engine,
    book: parts.book,
    onUpdate: (update) => void log.append(update),
    onScored: (events, seconds) => {
      metrics.spansScored.inc(events);
      metrics.stage('score', seconds);
    },
    onFault: (error) => logger.error({ err: error }, 'a request event could not be scored'),
    turns,
  });

  const catchUp = new CatchUp({
    requestEvents: storage.requestEvents,
    normaliser: parts.normaliser,
    scorer,
    score: (events, position) => {
      // The sender is answered meanwhile: what is durable will be scored, after a kill too.
      void scorer.score(events, position).then(() => {
        metrics.scoringBacklog.dec(events.length);
        metrics.scoringLag.observe(longestLagMs(events, Date.now()) / 1000);
      });
    },
    onLeft: (events) => metrics.scoringBacklog.dec(events),
    logger,
  });

  const desk = new IntakeDesk({
    normaliser: parts.normaliser,
    store: (events) => storage.requestEvents.append(events),
    onStored: (events: readonly RequestEvent[], position) => {
      meter.count(events, Date.now());
      metrics.scoringBacklog.inc(events.length);
      catchUp.take(events, position);
    },
    maxAgeMs: parts.maxAgeMs,
    onClamped: (count) => metrics.timesClamped.inc(count),
    onLate: (count) => metrics.timesLate.inc(count),
    onStage: (stage, seconds) => metrics.stage(stage, seconds),
    turns,
  });

  const everySecond = setInterval(() => {
    scorer.tick();
    const traffic = meter.last(1, Date.now())[0];
    if (traffic !== undefined) hub.broadcast({ type: 'stats', traffic });
  }, 1000);
  const heartbeat = setInterval(() => hub.broadcast({ type: 'heartbeat' }), HEARTBEAT_MS);

  return {
    desk,
    scorer,
    catchUp,
    log,
    hub,
    meter,
    async close() {
      clearInterval(everySecond);
      clearInterval(heartbeat);
      await catchUp.close();
      await scorer.settled();
      await log.close();
    },
  };
}

/** How long ago the request ended that ended first, ms; a sender's clock that runs ahead counts as none. */
function longestLagMs(events: readonly RequestEvent[], nowMs: number): number {
  let endedMs = nowMs;
  for (const { startMs, durationMs } of events) endedMs = Math.min(endedMs, startMs + durationMs);
  return nowMs - endedMs;
}
