import { AxeBuilder } from '@axe-core/playwright';
import { customersOf, generateShopData } from '@vedette/example-shop/seed';
import { expect, test } from 'vitest';
import { openPage, screenshot } from '../support/browser.js';
import { startCollector } from '../support/collector.js';
import { startShop } from '../support/shop.js';

test('an attack on a running service becomes a row on the screen, and the row explains itself', async () => {
  const collector = await startCollector();
  const shop = await startShop(collector);
  const { page, complaints } = await openPage();
  await page.goto(collector.loginUrl);
  await page.getByTestId('connection').filter({ hasText: /live/i }).waitFor();
  expect(page.url()).not.toContain('token');

  const customers = customersOf(generateShopData({ nowMs: Date.now() }));
  const logInSomebody = (i: number) => shop.logIn(`192.0.2.${i + 1}`, customers[i]!.email, customers[i]!.password);
  for (let i = 0; i < 10; i++) await logInSomebody(i);
  const row = page.getByTestId('alert-row').first();
  expect(await page.getByTestId('alert-row').count()).toBe(0);
  for (let i = 0; i < 40; i++) {
    await shop.logIn('203.0.113.66', `stolen-${i}@mail.example`, `password-${i}`);
    if (i % 8 === 0) await logInSomebody(10 + i / 8);
  }
  await row.waitFor({ timeout: 15_000 });
  expect(await row.textContent()).toContain('203.0.113.66');
  await screenshot(page, 'list');

  await row.click();
  const detail = page.getByTestId('alert-detail');
  await detail
    .getByText(/accounts/)
    .first()
    .waitFor();
  await detail.getByText('/login').first().waitFor();
  await screenshot(page, 'detail');

  const axe = await new AxeBuilder({ page }).analyze();
  const serious = axe.violations.filter((violation) => ['serious', 'critical'].includes(violation.impact ?? ''));
  expect(serious.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([]);
  expect(complaints).toEqual([]);
});

test('the page finds its way back after the collector was away, and shows nothing twice', async () => {
  const collector = await startCollector();
  const { page } = await openPage({ viewport: { width: 390, height: 844 } });
  await page.goto(collector.loginUrl);
  const connection = page.getByTestId('connection');
  await connection.filter({ hasText: /live/i }).waitFor();
  await collector.close();
  await connection.filter({ hasNotText: /live/i }).waitFor();
  await startCollector({ dataDir: collector.dataDir, port: Number(new URL(collector.url).port) });
  await connection.filter({ hasText: /live/i }).waitFor({ timeout: 30_000 });
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(390);
});
