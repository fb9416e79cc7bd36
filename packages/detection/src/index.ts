export {
  type AlertBook,
  type AlertBookOptions,
  AlertBookOptionsSchema,
  type AlertUpdate,
  createAlertBook,
  type Triage,
} from './alerts/book.js';
export { type Score, type Scored, scoreOf } from './alerts/score.js';
export type { TableStats } from './core/memory.js';
export {
  createEngine,
  type Engine,
  type EngineOptions,
  EngineOptionsSchema,
  type EngineStats,
  restoreEngine,
} from './engine.js';
export { GUARD_NAMES, GUARDS, type GuardName } from './without.js';
