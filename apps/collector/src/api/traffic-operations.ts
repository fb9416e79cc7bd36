import { AgentListSchema, StatsSchema, TrafficSchema } from '@vedette/protocol';
import type { Storage } from '@vedette/storage';
import { z } from 'zod';
import type { AgentRegistry } from '../ingest/agent-registry.js';
import type { TrafficMeter } from '../stream/traffic-meter.js';
import { type Operation, operation } from './operation.js';

export interface TrafficOperationsOptions {
  readonly storage: Pick<Storage, 'requestEvents'>;
  readonly meter: TrafficMeter;
  readonly agents: AgentRegistry;
  /** Alerts known, of any status. */
  readonly countAlerts: () => number;
}

/** What the API tells of the traffic as a whole, and of who sends it. */
export function trafficOperations(options: TrafficOperationsOptions): Operation[] {
  return [
    operation({
      method: 'GET',
      path: '/api/stats',
      summary: 'What is stored',
      role: 'viewer',
      response: StatsSchema,
      handle: async () => {
        const stats = await options.storage.requestEvents.stats();
        return {
          requestEvents: stats.requestEvents,
          oldest: toTime(stats.oldestMs),
          newest: toTime(stats.newestMs),
          alerts: options.countAlerts(),
        };
      },
    }),
    operation({
      method: 'GET',
      path: '/api/traffic',
      summary: 'Requests per second over the last minutes, as they arrived',
      role: 'viewer',
      query: z.object({ minutes: z.coerce.number().int().min(1).max(15).default(5) }),
      response: TrafficSchema,
      handle: async ({ query }) => ({ points: options.meter.last(query.minutes * 60, Date.now()) }),
    }),
    operation({
      method: 'GET',
      path: '/api/agents',
      summary: 'The agents that send, and how they are',
      role: 'viewer',
      response: AgentListSchema,
      handle: async () => ({ agents: options.agents.list(Date.now()) }),
    }),
  ];
}

function toTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
