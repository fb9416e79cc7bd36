import type { Alert, AlertList, Stats, StreamMessage, TriageRequest } from '@vedette/protocol';
import type { Api } from '../api/client.js';
import { inert } from '../format/inert.js';
import { plural } from '../format/number.js';
import { SEVERITY_WORD } from '../format/words.js';
import { type Connection, connectionOf, IDLE, type Link } from '../stream/connection.js';
import { StreamClient } from '../stream/stream-client.js';
import { AlertFeed, isOpen } from './alert-feed.js';
import { oncePerFrame } from './coalesce.js';
import { isUnauthorized, messageOf } from './session.svelte.js';
import { type TrafficColumns, type TrafficRates, TrafficWindow } from './traffic-window.js';

/** Alerts kept in the page; older ones are read again on demand. */
const MAX_ALERTS = 2000;
const PAGE_SIZE = 200;
const TRAFFIC_MINUTES = 5;
/** Seconds over which the rates shown as figures are averaged. */
const RATE_SECONDS = 5;
const STATS_EVERY_MS = 15_000;
/** How long a row that has just come in is marked, ms. */
const FRESH_MS = 6_000;
const RELOAD_RETRY_MS = 3_000;

export type LoadState = { readonly kind: 'loading' | 'ready' } | { readonly kind: 'failed'; readonly message: string };

/** Everything that changes by itself: alerts, traffic, the connection, the time. */
export class Live {
  readonly #api: Api;
  readonly #onUnauthorized: () => void;
  readonly #feed = new AlertFeed({ maxAlerts: MAX_ALERTS });
  readonly #window = new TrafficWindow(TRAFFIC_MINUTES * 60);
  readonly #stream: StreamClient;

  #alerts = $state.raw<readonly Alert[]>([]);
  #columns = $state.raw<TrafficColumns>(this.#window.columns());
  #rates = $state.raw<TrafficRates | null>(null);
  #newestTrafficMs = $state<number | null>(null);
  #stats = $state.raw<Stats | null>(null);
  #load = $state.raw<LoadState>({ kind: 'loading' });
  #older = $state.raw<'none' | 'some' | 'loading'>('none');
  #link = $state.raw<Link>(IDLE);
  #announcement = $state('');
  #fresh = $state.raw<ReadonlyMap<string, number>>(new Map());
  #localMs = $state(Date.now());
  #offsetMs = $state(0);

  #olderCursor: string | null = null;
  #isReloading = false;
  #needsReload = true;
  #isNewLog = true;
  #reloadAfterMs = 0;
  #statsAtMs = 0;
  #raisedUnannounced: Alert[] = [];

  readonly #connection = $derived(connectionOf(this.#link, this.#localMs));
  readonly #openCount = $derived(this.#alerts.filter(isOpen).length);

  constructor(options: { api: Api; onUnauthorized: () => void }) {
    this.#api = options.api;
    this.#onUnauthorized = options.onUnauthorized;
    this.#stream = new StreamClient({
      url: `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/api/stream`,
      cursor: () => this.#feed.cursor,
      onMessage: (message) => this.#take(message),
      onLink: (link) => this.#follow(link),
      onBroken: () => this.#requireReload(),
    });
  }

  /** Known alerts, newest raised first. */
  get alerts(): readonly Alert[] {
    return this.#alerts;
  }
  get load(): LoadState {
    return this.#load;
  }
  /** Whether the collector has older alerts than those known. */
  get older(): 'none' | 'some' | 'loading' {
    return this.#older;
  }
  get openCount(): number {
    return this.#openCount;
  }
  get connection(): Connection {
    return this.#connection;
  }
  /** Time until the next attempt to connect, ms; `null` while there is none to wait for. */
  get retryInMs(): number | null {
    return this.#link.phase === 'waiting' ? Math.max(0, this.#link.retryAtMs - this.#localMs) : null;
  }
  get traffic(): TrafficColumns {
    return this.#columns;
  }
  get rates(): TrafficRates | null {
    return this.#rates;
  }
  get stats(): Stats | null {
    return this.#stats;
  }
  /** When the newest request known came in, Unix ms. */
  get newestRequestMs(): number | null {
    const stored = this.#stats?.newest ? Date.parse(this.#stats.newest) : null;
    const seen = this.#newestTrafficMs;
    return stored === null || seen === null ? (stored ?? seen) : Math.max(stored, seen);
  }
  /** The collector's time, Unix ms, moving once a second. */
  get nowMs(): number {
    return this.#localMs + this.#offsetMs;
  }
  /** For a live region. */
  get announcement(): string {
    return this.#announcement;
  }

  isFresh(id: string): boolean {
    return this.#fresh.has(id);
  }

  /** Loads and follows. Call its result to stop. */
  start(): () => void {
    void this.#reload();
    const timer = setInterval(() => this.#tick(), 1000);
    const wake = () => {
      if (document.visibilityState === 'visible') this.wake();
    };
    addEventListener('online', wake);
    document.addEventListener('visibilitychange', wake);
    return () => {
      clearInterval(timer);
      removeEventListener('online', wake);
      document.removeEventListener('visibilitychange', wake);
      this.#stream.stop();
    };
  }

  /** Tries to connect or to load at once. */
  wake(): void {
    this.#reloadAfterMs = 0;
    this.#tick();
    this.#stream.wake();
  }

  async loadOlder(): Promise<void> {
    if (this.#older !== 'some') return;
    this.#older = 'loading';
    try {
      const page = await this.#api.alerts({ cursor: this.#olderCursor, limit: PAGE_SIZE });
      this.#feed.add(page);
      this.#rememberOlder(page);
      this.#showAlerts();
    } catch (error) {
      this.#older = 'some';
      throw error;
    }
  }

  /** Triages an alert; throws ApiError. */
  async triage(id: string, request: TriageRequest): Promise<void> {
    this.#feed.show(await this.#api.triage(id, request));
    this.#showAlerts();
  }

  readonly #showAlerts = oncePerFrame(() => {
    this.#alerts = this.#feed.list();
    this.#announce();
  });

  readonly #showTraffic = oncePerFrame(() => {
    this.#columns = this.#window.columns();
    this.#rates = this.#window.rates(RATE_SECONDS);
    this.#newestTrafficMs = this.#window.newestMs;
  });

  #take(message: StreamMessage): void {
    switch (message.type) {
      case 'hello':
        this.#offsetMs = message.serverTimeMs - Date.now();
        // A log that is shorter than what was read from it is another log: the data directory was changed.
        if (message.cursor < this.#feed.cursor) {
          this.#isNewLog = true;
          this.#requireReload();
        }
        void this.#loadTraffic();
        break;
      case 'heartbeat':
        this.#offsetMs = message.serverTimeMs - Date.now();
        break;
      case 'alert':
        if (this.#feed.apply(message) === 'raised') this.#welcome(message.alert);
        this.#showAlerts();
        break;
      case 'stats':
        this.#window.add([message.traffic]);
        this.#showTraffic();
        break;
      case 'gap':
        this.#requireReload();
        break;
    }
  }

  #follow(link: Link): void {
    const wasOpening = this.#link.phase === 'opening';
    this.#link = link;
    // A browser does not say why a socket was refused; the session is the likeliest reason.
    if (wasOpening && link.phase === 'waiting') {
      this.#api.session().catch((error: unknown) => {
        if (isUnauthorized(error)) this.#onUnauthorized();
      });
    }
  }

  #tick(): void {
    this.#localMs = Date.now();
    if (this.#needsReload && this.#localMs >= this.#reloadAfterMs) void this.#reload();
    if (this.#localMs - this.#statsAtMs >= STATS_EVERY_MS && !document.hidden) void this.#loadStats();
    const stillFresh = [...this.#fresh].filter(([, sinceMs]) => this.#localMs - sinceMs < FRESH_MS);
    if (stillFresh.length < this.#fresh.size) this.#fresh = new Map(stillFresh);
  }

  #requireReload(): void {
    this.#needsReload = true;
    void this.#reload();
  }

  /** Reads the newest alerts and every open one; goes on trying until it has worked. */
  async #reload(): Promise<void> {
    if (this.#isReloading) return;
    this.#isReloading = true;
    this.#needsReload = false;
    try {
      const lists = await Promise.all([
        this.#api.alerts({ limit: PAGE_SIZE }),
        this.#api.alerts({ limit: PAGE_SIZE, status: 'new' }),
        this.#api.alerts({ limit: PAGE_SIZE, status: 'acknowledged' }),
      ]);
      this.#feed.reload(lists, { isNewLog: this.#isNewLog });
      this.#isNewLog = false;
      this.#rememberOlder(lists[0]);
      this.#alerts = this.#feed.list();
      this.#load = { kind: 'ready' };
      this.#stream.start();
    } catch (error) {
      if (isUnauthorized(error)) return this.#onUnauthorized();
      this.#needsReload = true;
      this.#reloadAfterMs = Date.now() + RELOAD_RETRY_MS;
      if (this.#load.kind !== 'ready') this.#load = { kind: 'failed', message: messageOf(error) };
    } finally {
      this.#isReloading = false;
    }
  }

  async #loadTraffic(): Promise<void> {
    const traffic = await this.#api.traffic(TRAFFIC_MINUTES).catch(() => null);
    if (traffic === null) return;
    this.#window.add(traffic.points);
    this.#showTraffic();
  }

  async #loadStats(): Promise<void> {
    this.#statsAtMs = this.#localMs;
    this.#stats = await this.#api.stats().catch(() => this.#stats);
  }

  #rememberOlder(page: AlertList): void {
    this.#olderCursor = page.nextCursor;
    this.#older = page.nextCursor === null ? 'none' : 'some';
  }

  #welcome(alert: Alert): void {
    this.#fresh = new Map([...this.#fresh, [alert.id, Date.now()]]);
    this.#raisedUnannounced.push(alert);
  }

  #announce(): void {
    const [newest] = this.#raisedUnannounced.slice(-1);
    if (newest === undefined) return;
    const count = this.#raisedUnannounced.length;
    this.#raisedUnannounced = [];
    const what = `${SEVERITY_WORD[newest.severity]}: ${inert(newest.title)}`;
    this.#announcement = count === 1 ? `New alert. ${what}` : `${plural(count, 'new alert')}. Newest ${what}`;
  }
}
