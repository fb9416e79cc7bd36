import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from 'vitest';
import { openPage, screenshot } from '../support/browser.js';
import { startCollector } from '../support/collector.js';
import { startShop } from '../support/shop.js';

test('the page shows each agent, and that it has ended', async () => {
  const collector = await startCollector();
  const shop = await startShop(collector);
  const { page, complaints } = await openPage();
  await page.goto(collector.loginUrl);
  await page.getByTestId('connection').filter({ hasText: /live/i }).waitFor();
  await page.getByRole('button', { name: 'Agents' }).click();
  await page.getByText('No agent has reported yet').waitFor();
  await shop.logIn('192.0.2.1', 'nobody@mail.example', 'wrong');

  const row = page.getByTestId('agent-row');
  await row.first().waitFor({ timeout: 30_000 });
  expect(await row.count()).toBe(1);
  expect(await row.textContent()).toMatch(/shop[\s\S]*Up[\s\S]*Node \d+\.\d+\.\d+, channel/);
  await screenshot(page, 'agents');
  const region = page.getByRole('region', { name: 'Agents' });
  for (const width of [320, 390, 768, 900, 1440]) {
    await page.setViewportSize({ width, height: 844 });
    const wider = await region.evaluate((table) => table.scrollWidth - table.clientWidth);
    expect([width, wider]).toEqual([width, 0]);
    if (width === 390) await screenshot(page, 'agents-narrow');
  }
  const axe = await new AxeBuilder({ page }).analyze();
  const serious = axe.violations.filter((violation) => ['serious', 'critical'].includes(violation.impact ?? ''));
  expect(serious.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([]);

  await shop.process.end();
  await row.filter({ hasText: 'Ended' }).waitFor({ timeout: 30_000 });
  expect(complaints).toEqual([]);
});
