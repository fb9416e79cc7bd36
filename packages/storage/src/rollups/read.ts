import type { Database, QueryParams } from '../database.js';
import { storageError } from '../errors.js';
import { decodeText, encodeText } from '../text.js';
import {
  ACCOUNT_MINUTES,
  ACTOR_MINUTES,
  columnsOf,
  ROUTE_MINUTES,
  type Rollup,
  SOURCE_MINUTES,
  selectRollup,
} from './definitions.js';
import type { RollUp } from './roll-up.js';

const MINUTE_MS = 60_000;
/** Points of a timeline: a week by the minute. */
const MAX_POINTS = 10_080;
const MAX_ROUTES = 10_000;

/** Whole minutes of event time, Unix ms; a bound within a minute means all of that minute. */
export interface TimelineRange {
  /** Inclusive. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** Width of a point, whole minutes; default 1. A range holds at most 10 080 points. */
  readonly stepMinutes?: number | undefined;
}

/** What happened in one step of time; steps in which nothing did are left out. */
export interface TimelinePoint {
  /** Start of the step, Unix ms. */
  readonly atMs: number;
  readonly requests: number;
  /** Answers 400 to 499. */
  readonly clientErrors: number;
  /** Answers 500 and above. */
  readonly serverErrors: number;
  /** Bytes of response bodies, where they are known. */
  readonly responseBytes: number;
}

export interface LoginCounts {
  /** Attempts: a batched request counts as many as it made. */
  readonly loginsFailed: number;
  readonly loginsSucceeded: number;
}

/** Distinct counts are estimates (ClickHouse's `uniq`, within about a percent). */
export interface SourcePoint extends TimelinePoint, LoginCounts {
  readonly routes: number;
  readonly actors: number;
  /** Accounts that were tried. */
  readonly accounts: number;
  readonly objects: number;
}

export interface ActorPoint extends TimelinePoint {
  readonly routes: number;
  readonly sources: number;
  readonly objects: number;
}

export interface AccountPoint extends LoginCounts {
  readonly atMs: number;
  readonly requests: number;
  readonly sources: number;
}

/** One endpoint as the traffic of the range shows it. */
export interface EndpointSummary extends LoginCounts {
  readonly service: string;
  readonly method: string;
  /** Template; `''` where none is known. */
  readonly route: string;
  readonly requests: number;
  readonly clientErrors: number;
  readonly serverErrors: number;
  readonly responseBytes: number;
  /** Sensitive values in responses. */
  readonly sensitiveValues: number;
  readonly sources: number;
  readonly actors: number;
  /** Quantiles of the duration, ms, estimated. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Minutes of its first and last request within the range, Unix ms. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * What the rollups say, together with the request events that are not rolled up yet: every stored request event counts.
 *
 * @throws VedetteError `VDT_STORAGE_INVALID` for a range that is not as described
 */
export interface Rollups {
  /** All traffic, oldest first. */
  overview(range: TimelineRange): Promise<(TimelinePoint & LoginCounts)[]>;
  source(source: string, range: TimelineRange): Promise<SourcePoint[]>;
  actor(actor: string, range: TimelineRange): Promise<ActorPoint[]>;
  /** @param account pseudonym of the identifier that was tried */
  account(account: string, range: TimelineRange): Promise<AccountPoint[]>;
  /** The endpoint inventory: busiest first, at most 10 000. */
  endpoints(range: Pick<TimelineRange, 'fromMs' | 'toMs'>): Promise<EndpointSummary[]>;
}

export function createRollups(db: Database, reach: RollUp['reach']): Rollups {
  /** Points of a timeline: `values` merges the columns of a rollup, `condition` narrows it and the request events alike. */
  async function timeline<Row extends readonly [seconds: number, ...values: number[]]>(
    rollup: Rollup,
    range: TimelineRange,
    query: { readonly values: readonly string[]; readonly key?: string },
  ): Promise<Row[]> {
    const { params, step } = parse(range);
    const only = query.key === undefined ? {} : { key: encodeText(query.key) };
    return db.select<Row>(
      `SELECT intDiv(toUInt32(minute), {step:UInt32}) * {step:UInt32} AS at, ${query.values.join(', ')}
FROM (${rolledUp(rollup, query.key === undefined ? '1' : '{column} = {key:String}')})
GROUP BY at
ORDER BY at`,
      { ...params, ...only, step },
    );
  }

  /** Rows of a rollup and, in the same columns, of what it does not hold yet. */
  function rolledUp(rollup: Rollup, condition: string): string {
    const key = rollup.keys[0]!;
    const minutes = `minute >= toDateTime({from_s:UInt32}, 'UTC') AND minute < toDateTime({to_s:UInt32}, 'UTC')`;
    const events = `sequence > ${reach(rollup)} AND start_ms >= {from_s:UInt32} * 1000. AND start_ms < {to_s:UInt32} * 1000.`;
    return `SELECT ${columnsOf(rollup)} FROM ${rollup.table} WHERE ${minutes} AND ${condition.replace('{column}', key.name)}
UNION ALL
${selectRollup(rollup, `${events} AND ${condition.replace('{column}', key.sql)}`)}`;
  }

  return {
    async overview(range) {
      const rows = await timeline<[number, number, number, number, number, number, number]>(ROUTE_MINUTES, range, {
        values: [...VOLUME, ...LOGINS],
      });
      return rows.map((row) => ({ ...volume(row), loginsFailed: row[5], loginsSucceeded: row[6] }));
    },

    async source(source, range) {
      const rows = await timeline<
        [number, number, number, number, number, number, number, number, number, number, number]
      >(SOURCE_MINUTES, range, {
        key: source,
        values: [
          ...VOLUME,
          ...LOGINS,
          'uniqMerge(routes)',
          'uniqMerge(actors)',
          'uniqMerge(accounts)',
          'uniqMerge(objects)',
        ],
      });
      return rows.map((row) => ({
        ...volume(row),
        loginsFailed: row[5],
        loginsSucceeded: row[6],
        routes: row[7],
        actors: row[8],
        accounts: row[9],
        objects: row[10],
      }));
    },

    async actor(actor, range) {
      const rows = await timeline<[number, number, number, number, number, number, number, number]>(
        ACTOR_MINUTES,
        range,
        { key: actor, values: [...VOLUME, 'uniqMerge(routes)', 'uniqMerge(sources)', 'uniqMerge(objects)'] },
      );
      return rows.map((row) => ({ ...volume(row), routes: row[5], sources: row[6], objects: row[7] }));
    },

    async account(account, range) {
      const rows = await timeline<[number, number, number, number, number]>(ACCOUNT_MINUTES, range, {
        key: account,
        values: ['sum(requests)', ...LOGINS, 'uniqMerge(sources)'],
      });
      return rows.map(([at, requests, loginsFailed, loginsSucceeded, sources]) => ({
        atMs: at * 1000,
        requests,
        loginsFailed,
        loginsSucceeded,
        sources,
      }));
    },

    async endpoints(range) {
      const rows = await db.select<EndpointRow>(
        `SELECT service, method, route, sum(requests) AS total, sum(client_errors), sum(server_errors), sum(response_bytes),
    sum(logins_failed), sum(logins_succeeded), sum(sensitive_values), uniqMerge(sources), uniqMerge(actors),
    quantilesTDigestMerge(0.5, 0.95, 0.99)(durations), toUInt32(min(minute)), toUInt32(max(minute))
FROM (${rolledUp(ROUTE_MINUTES, '1')})
GROUP BY service, method, route
ORDER BY total DESC, service, method, route
LIMIT ${MAX_ROUTES}`,
        parse({ ...range, stepMinutes: MAX_POINTS }).params,
      );
      return rows.map(endpoint);
    },
  };
}

const VOLUME = ['sum(requests)', 'sum(client_errors)', 'sum(server_errors)', 'sum(response_bytes)'];
const LOGINS = ['sum(logins_failed)', 'sum(logins_succeeded)'];

type VolumeRow = readonly [
  seconds: number,
  requests: number,
  clientErrors: number,
  serverErrors: number,
  responseBytes: number,
  ...more: number[],
];

function volume([at, requests, clientErrors, serverErrors, responseBytes]: VolumeRow): TimelinePoint {
  return { atMs: at * 1000, requests, clientErrors, serverErrors, responseBytes };
}

type EndpointRow = readonly [
  service: string,
  method: string,
  route: string,
  requests: number,
  clientErrors: number,
  serverErrors: number,
  responseBytes: number,
  loginsFailed: number,
  loginsSucceeded: number,
  sensitiveValues: number,
  sources: number,
  actors: number,
  durations: readonly [p50: number, p95: number, p99: number],
  firstSeconds: number,
  lastSeconds: number,
];

function endpoint(row: EndpointRow): EndpointSummary {
  const [p50Ms, p95Ms, p99Ms] = row[12];
  return {
    service: decodeText(row[0]),
    method: decodeText(row[1]),
    route: decodeText(row[2]),
    requests: row[3],
    clientErrors: row[4],
    serverErrors: row[5],
    responseBytes: row[6],
    loginsFailed: row[7],
    loginsSucceeded: row[8],
    sensitiveValues: row[9],
    sources: row[10],
    actors: row[11],
    p50Ms,
    p95Ms,
    p99Ms,
    firstMs: row[13] * 1000,
    lastMs: row[14] * 1000,
  };
}

/** Seconds of the range and of a step, checked. */
function parse({ fromMs, toMs, stepMinutes = 1 }: TimelineRange): { params: QueryParams; step: number } {
  const from = Math.floor(fromMs / MINUTE_MS) * 60;
  const to = Math.ceil(toMs / MINUTE_MS) * 60;
  if (!(from >= 0 && to >= from && to < 2 ** 32)) {
    throw storageError('VDT_STORAGE_INVALID', 'a timeline goes from one time to a later one');
  }
  if (!Number.isInteger(stepMinutes) || stepMinutes < 1 || stepMinutes > MAX_POINTS) {
    throw storageError('VDT_STORAGE_INVALID', `a step is 1 to ${MAX_POINTS} whole minutes`);
  }
  // One more, where the bounds lie within a minute.
  if (stepMinutes < MAX_POINTS && to - from > stepMinutes * 60 * (MAX_POINTS + 1)) {
    throw storageError('VDT_STORAGE_INVALID', `a timeline has at most ${MAX_POINTS} points`);
  }
  return { params: { from_s: from, to_s: to }, step: stepMinutes * 60 };
}
