export { type Collector, createCollector } from './collector.js';
export { CONFIG_ENV, type CollectorConfig, type CollectorOptions, optionsFrom } from './config.js';
export { readSettingsFile } from './detection/kept-settings.js';
export { findLocalAccess, type LocalAccess } from './local-access.js';
