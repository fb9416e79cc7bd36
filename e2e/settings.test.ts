import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings, SettingsInput, SettingsState } from '@vedette/protocol';
import { expect, test, vi } from 'vitest';
import { API_TOKEN, get, getAlerts, startCollector } from './support/collector.js';
import { login, otlpJson, postTraces } from './support/otlp.js';
import { temporaryDirectory } from './support/scope.js';
import { openStream } from './support/stream.js';

type Running = { url: string };

/** A list tried from one address while others get in, so that it cannot be an outage. */
async function stuff(collector: Running, source: string, service = 'shop'): Promise<void> {
  const spans = Array.from({ length: 60 }, (_, i) => ({
    service,
    atMs: Date.now() - 30_000 + i * 100,
    attributes:
      i % 6 === 0
        ? login(`192.0.2.${i + 1}`, `customer-${source}-${i}`, 'success')
        : login(source, `stolen-${source}-${i}`, 'failure'),
  }));
  expect((await postTraces(collector, otlpJson(spans))).status).toBe(200);
}

async function put(collector: Running, settings: SettingsInput, revision: number) {
  const response = await fetch(`${collector.url}/api/settings`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ settings, revision }),
  });
  return { status: response.status, body: (await response.json()) as SettingsState & { code: string; error: string } };
}

const servicesOf = async (collector: Running) => (await getAlerts(collector)).alerts.map((alert) => alert.service);
const sourcesOf = async (collector: Running) => (await getAlerts(collector)).alerts.flatMap((alert) => alert.sources);

test('settings change what is looked for from the next event on, and survive a restart with who made them', async () => {
  const collector = await startCollector();
  expect(await get(collector, '/api/settings')).toMatchObject({ from: 'defaults', revision: 0, changedBy: null });

  const off = await put(
    collector,
    { services: { shop: { detectors: { credential_stuffing: { enabled: false } } } } },
    0,
  );
  expect(off).toMatchObject({ status: 200, body: { from: 'api', revision: 1, changedBy: 'api token' } });
  await stuff(collector, '203.0.113.1');
  await stuff(collector, '203.0.113.1', 'bank');
  await vi.waitFor(async () => expect(await servicesOf(collector)).toEqual(['bank']), 10_000);

  expect((await put(collector, {}, 1)).body.revision).toBe(2);
  await stuff(collector, '203.0.113.2');
  await vi.waitFor(async () => expect(await servicesOf(collector)).toContain('shop'), 10_000);

  const trusted: SettingsInput = {
    trustedSources: [{ name: 'ordered scan', networks: ['203.0.113.0/24'], as: 'scanner' }],
  };
  expect((await put(collector, trusted, 2)).status).toBe(200);
  await collector.close();

  const restarted = await startCollector({ dataDir: collector.dataDir });
  await stuff(restarted, '203.0.113.3');
  await stuff(restarted, '198.51.100.4');
  await vi.waitFor(async () => expect(await sourcesOf(restarted)).toContain('198.51.100.4'), 10_000);
  expect(await sourcesOf(restarted)).not.toContain('203.0.113.3');
  const { changes } = await get<{ changes: SettingsState[] }>(restarted, '/api/settings/changes');
  expect(changes.map((change) => change.revision)).toEqual([3, 2, 1]);
  expect(changes[0]!.settings.trustedSources[0]!.name).toBe('ordered scan');
});

test('an announced alert is kept as expected and is no news', async () => {
  const collector = await startCollector();
  const stream = await openStream(collector);
  const hour = 3_600_000;
  const announced: SettingsInput = {
    expectedEvents: [
      {
        reason: 'login drill, CHG-1042',
        from: new Date(Date.now() - hour).toISOString(),
        until: new Date(Date.now() + hour).toISOString(),
        types: ['credential_stuffing'],
        services: ['shop'],
        networks: ['203.0.113.0/24'],
      },
    ],
  };
  expect((await put(collector, announced, 0)).status).toBe(200);
  await stuff(collector, '203.0.113.1');
  await stuff(collector, '203.0.113.1', 'bank');
  const changes = () => stream.messages.flatMap((message) => (message.type === 'alert' ? [message] : []));
  const at = (service: string) => changes().filter(({ alert }) => alert.service === service);
  await vi.waitFor(() => {
    expect(at('shop')).not.toHaveLength(0);
    expect(at('bank')).not.toHaveLength(0);
  }, 10_000);
  expect(at('shop')[0]).toMatchObject({ change: 'expected', alert: { status: 'expected' } });
  expect(at('shop')[0]!.alert.summary).toContain('Expected: login drill, CHG-1042.');
  expect(at('bank')[0]).toMatchObject({ change: 'raised', alert: { status: 'new' } });
});

test('wrong and outdated changes are refused with the place, and a file is the only word where there is one', async () => {
  const collector = await startCollector();
  const wrong = await put(collector, { detectors: { scraping: { falseAlarmsPerDay: -1 } } }, 0);
  expect(wrong).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('body.settings.detectors.scraping.falseAlarmsPerDay') },
  });
  expect((await put(collector, {}, 0)).status).toBe(200);
  expect(await put(collector, {}, 0)).toMatchObject({ status: 409, body: { code: 'VDT_SETTINGS_CHANGED' } });

  await collector.close();

  const file = join(await temporaryDirectory(), 'settings.json');
  const kept: Partial<Settings> = { requestsPerDay: 5_000_000 };
  await writeFile(file, JSON.stringify(kept));
  const managed = await startCollector({ settingsFile: file });
  expect(await get(managed, '/api/settings')).toMatchObject({ from: 'file', settings: kept });
  expect(await put(managed, {}, 0)).toMatchObject({ status: 409, body: { code: 'VDT_SETTINGS_IN_FILE' } });
  await managed.close();

  await writeFile(file, '{"services":{"shop":{"detectors":{"scraping":{"enable":true}}}}}');
  await expect(startCollector({ settingsFile: file })).rejects.toMatchObject({
    code: 'VDT_SETTINGS_INVALID',
    message: expect.stringMatching(/settings\.json: services\.shop\.detectors\.scraping: .*enable/),
  });
  await expect(startCollector({ settingsFile: `${file}.none` })).rejects.toMatchObject({
    code: 'VDT_SETTINGS_UNREADABLE',
  });
});
