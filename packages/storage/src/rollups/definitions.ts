/**
 * What is kept per minute of event time: rows of states that merge, so that any number of minutes, of inserts and, on a
 * cluster, of shards add up to one answer.
 */
export interface Rollup {
  readonly table: string;
  /** What a row is about, as SQL over `request_events`, without the minute. */
  readonly keys: readonly RollupColumn[];
  /** What is kept of it, with the aggregation over `request_events` that makes it. */
  readonly values: readonly RollupColumn[];
  /** Which request events count, as SQL. */
  readonly condition: string;
}

export interface RollupColumn {
  readonly name: string;
  readonly type: string;
  readonly sql: string;
}

/** The minute of a request, of its event time. */
export const MINUTE = "toDateTime(intDiv(toInt64(start_ms), 60000) * 60, 'UTC')";

const sum = (name: string, sql: string): RollupColumn => ({
  name,
  type: 'SimpleAggregateFunction(sum, UInt64)',
  sql: `toUInt64(${sql})`,
});
const uniq = (name: string, of: string, type = 'String'): RollupColumn => ({
  name,
  type: `AggregateFunction(uniq, ${type})`,
  sql: of,
});

const REQUESTS = sum('requests', 'count()');
const CLIENT_ERRORS = sum('client_errors', 'countIf(status >= 400 AND status < 500)');
const SERVER_ERRORS = sum('server_errors', 'countIf(status >= 500)');
const RESPONSE_BYTES = sum('response_bytes', 'sum(greatest(response_bytes, 0))');
const LOGINS_FAILED = sum('logins_failed', "sumIf(auth_attempts, auth_event = 'login' AND auth_outcome = 'failure')");
const LOGINS_SUCCEEDED = sum(
  'logins_succeeded',
  "sumIf(auth_attempts, auth_event = 'login' AND auth_outcome = 'success')",
);
const ROUTES = uniq('routes', "uniqState(concat(service, ' ', method, ' ', route))");
const SOURCES = uniq('sources', 'uniqState(source)');
const ACTORS = uniq('actors', "uniqStateIf(actor, actor != '')");
const ACCOUNTS = uniq('accounts', "uniqStateIf(auth_identifier, auth_identifier != '')");
const OBJECTS = uniq('objects', 'uniqArrayState(object_hashes)', 'UInt32');

const VOLUME = [REQUESTS, CLIENT_ERRORS, SERVER_ERRORS, RESPONSE_BYTES];
const LOGINS = [LOGINS_FAILED, LOGINS_SUCCEEDED];

export const SOURCE_MINUTES: Rollup = {
  table: 'source_minutes',
  keys: [{ name: 'source', type: 'String', sql: 'source' }],
  values: [...VOLUME, ...LOGINS, ROUTES, ACTORS, ACCOUNTS, OBJECTS],
  condition: "source != ''",
};

export const ACTOR_MINUTES: Rollup = {
  table: 'actor_minutes',
  keys: [{ name: 'actor', type: 'String', sql: 'actor' }],
  values: [...VOLUME, ROUTES, SOURCES, OBJECTS],
  condition: "actor != ''",
};

export const ACCOUNT_MINUTES: Rollup = {
  table: 'account_minutes',
  keys: [{ name: 'account', type: 'String', sql: 'auth_identifier' }],
  values: [REQUESTS, ...LOGINS, SOURCES],
  condition: "auth_identifier != ''",
};

export const ROUTE_MINUTES: Rollup = {
  table: 'route_minutes',
  keys: [
    { name: 'service', type: 'LowCardinality(String)', sql: 'service' },
    { name: 'method', type: 'LowCardinality(String)', sql: 'method' },
    { name: 'route', type: 'LowCardinality(String)', sql: 'route' },
  ],
  values: [
    ...VOLUME,
    ...LOGINS,
    sum('sensitive_values', 'sum(arraySum(mapValues(sensitive)))'),
    SOURCES,
    ACTORS,
    {
      name: 'durations',
      type: 'AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float32)',
      sql: 'quantilesTDigestState(0.5, 0.95, 0.99)(toFloat32(duration_ms))',
    },
  ],
  condition: '1',
};

export const ROLLUPS: readonly Rollup[] = [ROUTE_MINUTES, SOURCE_MINUTES, ACTOR_MINUTES, ACCOUNT_MINUTES];

export function columnsOf(rollup: Rollup): string {
  return ['minute', ...[...rollup.keys, ...rollup.values].map((column) => column.name)].join(', ');
}

/**
 * SQL of the rows of a rollup over the request events for which `where` holds, columns as {@link columnsOf}. Aggregated
 * names differ from those of the columns they are made of, lest an alias stand in for its own argument.
 */
export function selectRollup(rollup: Rollup, where: string): string {
  const columns = [...rollup.keys.map((key) => key.sql), ...rollup.values.map((value) => value.sql)];
  const keys = [...rollup.keys.map((key) => key.sql), 'at_minute'].join(', ');
  return `SELECT ${MINUTE} AS at_minute, ${columns.join(', ')}
FROM request_events
WHERE (${where}) AND (${rollup.condition})
GROUP BY ${keys}`;
}
