import type { Migration } from '../migrate.js';

/**
 * Request events, alert events, control documents, engine snapshots and webhook deliveries.
 *
 * Identifiers arrive as hexadecimal text (EPHEMERAL columns) and are kept as bytes: they are random, half of a row's
 * size. `start_ms` is the double that the event carries, to the bit; its bits grow with time, so Delta packs them.
 * LowCardinality costs an insert twice what a String does: only columns that queries group and compare by have it; columns
 * that are mostly empty are stored sparse in any case.
 * `sequence` is the order of storing and, being microseconds of Unix time, also the time of it.
 */
export const firstTables: Migration = {
  version: 1,
  name: 'first tables',
  statements: [
    `CREATE TABLE IF NOT EXISTS request_events
(
    sequence UInt64 CODEC(Delta(8), ZSTD(1)),
    trace String EPHEMERAL '',
    span String EPHEMERAL '',
    trace_id FixedString(16) DEFAULT unhex(trace) CODEC(ZSTD(1)),
    span_id FixedString(8) DEFAULT unhex(span) CODEC(ZSTD(1)),
    service LowCardinality(String) CODEC(ZSTD(1)),
    instance LowCardinality(String) CODEC(ZSTD(1)),
    start_ms Float64 CODEC(Delta(8), ZSTD(1)),
    duration_ms Float64 CODEC(ZSTD(1)),
    source String CODEC(ZSTD(1)),
    peer LowCardinality(String) CODEC(ZSTD(1)),
    method LowCardinality(String) CODEC(ZSTD(1)),
    host LowCardinality(String) CODEC(ZSTD(1)),
    path String CODEC(ZSTD(1)),
    query String CODEC(ZSTD(1)),
    route LowCardinality(String) CODEC(ZSTD(1)),
    route_from Enum8('' = 0, 'span' = 1, 'learned' = 2) CODEC(ZSTD(1)),
    operation String CODEC(ZSTD(1)),
    status UInt16 CODEC(ZSTD(1)),
    request_bytes Int64 CODEC(ZSTD(1)),
    response_bytes Int64 CODEC(ZSTD(1)),
    user_agent LowCardinality(String) CODEC(ZSTD(1)),
    fingerprint String CODEC(ZSTD(1)),
    actor String CODEC(ZSTD(1)),
    actor_kind Enum8('' = 0, 'user' = 1, 'api_key' = 2, 'session' = 3) CODEC(ZSTD(1)),
    session String CODEC(ZSTD(1)),
    auth_event Enum8('' = 0, 'login' = 1, 'signup' = 2, 'reset' = 3, 'otp' = 4) CODEC(ZSTD(1)),
    auth_identifier String CODEC(ZSTD(1)),
    auth_outcome Enum8('' = 0, 'success' = 1, 'failure' = 2) CODEC(ZSTD(1)),
    auth_from Enum8('' = 0, 'agent' = 1, 'inferred' = 2) CODEC(ZSTD(1)),
    auth_attempts UInt32 CODEC(ZSTD(1)),
    auth_code String CODEC(ZSTD(1)),
    object_kinds Array(String) CODEC(ZSTD(1)),
    object_ids Array(String) CODEC(ZSTD(1)),
    object_hashes Array(UInt32) CODEC(ZSTD(1)),
    handed_out Array(UInt32) CODEC(ZSTD(1)),
    sensitive Map(String, UInt32) CODEC(ZSTD(1)),
    INDEX sequence_range sequence TYPE minmax GRANULARITY 1,
    INDEX source_filter source TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX actor_filter actor TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(fromUnixTimestamp64Milli(toInt64(start_ms), 'UTC'), 'UTC')
ORDER BY (service, start_ms, sequence)
SETTINGS ttl_only_drop_parts = 1, merge_with_ttl_timeout = 3600`,

    `CREATE TABLE IF NOT EXISTS alert_events
(
    sequence UInt64 CODEC(Delta(8), ZSTD(1)),
    alert_id String CODEC(ZSTD(1)),
    change LowCardinality(String) CODEC(ZSTD(1)),
    recorded_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    event String CODEC(ZSTD(3)),
    INDEX sequence_range sequence TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(recorded_at, 'UTC')
ORDER BY (alert_id, sequence)
SETTINGS index_granularity = 64, ttl_only_drop_parts = 1, merge_with_ttl_timeout = 3600`,

    `CREATE TABLE IF NOT EXISTS documents
(
    key String,
    version UInt64,
    value String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY key
SETTINGS index_granularity = 256`,

    `CREATE TABLE IF NOT EXISTS blobs
(
    name String,
    version UInt64,
    part UInt32,
    parts UInt32,
    base64 String EPHEMERAL '',
    data String DEFAULT base64Decode(base64) CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (name, version, part)
SETTINGS index_granularity = 1`,

    `CREATE TABLE IF NOT EXISTS delivery_events
(
    sequence UInt64 CODEC(Delta(8), ZSTD(1)),
    delivery_id String CODEC(ZSTD(1)),
    endpoint_id String CODEC(ZSTD(1)),
    kind LowCardinality(String) CODEC(ZSTD(1)),
    at_ms UInt64 CODEC(Delta(8), ZSTD(1)),
    event String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(fromUnixTimestamp64Milli(toInt64(at_ms), 'UTC'), 'UTC')
ORDER BY (delivery_id, endpoint_id, sequence)
SETTINGS index_granularity = 64, ttl_only_drop_parts = 1, merge_with_ttl_timeout = 3600`,
  ],
};
