import type { Migration } from '../migrate.js';

/**
 * Rollups per minute, and how far they reach.
 *
 * They are filled by `INSERT … SELECT` over ranges of the order of storing (see rollups/roll-up.ts), each range under a
 * deduplication token: the window is what makes repeating a range harmless. Written out here, and not made from the
 * definitions in use, because a migration never changes.
 */
export const rollups: Migration = {
  version: 2,
  name: 'rollups per minute',
  statements: [
    `CREATE TABLE IF NOT EXISTS source_minutes
(
    minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    source String CODEC(ZSTD(1)),
    requests SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    client_errors SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    server_errors SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    response_bytes SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    logins_failed SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    logins_succeeded SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    routes AggregateFunction(uniq, String) CODEC(ZSTD(1)),
    actors AggregateFunction(uniq, String) CODEC(ZSTD(1)),
    accounts AggregateFunction(uniq, String) CODEC(ZSTD(1)),
    objects AggregateFunction(uniq, UInt32) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (source, minute)
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1, merge_with_ttl_timeout = 3600`,

    `CREATE TABLE IF NOT EXISTS actor_minutes
(
    minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    actor String CODEC(ZSTD(1)),
    requests SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    client_errors SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    server_errors SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    response_bytes SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    routes AggregateFunction(uniq, String) CODEC(ZSTD(1)),
    sources AggregateFunction(uniq, String) CODEC(ZSTD(1)),
    objects AggregateFunction(uniq, UInt32) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (actor, minute)
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1, merge_with_ttl_timeout = 3600`,

    `CREATE TABLE IF NOT EXISTS account_minutes
(
    minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    account String CODEC(ZSTD(1)),
    requests SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    logins_failed SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    logins_succeeded SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    sources AggregateFunction(uniq, String) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (account, minute)
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1, merge_with_ttl_timeout = 3600`,

    `CREATE TABLE IF NOT EXISTS route_minutes
(
    minute DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    service LowCardinality(String) CODEC(ZSTD(1)),
    method LowCardinality(String) CODEC(ZSTD(1)),
    route LowCardinality(String) CODEC(ZSTD(1)),
    requests SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    client_errors SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    server_errors SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    response_bytes SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    logins_failed SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    logins_succeeded SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    sensitive_values SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    sources AggregateFunction(uniq, String) CODEC(ZSTD(1)),
    actors AggregateFunction(uniq, String) CODEC(ZSTD(1)),
    durations AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float32) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (service, method, route, minute)
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1, merge_with_ttl_timeout = 3600`,

    `CREATE TABLE IF NOT EXISTS rollup_progress
(
    name String,
    after UInt64,
    through UInt64
)
ENGINE = ReplacingMergeTree(through)
ORDER BY name`,
  ],
};
