import { expect, test } from 'vitest';
import { Turns } from './turns.js';

const busy = (ms: number) => {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
};

test('runs work in the order in which it came, what was begun before what is new', async () => {
  const turns = new Turns();
  const done: string[] = [];
  await Promise.all([
    turns.run(() => done.push('new 1')),
    turns.run(() => done.push('new 2')),
    turns.goOn(() => done.push('begun 1')),
    turns.goOn(() => done.push('begun 2')),
  ]);
  expect(done).toEqual(['begun 1', 'begun 2', 'new 1', 'new 2']);
});

test('a burst of work lets the event loop go round between its pieces', async () => {
  const turns = new Turns();
  let rounds = 0;
  let isOver = false;
  const round = () => {
    rounds++;
    if (!isOver) setImmediate(round);
  };
  setImmediate(round);
  await Promise.all(Array.from({ length: 30 }, () => turns.run(() => busy(5))));
  isOver = true;
  // 150 ms of work in stretches of no more than 8 ms and the piece that passes it.
  expect(rounds).toBeGreaterThanOrEqual(10);
});

test('passes on results and errors', async () => {
  const turns = new Turns();
  expect(await turns.run(() => 7)).toBe(7);
  await expect(
    turns.goOn(() => {
      throw new Error('broken');
    }),
  ).rejects.toThrow('broken');
  expect(await turns.goOn(() => 8)).toBe(8);
});

test('refuses new work when too much waits, and takes it again later', async () => {
  const turns = new Turns({ maxWaiting: 2 });
  const taken = [turns.run(() => 1), turns.run(() => 2)];
  await expect(turns.run(() => 3)).rejects.toMatchObject({ code: 'VDT_INGEST_BUSY' });
  expect(await Promise.all(taken)).toEqual([1, 2]);
  expect(await turns.run(() => 4)).toBe(4);
});
