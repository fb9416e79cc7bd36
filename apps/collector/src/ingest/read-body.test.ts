import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { BODY_LIMITS, codingOf, inflate, likelyInflatedBytes, readSent } from './read-body.js';

const stream = (...chunks: Buffer[]) => Readable.from(chunks);

test('reads bodies, and inflates them', async () => {
  const body = Buffer.from('hello');
  expect(await readSent(stream(body.subarray(0, 2), body.subarray(2)))).toEqual({ ok: true, body });
  expect(await inflate(gzipSync(body))).toEqual({ ok: true, body });
  expect(likelyInflatedBytes(gzipSync(Buffer.alloc(70_000)))).toBe(70_000);
});

test('names of codings', () => {
  for (const name of ['gzip', 'GZIP', ' x-gzip ']) expect(codingOf(name)).toEqual({ ok: true, coding: 'gzip' });
  for (const name of [undefined, '', 'identity']) expect(codingOf(name)).toEqual({ ok: true, coding: 'identity' });
  expect(codingOf('br')).toMatchObject({ ok: false, status: 415 });
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
  expect(await readSent(endless)).toMatchObject({ ok: false, status: 413 });
  expect(served * 1024 * 1024).toBeLessThan(3 * BODY_LIMITS.sentBytes);
});

test('stops where there is no room, and where the sender goes away', async () => {
  let held = 0;
  const hold = (bytes: number) => {
    held += bytes;
    return held <= 10;
  };
  expect(await readSent(stream(Buffer.alloc(8), Buffer.alloc(8), Buffer.alloc(8)), hold)).toMatchObject({
    status: 503,
  });
  expect(held).toBe(16);
  const broken = new Readable({ read() {} });
  broken.push(Buffer.alloc(8));
  const reading = readSent(broken);
  broken.destroy(new Error('aborted'));
  expect(await reading).toMatchObject({ ok: false, status: 408 });
});

test('refuses a bomb once it passes the inflated limit', async () => {
  const bomb = gzipSync(Buffer.alloc(BODY_LIMITS.inflatedBytes + 1));
  expect(bomb.length).toBeLessThan(BODY_LIMITS.sentBytes);
  expect(await inflate(bomb)).toMatchObject({ ok: false, status: 413 });
});

test('says when gzip is broken or cut', async () => {
  const packed = gzipSync(Buffer.alloc(1000));
  expect(await inflate(Buffer.from('nonsense'))).toMatchObject({ ok: false, status: 400 });
  expect(await inflate(packed.subarray(0, -8))).toMatchObject({ ok: false, status: 400 });
});
