import type { EngineStats } from '@vedette/detection';
import { Gauge } from 'prom-client';
import type { FairGate } from '../ingest/fair-gate.js';
import type { Metrics } from './metrics.js';

/** What is not counted as it happens but looked at when `/metrics` is asked for. */
export interface Watched {
  /** Request events that wait for storing. */
  backlog(): { readonly rows: number; readonly bytes: number; readonly maxBytes: number };
  /** What arrives, waits for its turn, or is worked on. */
  readonly gate: Pick<FairGate, 'waiting' | 'heldBytes' | 'activeBytes'>;
  engine(): EngineStats;
  /** The detectors still work through what was stored before the start. */
  isCatchingUp(): boolean;
  streamClients(): number;
  /** Alert events that wait for storing. */
  alertEventsWaiting(): number;
  /** Bytes free where the data directory is. */
  freeBytes(): Promise<number>;
}

/** Adds gauges to `metrics` that read the running collector. */
export function watch({ registry }: Metrics, watched: Watched): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('vedette_ingest_bodies_waiting', 'Request bodies that wait for their turn', () => watched.gate.waiting);
  gauge('vedette_ingest_held_bytes', 'Request bodies that arrive or wait, as sent', () => watched.gate.heldBytes);
  gauge('vedette_ingest_active_bytes', 'Request bodies let in and not durable yet', () => watched.gate.activeBytes);
  gauge('vedette_storage_queue_bytes', 'Request events that wait for storing', () => watched.backlog().bytes);
  gauge('vedette_storage_queue_rows', 'Request events that wait for storing', () => watched.backlog().rows);
  gauge('vedette_storage_queue_max_bytes', 'Size at which the intake answers 503', () => watched.backlog().maxBytes);
  gauge('vedette_scoring_catching_up', '1 while events stored before the start are scored', () =>
    Number(watched.isCatchingUp()),
  );
  gauge('vedette_alert_events_waiting', 'Alert events that wait for storing', () => watched.alertEventsWaiting());
  gauge('vedette_stream_clients', 'Open alert streams (WebSocket)', () => watched.streamClients());
  new Gauge({
    name: 'vedette_data_dir_free_bytes',
    help: 'Bytes free where the data directory is',
    registers,
    async collect() {
      this.set(await watched.freeBytes());
    },
  });
  watchEngine(registers, () => watched.engine());
}

function watchEngine(registers: Metrics['registry'][], stats: () => EngineStats): void {
  const byTable = (name: string, help: string, value: (table: EngineStats['tables'][number]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['table'],
      registers,
      collect() {
        const sums = new Map<string, number>();
        for (const table of stats().tables) sums.set(table.name, (sums.get(table.name) ?? 0) + value(table));
        for (const [table, sum] of sums) this.set({ table }, sum);
      },
    });
  byTable('vedette_detector_state_bytes', 'Memory of detector state, by table', (table) => table.bytes);
  byTable('vedette_detector_state_max_bytes', 'Memory of detector state when full', (table) => table.maxBytes);
  byTable('vedette_detector_state_rows', 'Rows of detector state, by table', (table) => table.keys);
  byTable('vedette_detector_state_evictions', 'Rows that made room since the start', (table) => table.evictions);
  new Gauge({
    name: 'vedette_detector_events_too_late',
    help: 'Request events too far behind to be scored, since the state was new',
    registers,
    collect() {
      this.set(stats().tooLate);
    },
  });
  new Gauge({
    name: 'vedette_detector_event_time_seconds',
    help: 'Time that the detectors have reached, Unix seconds; 0 before the first event',
    registers,
    collect() {
      const { nowMs } = stats();
      this.set(Number.isFinite(nowMs) ? nowMs / 1000 : 0);
    },
  });
}
