export type { WebhookEndpoint } from './endpoint.js';
export { createMemoryOutbox } from './memory-outbox.js';
export {
  createNotifier,
  type Notifier,
  type NotifierLogger,
  type NotifierOptions,
  type NotifierTiming,
} from './notifier.js';
export { createWebhookSecret } from './secret.js';
