import type { Explanation } from '@vedette/protocol';
import { expect, test, vi } from 'vitest';
import { get, getAlerts, startCollector } from './support/collector.js';
import { login, otlpJson, postTraces } from './support/otlp.js';
import { startNode, VEDETTE } from './support/process.js';

test('an alert comes out of the stored request events once more, number by number, live and from the directory', async () => {
  const collector = await startCollector();
  const id = (kind: string, i: number) => `${kind}${String(i).padStart(15, '0')}`;
  const spans = Array.from({ length: 60 }, (_, i) =>
    i % 3 === 2
      ? { attributes: login(`192.0.2.${i}`, id('c', i), 'success') }
      : { attributes: login('203.0.113.9', id('a', i), 'failure') },
  );
  for (let i = 0; i < spans.length; i += 10) await postTraces(collector, otlpJson(spans.slice(i, i + 10)));
  await vi.waitFor(async () => {
    const { alerts } = await getAlerts(collector);
    expect(alerts.map((alert) => alert.type)).toEqual(['credential_stuffing']);
  }, 10_000);
  const alert = (await getAlerts(collector)).alerts[0]!;

  const explanation = await get<Explanation>(collector, `/api/alerts/${alert.id}/explanation`);
  expect(explanation).toMatchObject({ matches: true, reason: null });
  expect(explanation.requestEvents).toBeGreaterThan(10);
  expect(explanation.numbers.map((number) => number.name)).toEqual(expect.arrayContaining(['score', 'requests']));

  const ask = async (alertId: string) => {
    const command = startNode([VEDETTE, 'explain', alertId, '--data', collector.dataDir]);
    return { code: await command.exit(), output: command.output() };
  };
  expect(await ask(alert.id)).toMatchObject({ code: 0, output: expect.stringContaining('Every number matches.') });
  expect(await ask('none')).toMatchObject({ code: 1, output: expect.stringContaining('VDT_NOT_FOUND') });
  await collector.close();
  expect(await ask(alert.id)).toMatchObject({ code: 0, output: expect.stringContaining('Every number matches.') });
});
