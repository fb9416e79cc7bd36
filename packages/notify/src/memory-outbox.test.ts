import { outboxContract } from '../../protocol/test/outbox-contract.js';
import { createMemoryOutbox } from './memory-outbox.js';

outboxContract('memory', createMemoryOutbox);
