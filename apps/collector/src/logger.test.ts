import { createDecipheriv } from 'node:crypto';
import { VedetteError } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createLogger } from './logger.js';

const CANARY = 'ann.example@canary.test';

function logged(error: unknown): { text: string; err: Record<string, unknown> } {
  const lines: string[] = [];
  const logger = createLogger('trace', { write: (line) => lines.push(line) });
  logger.child({ reqId: 'req-1' }).error({ err: error }, 'a request failed');
  const text = lines.join('');
  return { text, err: JSON.parse(text).err };
}

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

test('what an error was given is not in the log, where it arose is', () => {
  const clickhouse = `Code: 27. DB::Exception: Cannot parse input: expected '\\t' before: '${CANARY}\\t2026': (at row 1)
Row 1: Column 0, name: actor, parsed text: "${CANARY}"`;
  const errors = [
    thrownBy(() => JSON.parse(`"${CANARY}" x`)),
    thrownBy(() => JSON.parse(`{"a": ${CANARY}`)),
    thrownBy(() => new URL(CANARY)),
    thrownBy(() => z.strictObject({ a: z.literal('b') }).parse({ a: CANARY, [CANARY]: 1 })),
    thrownBy(() => createDecipheriv(CANARY, '', '')),
    new Error(clickhouse),
    new VedetteError('VDT_STORAGE_FAILED', 'cannot write to request_events', { cause: new Error(clickhouse) }),
    Object.assign(new Error('Parse Error: Invalid method'), { code: 'HPE_INVALID', rawPacket: Buffer.from(CANARY) }),
    CANARY,
    { message: CANARY },
  ];
  for (const error of errors) {
    const { text, err } = logged(error);
    expect(text).not.toContain('canary');
    expect(err.message).toBeTypeOf('string');
    if (error instanceof Error) expect(err.stack).toContain('logger.test.ts');
  }
});

test('codes and the collector’s own words are in the log, of causes too', () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:8123'), { code: 'ECONNREFUSED' });
  const { err } = logged(new VedetteError('VDT_STORAGE_UNREACHABLE', 'cannot write to "request_events"', { cause }));
  expect(err).toMatchObject({
    code: 'VDT_STORAGE_UNREACHABLE',
    message: 'cannot write to "request_events"',
    cause: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:8123' },
  });
});

test('a chain of causes without end is cut', () => {
  const error = new Error('round');
  error.cause = error;
  expect(logged(error).text.length).toBeLessThan(20_000);
});
