import { expect, test } from 'vitest';
import { Sessions } from './sessions.js';

function memory() {
  const values = new Map<string, unknown>();
  return {
    values,
    list: async (prefix: string) =>
      [...values]
        .filter(([key, value]) => key.startsWith(prefix) && value !== null)
        .map(([key, value]) => ({ key, value })),
    set: async (key: string, value: unknown) => void values.set(key, value),
  };
}

test('a one-time token works once', async () => {
  const sessions = await Sessions.open(memory());
  const token = sessions.createOneTimeToken();
  expect(sessions.redeem(`${token}x`)).toBe(false);
  expect(sessions.redeem(token)).toBe(true);
  expect(sessions.redeem(token)).toBe(false);
});

test('a session outlives a restart, its token is not stored, and it ends when it is ended', async () => {
  const store = memory();
  const { token, session } = await (await Sessions.open(store)).create('someone', 'analyst');
  expect(JSON.stringify([...store.values])).not.toContain(token);
  const restarted = await Sessions.open(store);
  expect(restarted.find(token)).toEqual(session);
  await restarted.end(token);
  expect(restarted.find(token)).toBeNull();
  expect((await Sessions.open(store)).find(token)).toBeNull();
});

test('a session expires', async () => {
  let nowMs = 0;
  const sessions = await Sessions.open(memory(), () => nowMs);
  const { token } = await sessions.create('someone', 'admin');
  nowMs = 7 * 24 * 3600_000 + 1;
  expect(sessions.find(token)).toBeNull();
});
