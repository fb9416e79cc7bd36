import type { DetectorDefinition } from '../detector.js';
import { listDetector } from './list-detector.js';

/**
 * Password spraying: a few likely passwords tried on many accounts that exist, from where their owners never are, paced over
 * hours or days. One machinery finds it and credential stuffing (list-attacks.ts); which of the two it is shows from
 * whose accounts are on the list (list-naming.ts).
 */
export const passwordSpraying: DetectorDefinition = {
  type: 'password_spraying',
  create: (parts) => listDetector(parts.lists, 'password_spraying'),
};
