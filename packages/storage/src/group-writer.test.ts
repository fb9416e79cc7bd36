import { expect, test } from 'vitest';
import { createGroupWriter, type GroupWriterOptions } from './group-writer.js';

/** A writer whose inserts wait until they are told how to end. */
function heldWriter(options: Partial<GroupWriterOptions> = {}) {
  const inserts: { text: string; succeed: () => void; fail: (error: Error) => void }[] = [];
  let running = 0;
  const writer = createGroupWriter({
    insert: (data) => {
      expect(++running).toBe(1);
      return new Promise<void>((resolve, reject) => {
        inserts.push({ text: data.toString(), succeed: resolve, fail: reject });
      }).finally(() => running--);
    },
    intervalMs: 0,
    maxGroupBytes: 10,
    maxQueueBytes: 20,
    doing: 'cannot store',
    ...options,
  });
  const append = (text: string) => writer.append(Buffer.from(text));
  return { writer, inserts, append };
}

/** Lets everything run that can run without a timer. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test('appends of one moment share an insert, those that come meanwhile share the next, in order', async () => {
  const { inserts, append } = heldWriter();
  const settled: string[] = [];
  const note = (text: string) => append(text).then(() => void settled.push(text));
  const all = [note('a'), note('b')];
  await settle();
  all.push(note('c'), note('d'));
  await settle();
  expect(inserts.map(({ text }) => text)).toStrictEqual(['ab']);
  expect(settled).toStrictEqual([]);
  inserts[0]!.succeed();
  await settle();
  expect(settled).toStrictEqual(['a', 'b']);
  inserts[1]!.succeed();
  await Promise.all(all);
  expect(inserts.map(({ text }) => text)).toStrictEqual(['ab', 'cd']);
  expect(settled).toStrictEqual(['a', 'b', 'c', 'd']);
});

test('a failing insert rejects exactly the appends in it', async () => {
  const { inserts, append } = heldWriter();
  const first = Promise.allSettled([append('a'), append('b')]);
  await settle();
  const second = append('c');
  inserts[0]!.fail(new Error('No space left on device'));
  expect((await first).map((result) => result.status)).toStrictEqual(['rejected', 'rejected']);
  expect(await first).toMatchObject([{ reason: { code: 'VDT_STORAGE_FULL' } }, {}]);
  await settle();
  inserts[1]!.succeed();
  await second;
});

test('a group ends before it grows past its size; an append is never split', async () => {
  const { inserts, append } = heldWriter();
  const all = ['aaaa', 'bbbb', 'cccc', 'dddd'].map(append);
  for (let i = 0; i < 2; i++) {
    await settle();
    inserts[i]!.succeed();
  }
  await Promise.all(all);
  const large = append('x'.repeat(15));
  await settle();
  inserts[2]!.succeed();
  await large;
  expect(inserts.map(({ text }) => text)).toStrictEqual(['aaaabbbb', 'ccccdddd', 'x'.repeat(15)]);
});

test('refuses what the queue has no room for, and takes more once it has', async () => {
  const { inserts, append } = heldWriter();
  const waiting = append('a'.repeat(12));
  await settle();
  const queued = append('b'.repeat(8));
  await expect(append('c')).rejects.toMatchObject({ code: 'VDT_STORAGE_BUSY' });
  inserts[0]!.succeed();
  await waiting;
  const later = append('d'.repeat(12));
  await settle();
  inserts[1]!.succeed();
  await queued;
  await settle();
  inserts[2]!.succeed();
  await later;
  expect(inserts.map(({ text }) => text[0])).toStrictEqual(['a', 'b', 'd']);
});

test('an append larger than the queue is taken when nothing waits', async () => {
  const { inserts, append } = heldWriter();
  const huge = append('x'.repeat(100));
  await settle();
  inserts[0]!.succeed();
  await huge;
});

test('inserts keep their distance: close ends the wait, stores what was accepted, then refuses', async () => {
  const { writer, inserts, append } = heldWriter({ intervalMs: 60_000 });
  const first = append('a');
  await settle();
  inserts[0]!.succeed();
  await first;
  const accepted = append('b');
  await settle();
  expect(inserts).toHaveLength(1);
  const closing = writer.close();
  await settle();
  inserts[1]!.succeed();
  await Promise.all([accepted, closing]);
  await expect(append('c')).rejects.toMatchObject({ code: 'VDT_STORAGE_CLOSED' });
});

test('a full group does not keep its distance', async () => {
  const { inserts, append } = heldWriter({ intervalMs: 60_000 });
  const first = append('a');
  await settle();
  inserts[0]!.succeed();
  await first;
  const group = [append('bbbbb'), append('ccccc')];
  await settle();
  inserts[1]!.succeed();
  await Promise.all(group);
});
