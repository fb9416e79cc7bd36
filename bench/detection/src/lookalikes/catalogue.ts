import { brokenRelease, expiredTokens, oldApp, retryStorm } from './broken-clients.js';
import {
  busySupport,
  contactSync,
  newPhone,
  offlineSync,
  pagingPowerUser,
  quarterlyExport,
  roaming,
  traveller,
} from './busy-people.js';
import {
  aggregator,
  carrierReconnect,
  flashCrowd,
  identityOutage,
  officeMorning,
  resetStorm,
  signupWave,
  stalePassword,
} from './login-crowds.js';
import type { Lookalike } from './lookalike.js';
import { loadTest, monthEndSync, sdkUpgrade, searchCrawler, uptimeChecks } from './machines.js';
import { orderedScan } from './ordered-scan.js';

/** Every look-alike that is scheduled. L21 (spans sent twice, skewed clocks) belongs to delivery (adapters/delivery.ts). */
export const LOOKALIKES: readonly Lookalike[] = [
  officeMorning,
  carrierReconnect,
  flashCrowd,
  resetStorm,
  expiredTokens,
  identityOutage,
  brokenRelease,
  searchCrawler,
  uptimeChecks,
  monthEndSync,
  offlineSync,
  quarterlyExport,
  loadTest,
  pagingPowerUser,
  busySupport,
  roaming,
  sdkUpgrade,
  stalePassword,
  aggregator,
  signupWave,
  oldApp,
  retryStorm,
  traveller,
  newPhone,
  contactSync,
  orderedScan,
];

/** Labels of ordinary behaviour, which has no schedule. */
export const ORDINARY_LABELS = ['visit', 'staff', 'partner', 'neighbours'] as const;
