export type { AlertEventStore } from './alert-events.js';
export type { BlobStore } from './blobs.js';
export type { DocumentStore } from './documents.js';
export type { StorageErrorCode } from './errors.js';
export type { PageRequest, RequestFilter, RequestPage } from './request-events/page.js';
export type { RequestEventStats, RequestEventStore, ScannedBatch, ScanRange } from './request-events/store.js';
export type { Retention } from './retention.js';
export {
  openStorage,
  type Storage,
  type StorageLocation,
  type StorageOperation,
  type StorageOptions,
} from './storage.js';
