import type { Attack } from './attack.js';
import { credentialStuffing } from './credential-stuffing.js';
import { dataExfiltration } from './data-exfiltration.js';
import { objectEnumeration } from './object-enumeration.js';

/** Every kind of attack, in the order of the alert types. */
export const ATTACKS: readonly Attack[] = [credentialStuffing, objectEnumeration, dataExfiltration];
