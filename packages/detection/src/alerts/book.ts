import {
  type Alert,
  type AlertChange,
  type ExpectedEvent,
  type Finding,
  type Resolution,
  SEVERITY_FLOOR,
  VedetteError,
} from '@vedette/protocol';
import { z } from 'zod';
import { patienceMs } from '../core/campaigns.js';
import { addActivity } from './activity.js';
import { alertId } from './alert-id.js';
import { Expectations } from './expected.js';
import { grown } from './grow.js';
import { type Merged, mergeFindings } from './merge.js';
import { ParticipantIndex } from './participant-index.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export const AlertBookOptionsSchema = z
  .object({
    /** Campaigns of one type join an alert that was active within this time (a slow alert: six of its own gaps). */
    joinGapMs: z
      .number()
      .positive()
      .default(30 * MINUTE_MS),
    /** Alerts that share a source or an account within this time tell one story. */
    storyGapMs: z.number().positive().default(DAY_MS),
    /** A campaign that comes back within this time after it was resolved reopens its alert. */
    recurrenceMs: z
      .number()
      .positive()
      .default(7 * DAY_MS),
    /** Alerts kept in memory; past it the ones longest quiet are dropped (storage has them all). */
    maxAlerts: z.number().int().min(100).default(10_000),
  })
  .strict();

export type AlertBookOptions = z.input<typeof AlertBookOptionsSchema>;

export interface AlertUpdate {
  readonly change: AlertChange;
  readonly alert: Alert;
}

/** A person's word on an alert, as `POST /api/alerts/{id}/triage` takes it. */
export interface Triage {
  readonly status: 'new' | 'acknowledged' | 'resolved';
  /** Given exactly when the status is `resolved`. */
  readonly resolution: Resolution | null;
}

/** Findings → alerts: one alert per campaign and type, scored, with its story; a pure state machine. */
export interface AlertBook {
  /** @returns what changed, or `null` when nothing that a person would see did */
  apply(finding: Finding): AlertUpdate | null;
  /** @throws VedetteError `VDT_ALERT_UNKNOWN` when there is no such alert, `VDT_TRIAGE_INVALID` when status and resolution do not fit */
  triage(id: string, triage: Triage): AlertUpdate | null;
  /** Takes what was announced; what was raised before stays raised. */
  expect(events: readonly ExpectedEvent[]): void;
  /** Takes an alert from storage at start-up. Findings that it already reflects then change nothing. */
  load(alert: Alert): void;
  get(id: string): Alert | undefined;
  /** All alerts, the most recently active first. */
  list(): Alert[];
}

/** @throws VedetteError `VDT_DETECTION_OPTIONS` when the options do not fit their schema */
export function createAlertBook(options: AlertBookOptions = {}): AlertBook {
  const parsed = AlertBookOptionsSchema.safeParse(options);
  if (!parsed.success) {
    throw new VedetteError('VDT_DETECTION_OPTIONS', `alert options: ${z.prettifyError(parsed.error)}`);
  }
  return new Book(parsed.data);
}

interface Entry {
  alert: Alert;
  /** Newest finding of each campaign that joined, by campaign and start. Empty right after a load. */
  readonly findings: Map<string, Finding>;
  /** Numbers that storage had; totals never fall below them. */
  readonly loaded: { readonly requests: number; readonly lastMs: number } | null;
  lastMs: number;
  /** Severity band and size when people were last told. */
  told: { floor: number; units: number };
}

class Book implements AlertBook {
  readonly #options: z.output<typeof AlertBookOptionsSchema>;
  #expectations = new Expectations([]);
  readonly #entries = new Map<string, Entry>();
  /** The alert that a campaign belongs to. */
  readonly #byCampaign = new Map<string, string>();
  readonly #participants = new ParticipantIndex();

  constructor(options: z.output<typeof AlertBookOptionsSchema>) {
    this.#options = options;
  }

  apply(finding: Finding): AlertUpdate | null {
    const entry = this.#home(finding);
    if (finding.state === 'withdrawn') return entry === undefined ? null : this.#withdraw(entry, finding);
    if (entry === undefined) return this.#raise(finding);
    return this.#update(entry, finding);
  }

  expect(events: readonly ExpectedEvent[]): void {
    this.#expectations = new Expectations(events);
  }

  triage(id: string, triage: Triage): AlertUpdate | null {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new VedetteError('VDT_ALERT_UNKNOWN', `there is no alert ${id}`);
    if ((triage.status === 'resolved') !== (triage.resolution !== null)) {
      throw new VedetteError('VDT_TRIAGE_INVALID', 'a resolution is given exactly when the status is "resolved"');
    }
    const { status, resolution } = entry.alert;
    if (status === triage.status && resolution === triage.resolution) return null;
    entry.alert = { ...entry.alert, status: triage.status, resolution: triage.resolution };
    return { change: 'triaged', alert: entry.alert };
  }

  load(alert: Alert): void {
    const lastMs = Date.parse(alert.lastSeen);
    this.#entries.set(alert.id, {
      alert,
      findings: new Map(),
      loaded: { requests: alert.requests, lastMs },
      lastMs,
      told: { floor: SEVERITY_FLOOR[alert.severity], units: Number.POSITIVE_INFINITY },
    });
    this.#participants.add(alert);
    this.#trim();
  }

  get(id: string): Alert | undefined {
    return this.#entries.get(id)?.alert;
  }

  list(): Alert[] {
    return [...this.#entries.values()]
      .sort((left, right) => right.lastMs - left.lastMs || (left.alert.id < right.alert.id ? -1 : 1))
      .map((entry) => entry.alert);
  }

  /** The alert that a finding belongs to: its campaign's, the one with its own id, or an active one that shares a participant. */
  #home(finding: Finding): Entry | undefined {
    const known = this.#entries.get(this.#byCampaign.get(campaignOf(finding)) ?? '');
    if (known !== undefined && this.#isNear(known, finding, this.#options.joinGapMs)) return known;
    const own = this.#entries.get(alertId(finding));
    if (own !== undefined) return own;
    const resolved = known !== undefined && known.alert.status === 'resolved';
    if (resolved && finding.firstSeenMs - known.lastMs <= this.#options.recurrenceMs) return known;
    let best: Entry | undefined;
    for (const id of this.#participants.joinable(finding)) {
      const entry = this.#entries.get(id);
      if (entry === undefined || entry.alert.status === 'withdrawn') continue;
      if (!this.#isNear(entry, finding, this.#options.joinGapMs)) continue;
      if (best === undefined || entry.lastMs > best.lastMs) best = entry;
    }
    return best;
  }

  #isNear(entry: Entry, finding: Finding, gapMs: number): boolean {
    const firstMs = Date.parse(entry.alert.firstSeen);
    const gap = Math.max(finding.firstSeenMs - entry.lastMs, firstMs - finding.lastSeenMs);
    return gap <= patienceMs(gapMs, firstMs, entry.lastMs, entry.alert.requests);
  }

  #raise(finding: Finding): AlertUpdate {
    const id = alertId(finding);
    const { units, ...merged } = mergeFindings([finding]);
    const reason = this.#expectations.reasonFor([finding]);
    const alert: Alert = {
      id,
      type: finding.type,
      service: finding.service,
      storyId: this.#story(finding) ?? id,
      status: reason === null ? 'new' : 'expected',
      resolution: null,
      recurring: false,
      raisedAt: new Date(finding.atMs).toISOString(),
      ...merged,
      summary: withReason(merged.summary, reason),
      activity: addActivity(undefined, finding.requests, finding.firstSeenMs, finding.lastSeenMs),
    };
    this.#entries.set(id, {
      alert,
      findings: new Map([[campaignOf(finding), finding]]),
      loaded: null,
      lastMs: finding.lastSeenMs,
      told: { floor: SEVERITY_FLOOR[alert.severity], units },
    });
    this.#byCampaign.set(campaignOf(finding), id);
    this.#participants.add(alert);
    this.#trim();
    return { change: reason === null ? 'raised' : 'expected', alert };
  }

  #update(entry: Entry, finding: Finding): AlertUpdate | null {
    const key = campaignOf(finding);
    const before = entry.findings.get(key);
    this.#byCampaign.set(key, entry.alert.id);
    if (before !== undefined && finding.atMs < before.atMs) return null;
    const isNewCampaign = before === undefined || finding.firstSeenMs > before.lastSeenMs;
    const returns = entry.alert.status === 'resolved' && isNewCampaign && finding.firstSeenMs > entry.lastMs;
    if (before !== undefined && isNewCampaign) {
      // The same offender again: what he did before stays counted, under a key that no finding replaces.
      entry.findings.set(`${key}\n${before.firstSeenMs}`, before);
    }
    entry.findings.set(key, finding);
    if (entry.loaded !== null && before === undefined && isReflected(entry, finding)) return null;
    const findings = [...entry.findings.values()];
    const merged = mergeFindings(findings);
    const alert = grown(entry, merged, finding);
    const wasExpected = alert.status === 'expected';
    const reason = wasExpected ? this.#expectations.reasonFor(findings) : null;
    alert.summary = withReason(alert.summary, reason);
    // It went beyond what was announced: from now on it is an alert like any other.
    if (wasExpected && reason === null) alert.status = 'new';
    if (returns) {
      alert.status = 'new';
      alert.resolution = null;
      alert.recurring = true;
    } else if (alert.status === 'withdrawn') alert.status = 'new';
    if (JSON.stringify(alert) === JSON.stringify(entry.alert)) return null;
    entry.alert = alert;
    entry.lastMs = Math.max(entry.lastMs, finding.lastSeenMs);
    this.#participants.add(alert);
    if (returns) return { change: 'recurred', alert };
    if (wasExpected) return { change: reason === null ? 'raised' : 'updated', alert };
    return { change: this.#escalates(entry, merged) ? 'escalated' : 'updated', alert };
  }

  #withdraw(entry: Entry, finding: Finding): AlertUpdate | null {
    if (entry.alert.status === 'withdrawn') return null;
    entry.findings.delete(campaignOf(finding));
    if (entry.findings.size > 0) {
      const { units: _, ...fields } = mergeFindings([...entry.findings.values()]);
      entry.alert = { ...entry.alert, ...fields };
      return { change: 'updated', alert: entry.alert };
    }
    entry.alert = { ...entry.alert, status: 'withdrawn', summary: finding.summary };
    return { change: 'withdrawn', alert: entry.alert };
  }

  /** A higher band, or ten times the size since people were last told. */
  #escalates(entry: Entry, merged: Merged): boolean {
    const floor = SEVERITY_FLOOR[entry.alert.severity];
    const { told } = entry;
    if (!Number.isFinite(told.units)) told.units = merged.units;
    if (floor <= told.floor && merged.units < told.units * 10) return false;
    entry.told = { floor: Math.max(floor, told.floor), units: merged.units };
    return true;
  }

  /** The story of alerts of any type that share a source or an account. */
  #story(finding: Finding): string | undefined {
    let best: Entry | undefined;
    for (const id of this.#participants.alike(finding)) {
      const entry = this.#entries.get(id);
      if (entry === undefined || !this.#isNear(entry, finding, this.#options.storyGapMs)) continue;
      if (best === undefined || entry.alert.firstSeen < best.alert.firstSeen) best = entry;
    }
    return best?.alert.storyId;
  }

  #trim(): void {
    if (this.#entries.size <= this.#options.maxAlerts) return;
    const byAge = [...this.#entries.values()].sort((left, right) => left.lastMs - right.lastMs);
    // A tenth at once, so that a flood of alerts does not sort them all for each.
    for (const entry of byAge.slice(0, Math.ceil(this.#options.maxAlerts / 10))) this.#entries.delete(entry.alert.id);
    this.#participants.prune((id) => this.#entries.has(id));
    for (const [key, id] of this.#byCampaign) if (!this.#entries.has(id)) this.#byCampaign.delete(key);
  }
}

function withReason(summary: string, reason: string | null): string {
  return reason === null ? summary : `${summary} Expected: ${reason}.`;
}

function campaignOf(finding: Finding): string {
  return `${finding.type}\n${finding.service}\n${finding.campaignKey}`;
}

/** Whether a loaded alert already tells all that a finding says. */
function isReflected(entry: Entry, finding: Finding): boolean {
  return (
    entry.loaded !== null &&
    finding.lastSeenMs <= entry.loaded.lastMs &&
    finding.requests <= entry.loaded.requests &&
    finding.compromised.every((account) => entry.alert.compromised.includes(account))
  );
}
