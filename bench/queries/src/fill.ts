import type { Session } from 'chdb';

/** Sources, each with a person of its own who now and then signs in. */
const SOURCES = 200_000;
/** Requests spread over this long, ms. */
export const SPAN_MS = 7 * 86_400_000;
const CHUNK_ROWS = 1_000_000;

/** Source number `i`, as SQL of the number and in TypeScript: 198.18.0.0/15 (RFC 2544) and what follows. */
const SOURCE_SQL =
  "concat('198.', toString(18 + intDiv(who, 65536)), '.', toString(intDiv(who, 256) % 256), '.', toString(who % 256))";
export function sourceOf(who: number): string {
  return `198.${18 + Math.floor(who / 65_536)}.${Math.floor(who / 256) % 256}.${who % 256}`;
}

/** Pseudonym of person `who`. */
const ACTOR_SQL = "lower(hex(cityHash64('actor', who)))";

/**
 * Fills `request_events` with ordinary traffic that ends at `endMs`: a few sources make most requests (an exponential
 * spread), eight endpoints, identifiers and durations without pattern.
 */
export async function fill(session: Session, rows: number, endMs: number): Promise<void> {
  const startMs = endMs - SPAN_MS;
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    await session.queryAsync(
      insert({ from, count: Math.min(CHUNK_ROWS, rows - from), startMs, stepMs: SPAN_MS / rows }),
    );
  }
}

/** The pseudonym of the person at the source, as the database makes it. */
export async function actorOf(session: Session, who: number): Promise<string> {
  const result = await session.queryAsync(`WITH toUInt64(${who}) AS who SELECT ${ACTOR_SQL}`, {
    format: 'TabSeparated',
  });
  return Buffer.from(result.bytes()).toString().trim();
}

function insert(chunk: { from: number; count: number; startMs: number; stepMs: number }): string {
  const { from, count, startMs, stepMs } = chunk;
  return `INSERT INTO vedette.request_events
(sequence, trace_id, span_id, service, instance, start_ms, duration_ms, source, peer, method, host, path, query, route,
 route_from, status, request_bytes, response_bytes, user_agent, fingerprint, actor, actor_kind, session, auth_event,
 auth_identifier, auth_outcome, auth_from, auth_attempts, object_kinds, object_ids, object_hashes)
WITH
    cityHash64(number, 1) AS random,
    toUInt64(least(-log((random % 1000000 + 1) / 1000001) / 8, 0.999999) * ${SOURCES}) AS who,
    cityHash64(number, 2) % 100 AS kind,
    kind < 3 AS is_login,
    cityHash64(number, 3) % 5000000 AS id,
    ${startMs} + number * ${stepMs} AS at
SELECT
    toUInt64(at * 1000) + number % 10, MD5(toString(number)), reinterpretAsFixedString(cityHash64(number, 4)),
    ['shop', 'accounts', 'partners'][who % 3 + 1] AS of_service, concat(of_service, '-', toString(number % 2)),
    round(at, 3), round((2 + cityHash64(number, 5) % 40000000 / 1000000), 6),
    ${SOURCE_SQL}, '10.0.0.1', if(is_login OR kind > 90, 'POST', 'GET'), concat(of_service, '.example'),
    multiIf(is_login, '/login', kind < 60, concat('/orders/', toString(id)), kind < 80, '/products', concat('/users/', toString(id % 1000), '/cart')),
    if(kind >= 60 AND kind < 80, concat('page=', toString(id % 40)), ''),
    multiIf(is_login, '/login', kind < 60, '/orders/{id}', kind < 80, '/products', '/users/{id}/cart'), 'span',
    multiIf(is_login AND id % 9 = 0, 401, id % 200 = 0, 500, id % 50 = 0, 404, 200), if(kind > 90, 200 + id % 300, -1), 300 + id % 4000,
    concat('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/', toString(90 + who % 60), '.0.0.0 Safari/537.36'),
    lower(hex(cityHash64('fp', who % 500))), if(is_login, '', ${ACTOR_SQL}) AS of_actor, if(is_login, '', 'user'),
    if(is_login, '', lower(hex(cityHash64('session', who, intDiv(toUInt64(at), 86400000))))),
    if(is_login, 'login', ''), if(is_login, lower(hex(cityHash64('account', who))), ''),
    multiIf(NOT is_login, '', id % 9 = 0, 'failure', 'success'), if(is_login, 'agent', ''), is_login,
    if(kind >= 3 AND kind < 60, ['orders'], []), if(kind >= 3 AND kind < 60, [toString(id)], []),
    if(kind >= 3 AND kind < 60, [toUInt32(cityHash64(id))], [])
FROM numbers(${from}, ${count})`;
}
