import { expect, test, vi } from 'vitest';
import { getAlerts, startCollector } from './support/collector.js';
import { login, otlpJson, postTraces, type TestSpan } from './support/otlp.js';

const ATTACKER = '203.0.113.9';
let serial = 0;

/** Failing first tries of the attacker, with customers who get in between. */
function attack(tries: number): TestSpan[] {
  return Array.from({ length: tries }, () => {
    const i = serial++;
    const failure = { attributes: login(ATTACKER, `a${String(i).padStart(15, '0')}`, 'failure') };
    const success = { attributes: login(`192.0.2.${i % 200}`, `c${String(i).padStart(15, '0')}`, 'success') };
    return i % 2 === 0 ? [failure, success] : [failure];
  }).flat();
}

test('an attack that straddles a restart is one alert that counts both halves', async () => {
  const first = await startCollector();
  await postTraces(first, otlpJson(attack(4)));
  expect((await getAlerts(first)).alerts).toEqual([]);
  await first.close();

  const second = await startCollector({ dataDir: first.dataDir });
  await postTraces(second, otlpJson(attack(12)));
  await vi.waitFor(async () => expect((await getAlerts(second)).alerts).toHaveLength(1), 10_000);
  await second.close();

  const third = await startCollector({ dataDir: first.dataDir });
  await postTraces(third, otlpJson(attack(12)));
  await vi.waitFor(async () => {
    const { alerts } = await getAlerts(third);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ type: 'credential_stuffing', sources: [ATTACKER], requests: 28 });
  }, 10_000);
});
