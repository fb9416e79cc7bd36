import { StreamMessageSchema } from '@vedette/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleAlert } from '../../../test/sample-alert.js';
import { parseMessage } from './parse-message.js';

const MESSAGES = [
  { type: 'hello', version: '1.0.0', cursor: 4, serverTimeMs: 1, heartbeatMs: 5000 },
  { type: 'alert', cursor: 5, change: 'raised', alert: sampleAlert() },
  { type: 'stats', traffic: { atMs: 1, requests: 2, errors: 0, loginsFailed: 0, loginsSucceeded: 0 } },
  { type: 'gap', cursor: 9 },
  { type: 'heartbeat', cursor: 9, serverTimeMs: 2 },
];

describe('parseMessage', () => {
  it.each(MESSAGES)('reads $type', (message) => {
    expect(StreamMessageSchema.safeParse(message).success).toBe(true);
    expect(parseMessage(JSON.stringify(message))).toEqual({ ok: true, message });
  });

  it.each(MESSAGES)('calls a $type broken that lacks a field', (message) => {
    for (const field of Object.keys(message).filter((name) => name !== 'type')) {
      const { [field as 'type']: _, ...rest } = message;
      expect(parseMessage(JSON.stringify(rest)), field).toEqual({ ok: false, reason: 'broken' });
    }
  });

  it('passes over kinds that it does not know', () => {
    for (const type of ['decision', 'toString', '__proto__', 'constructor']) {
      expect(parseMessage(JSON.stringify({ type }))).toEqual({ ok: false, reason: 'unknown' });
    }
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.anything()), (data) => {
        const parsed = parseMessage(data);
        if (parsed.ok) expect(StreamMessageSchema.safeParse(parsed.message).success).toBe(true);
      }),
    );
  });

  it('does not look at a message of absurd size', () => {
    const alert = sampleAlert({ summary: 'x'.repeat(1_000_001) });
    expect(parseMessage(JSON.stringify({ type: 'alert', cursor: 1, change: 'raised', alert }))).toEqual({
      ok: false,
      reason: 'broken',
    });
  });
});
