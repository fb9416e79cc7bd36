import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { BODY_LIMITS, readBody } from './read-body.js';

const stream = (...chunks: Buffer[]) => Readable.from(chunks);

test('reads plain and gzip bodies', async () => {
  const body = Buffer.from('hello');
  expect(await readBody(stream(body.subarray(0, 2), body.subarray(2)), undefined)).toEqual({ ok: true, body });
  expect(await readBody(stream(gzipSync(body)), 'gzip')).toEqual({ ok: true, body });
  expect(await readBody(stream(gzipSync(body)), 'GZIP')).toEqual({ ok: true, body });
});

test('refuses what is too large as sent, without reading it all', async () => {
  let served = 0;
  const endless = Readable.from(
    (function* () {
      for (;;) {
        served++;
        yield Buffer.alloc(1024 * 1024);
      }
    })(),
  );
  expect(await readBody(endless, undefined)).toMatchObject({ ok: false, status: 413 });
  expect(served * 1024 * 1024).toBeLessThan(3 * BODY_LIMITS.sentBytes);
});

test('refuses a bomb once it passes the inflated limit', async () => {
  const bomb = gzipSync(Buffer.alloc(BODY_LIMITS.inflatedBytes + 1));
  expect(bomb.length).toBeLessThan(BODY_LIMITS.sentBytes);
  expect(await readBody(stream(bomb), 'gzip')).toMatchObject({ ok: false, status: 413 });
});

test('says when gzip is broken or cut, and when the coding is unknown', async () => {
  const packed = gzipSync(Buffer.alloc(1000));
  expect(await readBody(stream(Buffer.from('nonsense')), 'gzip')).toMatchObject({ ok: false, status: 400 });
  expect(await readBody(stream(packed.subarray(0, -8)), 'gzip')).toMatchObject({ ok: false, status: 400 });
  expect(await readBody(stream(packed), 'br')).toMatchObject({ ok: false, status: 415 });
});
