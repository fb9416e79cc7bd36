import type { DetectorDefinition } from '../detector.js';
import { accountTakeover } from './account-takeover.js';
import { bruteForce } from './brute-force.js';
import { consumerDrift } from './consumer-drift.js';
import { credentialStuffing } from './credential-stuffing.js';
import { dataExfiltration } from './data-exfiltration.js';
import { objectEnumeration } from './object-enumeration.js';
import { passwordSpraying } from './password-spraying.js';
import { pathScanning } from './path-scanning.js';
import { privilegeProbing } from './privilege-probing.js';
import { rateAbuse } from './rate-abuse.js';
import { scraping } from './scraping.js';
import { sensitiveDataExposure } from './sensitive-data-exposure.js';
import { sessionHijack } from './session-hijack.js';
import { tokenEnumeration } from './token-enumeration.js';
import { userEnumeration } from './user-enumeration.js';

/** All detectors, in the order in which they see an event. */
export const DETECTORS: readonly DetectorDefinition[] = [
  credentialStuffing,
  passwordSpraying,
  bruteForce,
  accountTakeover,
  tokenEnumeration,
  userEnumeration,
  objectEnumeration,
  scraping,
  dataExfiltration,
  pathScanning,
  privilegeProbing,
  rateAbuse,
  sessionHijack,
  sensitiveDataExposure,
  consumerDrift,
];
