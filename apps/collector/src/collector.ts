import { randomInt } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { createAlertBook } from '@vedette/detection';
import { createNotifier, createWebhookSecret, type Notifier } from '@vedette/notify';
import { type AlertEvent, type RequestEvent, VedetteError } from '@vedette/protocol';
import { openStorage, type Storage } from '@vedette/storage';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { alertOperations } from './api/alert-operations.js';
import { apiRoutes } from './api/api-routes.js';
import { createIdentifier } from './api/identity.js';
import { sessionRoutes } from './api/session-routes.js';
import { Sessions } from './api/sessions.js';
import { settingsOperations } from './api/settings-operations.js';
import { tokenOperations } from './api/token-operations.js';
import { trafficOperations } from './api/traffic-operations.js';
import { CONFIG_ENV, type CollectorConfig, type CollectorOptions, isLoopback, parseConfig } from './config.js';
import { KeptSettings } from './detection/kept-settings.js';
import { rebuild } from './detection/rebuild.js';
import { loadState, saveState } from './detection/state-snapshot.js';
import { watch } from './http/gauges.js';
import { healthRoutes } from './http/health-routes.js';
import { limitConnections } from './http/limit-connections.js';
import { createMetrics, type Metrics } from './http/metrics.js';
import { Readiness } from './http/readiness.js';
import { createServer } from './http/server.js';
import { AgentRegistry } from './ingest/agent-registry.js';
import { createGate } from './ingest/fair-gate.js';
import { ingestRoutes } from './ingest/ingest-routes.js';
import { IngestTokens } from './ingest/ingest-tokens.js';
import { Reception } from './ingest/reception.js';
import { offerLocalAccess, withdrawLocalAccess } from './local-access.js';
import { createLogger } from './logger.js';
import { AlertCourier } from './notify/alert-courier.js';
import { countedOutbox } from './notify/counted-outbox.js';
import { createPipeline, type Pipeline } from './pipeline.js';
import { createToken, keptSecret, secretPath } from './secrets.js';
import { StorageHealth } from './storage-health.js';
import { serveStream } from './stream/stream-socket.js';
import { VERSION } from './version.js';
import { within } from './within.js';

/** Bounds what a start after a kill has to score once more. */
const SNAPSHOT_EVERY_MS = 5 * 60_000;

/** For a graceful stop as a whole, ms: supervisors kill after ten seconds. */
const CLOSE_MS = 8_000;
/** For requests under way at a stop, ms. */
const DRAIN_MS = 3_000;
const DAY_MS = 86_400_000;
/** A sender may deliver this late at any retention: after a long week-end without the collector. */
const MIN_AGE_DAYS = 7;

/** A running collector. */
export interface Collector {
  /** Base address of dashboard, API and OTLP intake, without a slash at its end. */
  readonly url: string;
  /** Address of the dashboard with a one-time token that signs the person in who opens it first. */
  readonly loginUrl: string;
  readonly dataDir: string;
  readonly ingestToken: string;
  /** Where a person finds the ingest token: a file, or the variable that set it, or how to make one where it was revoked. */
  readonly ingestTokenPlace: string;
  /** The same for the key that signs webhooks; `null` without a webhook. */
  readonly webhookSecretPlace: string | null;
  readonly pseudonymKey: string;
  /**
   * Stores past request events and takes them through the same engine, so that baselines exist from the first day.
   * Events must be older than what was received before, in order of time.
   */
  importHistory(events: AsyncIterable<readonly RequestEvent[]>): Promise<{ events: number }>;
  /** Calls `listener` with each alert event once it is durable. @returns a function that ends it */
  onAlert(listener: (event: AlertEvent) => void): () => void;
  /** Stops accepting, makes what was accepted durable, and releases the data directory. */
  close(): Promise<void>;
}

/**
 * Starts a collector: opens storage, takes up where the last run stopped, and listens.
 *
 * @throws VedetteError `VDT_CONFIG_…` for wrong options, `VDT_SETTINGS_…` for a settings file that cannot be used, `VDT_STORAGE_…` where storage cannot be opened,
 *   `VDT_PORT_IN_USE` where the port is taken
 */
export async function createCollector(options: CollectorOptions = {}): Promise<Collector> {
  const config = parseConfig(options);
  const dataDir = resolve(config.dataDir);
  const logger = createLogger(config.logLevel);
  const ingestToken =
    config.ingestToken ?? (await keptSecret(dataDir, 'ingest-token', () => createToken('vdt_ingest')));
  const pseudonymKey =
    config.pseudonymKey ?? (await keptSecret(dataDir, 'pseudonym-key', () => createToken('vdt_key')));

  const metrics = createMetrics();
  const health = new StorageHealth();
  const storage = await openStorage(
    config.clickhouseUrl === undefined ? { kind: 'embedded', dataDir } : { kind: 'server', url: config.clickhouseUrl },
    {
      retention: {
        requestEventsDays: config.retentionDays,
        rollupDays: config.rollupRetentionDays,
        alertEventsDays: config.alertRetentionDays,
      },
      onRollUpFailed: (error) => logger.warn({ err: error }, 'rollups fall behind'),
      observe: ({ operation, seconds, code }) => {
        health.observe({ operation, code });
        metrics.storageSeconds.observe({ operation }, seconds);
        if (code !== null) metrics.storageErrors.inc({ operation, code });
      },
    },
  );
  const opened: (() => Promise<void>)[] = [() => storage.close()];
  const closeAll = () => closeInTime(opened.splice(0).reverse(), logger);

  try {
    const notifier = await openNotifier(config, dataDir, { storage, metrics, logger });
    if (notifier !== null) opened.push(() => notifier.close());
    const hashSeed = Number.parseInt(await keptSecret(dataDir, 'hash-seed', () => String(randomInt(2 ** 31))), 10);
    const settings = await KeptSettings.open({ documents: storage.documents, file: config.settingsFile, logger });
    const engineOptions = () => ({
      stateMemoryMB: config.stateMemoryMb,
      hashSeed,
      settings: settings.state.settings,
    });
    const { engine, normaliser, position } = await loadState(
      storage.blobs,
      { engine: engineOptions(), pseudonymKey },
      logger,
    );
    const book = createAlertBook();
    settings.follow((now) => {
      engine.configure(now);
      book.expect(now.expectedEvents);
    });

    const known = await storage.alertEvents.latest();
    for (const event of known) book.load(event.alert);
    const lastSequence = known.reduce((newest, event) => Math.max(newest, event.sequence), 0);
    const courier = await openCourier(notifier, { storage, config, logger, lastSequence });
    if (courier !== null) opened.push(() => courier.close());
    const pipeline = createPipeline({
      storage,
      normaliser,
      engine,
      book,
      courier,
      metrics,
      logger,
      maxAgeMs: Math.max(config.retentionDays, MIN_AGE_DAYS) * DAY_MS,
      version: VERSION,
      lastSequence,
    });
    const save = async () => {
      await pipeline.catchUp.rest();
      await saveState({
        blobs: storage.blobs,
        engine,
        normaliser,
        position: () => pipeline.scorer.position,
        alertsSettled: () => pipeline.log.settled(),
      });
    };
    opened.push(async () => {
      await pipeline.close();
      await save();
    });
    pipeline.scorer.resume(position);
    const tokens = await IngestTokens.open({
      documents: storage.documents,
      initial: { token: ingestToken, isConfigured: config.ingestToken !== undefined },
      isShared: config.clickhouseUrl !== undefined,
      spansPerSecond: config.tokenSpansPerSecond ?? null,
      logger,
    });
    opened.push(() => tokens.close());

    const isLoopbackOnly = isLoopback(config.host);
    const app = await createServer({ logger, publicUrl: config.publicUrl, isLoopbackOnly });
    opened.push(() => closeServer(app));
    const sessions = await Sessions.open(storage.documents);
    const localToken = createToken('vdt_local');
    const identifier = createIdentifier({
      sessions,
      apiTokens: [localToken, ...(config.apiToken === undefined ? [] : [config.apiToken])],
    });
    const readiness = new Readiness({
      ping: () => health.check(storage),
      backlog: () => storage.requestEvents.backlog(),
    });
    healthRoutes(app, { metrics, readiness });
    const gate = createGate(config.ingestMemoryMb);
    watch(metrics, {
      gate,
      backlog: () => storage.requestEvents.backlog(),
      engine: () => engine.stats(),
      isCatchingUp: () => !pipeline.catchUp.isLive,
      streamClients: () => pipeline.hub.clients,
      alertEventsWaiting: () => pipeline.log.waiting,
      freeBytes: () => freeBytes(dataDir),
    });
    const agents = new AgentRegistry();
    await app.register(ingestRoutes, {
      desk: pipeline.desk,
      reception: new Reception({
        tokens,
        gate,
        isSurplus: limitConnections(app.server, config.maxConnections),
      }),
      pseudonymKey,
      metrics,
      agents,
    });
    await app.register(sessionRoutes, {
      sessions,
      identifier,
      isSecure: config.publicUrl?.startsWith('https:') ?? false,
    });
    await app.register(apiRoutes, {
      identifier,
      publicUrl: config.publicUrl,
      version: VERSION,
      operations: [
        ...alertOperations({ book, log: pipeline.log, storage, engine: engineOptions }),
        ...settingsOperations(settings),
        ...tokenOperations(tokens),
        ...trafficOperations({ storage, meter: pipeline.meter, agents, countAlerts: () => book.list().length }),
      ],
    });
    const url = await listen(app, config);
    // The port is open already, so that whoever watches can tell a start that takes long from one that failed.
    await rebuild({ requestEvents: storage.requestEvents, catchUp: pipeline.catchUp, desk: pipeline.desk });
    notifier?.start();
    const saving = setInterval(() => {
      save().catch((error: unknown) => logger.error({ err: error }, 'detector state could not be saved'));
    }, SNAPSHOT_EVERY_MS);
    opened.push(async () => clearInterval(saving));
    const stream = serveStream(app.server, {
      hub: pipeline.hub,
      identifier,
      publicUrl: config.publicUrl,
      isLoopbackOnly,
    });
    opened.push(async () => stream.close());
    await offerLocalAccess(dataDir, { url, token: localToken });
    opened.push(() => withdrawLocalAccess(dataDir));
    opened.push(async () => readiness.close());
    readiness.serve();

    return {
      url,
      loginUrl: `${config.publicUrl ?? url}/#token=${sessions.createOneTimeToken()}`,
      dataDir,
      ingestToken,
      ingestTokenPlace: tokens.isInitialActive ? ingestTokenPlace(config, dataDir) : INITIAL_TOKEN_REVOKED,
      webhookSecretPlace: notifier === null ? null : webhookSecretPlace(config, dataDir),
      pseudonymKey,
      importHistory: (events) => importHistory(events, { storage, normaliser, pipeline }),
      onAlert: (listener) => pipeline.log.listen(listener),
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function openNotifier(
  config: CollectorConfig,
  dataDir: string,
  parts: { storage: Storage; metrics: Metrics; logger: Logger },
): Promise<Notifier | null> {
  if (config.webhookUrl === undefined) return null;
  const secret = config.webhookSecret ?? (await keptSecret(dataDir, 'webhook-secret', createWebhookSecret));
  return createNotifier({
    endpoints: [{ id: 'default', url: config.webhookUrl, secret }],
    outbox: countedOutbox(parts.storage.deliveries, parts.metrics),
    logger: parts.logger,
  });
}

async function openCourier(
  notifier: Notifier | null,
  parts: { storage: Storage; config: CollectorConfig; logger: Logger; lastSequence: number },
): Promise<AlertCourier | null> {
  const { storage, config, logger, lastSequence } = parts;
  const { alertEvents, documents } = storage;
  if (notifier !== null) {
    const { publicUrl } = config;
    return AlertCourier.open({ notifier, alertEvents, documents, publicUrl, logger }, lastSequence);
  }
  await AlertCourier.forget(documents);
  return null;
}

/** What is said of the place of the initial token once it does not work any more. */
const INITIAL_TOKEN_REVOKED = 'that `vedette token create` makes for them';

function ingestTokenPlace(config: CollectorConfig, dataDir: string): string {
  return config.ingestToken === undefined
    ? `in ${secretPath(dataDir, 'ingest-token')}`
    : `of ${CONFIG_ENV.ingestToken}`;
}

function webhookSecretPlace(config: CollectorConfig, dataDir: string): string {
  return config.webhookSecret === undefined
    ? `in ${secretPath(dataDir, 'webhook-secret')}`
    : `of ${CONFIG_ENV.webhookSecret}`;
}

async function importHistory(
  batches: AsyncIterable<readonly RequestEvent[]>,
  parts: { storage: Storage; normaliser: { learn(event: RequestEvent): void }; pipeline: Pipeline },
): Promise<{ events: number }> {
  let count = 0;
  for await (const events of batches) {
    const position = await parts.storage.requestEvents.append(events);
    for (const event of events) parts.normaliser.learn(event);
    // At the pace of the detectors: what is imported would pile up before them.
    await parts.pipeline.catchUp.run();
    await parts.pipeline.scorer.score(events, position);
    count += events.length;
  }
  return { events: count };
}

/**
 * Closes one part after the other, whatever becomes of the one before. What takes longer than the time there is (storage
 * that does not answer) is left behind: a start after it finds everything, as after a kill.
 */
async function closeInTime(steps: readonly (() => Promise<void>)[], logger: Logger): Promise<void> {
  const endsAt = performance.now() + CLOSE_MS;
  for (const close of steps) {
    try {
      const leftMs = Math.max(0, endsAt - performance.now());
      await within(leftMs, close(), () => new VedetteError('VDT_CLOSING', 'a part did not close in time'));
    } catch (error) {
      logger.error({ err: error }, 'a part of the collector could not be closed');
    }
  }
}

/** Takes no more connections, lets requests under way be answered, and breaks off those that take too long. */
async function closeServer(app: FastifyInstance): Promise<void> {
  const breakOff = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS);
  await app.close();
  clearTimeout(breakOff);
}

/** Bytes that a process of this user may still write below a directory; NaN where the system does not tell. */
async function freeBytes(directory: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch {
    return Number.NaN;
  }
}

async function listen(app: FastifyInstance, config: CollectorConfig): Promise<string> {
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const message = `Port ${config.port} of ${config.host} is taken. Stop what listens there, or give another --port.`;
    throw new VedetteError('VDT_PORT_IN_USE', message, { cause: error });
  }
  const { port } = app.server.address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return `http://${host}:${port}`;
}
