import { deserialize } from 'node:v8';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { raw } from '../../test/raw.js';
import { createNormaliser } from './normaliser.js';

const START_MS = 1_764_000_000_000;

function hex(number: number): string {
  return number.toString(16).padStart(16, '0');
}

/** Traffic of a service nobody knows: routes, slugs, languages, logins that do not show how they end. */
function request(choice: number, at: number) {
  const source = `192.0.2.${choice % 40}`;
  const base = { startMs: START_MS + at * 3000, source, userAgent: `agent ${choice % 3}` };
  const session = { session: hex(choice % 70), enduserPseudoId: hex(choice % 70), actorKind: 'session' } as const;
  switch (choice % 11) {
    case 9:
      return raw('/orders', { ...base, ...session });
    case 10:
      return raw('/login', {
        ...base,
        ...session,
        method: 'POST',
        authEvent: 'login',
        authIdentifier: hex(choice % 13),
        authOutcome: choice % 3 === 0 ? 'failure' : 'success',
      });
    case 8:
      return raw(`/board.php?mode=${['list', 'show', 'print'][choice % 3]}&t=${100 + (choice % 50)}`, base);
    case 0:
      return raw(`/orders/${choice}`, base);
    case 1:
      return raw(`/products/thing-${choice}-x`, base);
    case 2:
      return raw(`/${['de', 'fr', 'pt-BR', 'ja'][choice % 4]}/help`, base);
    case 3:
      return raw('/login', { ...base, method: 'POST', status: 200, responseBytes: choice % 2 === 0 ? 88 : 512 });
    case 4:
      if (choice % 3 > 0) return raw('/login', { ...base, method: choice % 3 === 1 ? 'POST' : 'GET', status: 302 });
      return raw('/home', { ...base, session: `s${choice}` });
    case 5:
      return raw(`/Shops/shop${choice}/items`, { ...base, status: choice % 5 === 0 ? 404 : 200 });
    case 6:
      return raw('/console', { ...base, user: `u${choice % 5}`, status: choice % 7 === 0 ? 401 : 200 });
    default:
      return raw(`/items/${choice}`, { ...base, route: '/items/:sku' });
  }
}

test('going on from a snapshot is the same as never having stopped', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(5000), { minLength: 50, maxLength: 600 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (choices, share) => {
        const requests = choices.map(request);
        const stop = Math.floor(share * requests.length);
        const whole = createNormaliser({ pseudonymKey: 'k' });
        const first = createNormaliser({ pseudonymKey: 'k' });
        const expected = requests.map((one) => whole.normalise(one));
        for (const one of requests.slice(0, stop)) first.normalise(one);
        const second = createNormaliser({ pseudonymKey: 'k', snapshot: first.snapshot() });
        expect(requests.slice(stop).map((one) => second.normalise(one))).toEqual(expected.slice(stop));
        expect(deserialize(second.snapshot())).toEqual(deserialize(whole.snapshot()));
      },
    ),
    { numRuns: 60 },
  );
});

test('learning from stored events is the same as having read them', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5000), { minLength: 200, maxLength: 600 }), (choices) => {
      const requests = choices.map(request);
      const stop = Math.floor(requests.length / 2);
      const whole = createNormaliser({ pseudonymKey: 'k' });
      const expected = requests.map((one) => whole.normalise(one));
      const restarted = createNormaliser({ pseudonymKey: 'k' });
      for (const event of expected.slice(0, stop)) restarted.learn(event);
      expect(requests.slice(stop).map((one) => restarted.normalise(one))).toEqual(expected.slice(stop));
    }),
    { numRuns: 60 },
  );
});

test('attempts that name nobody are learned from stored events too', () => {
  const attempt = (at: number, status: number) =>
    raw('/login', { startMs: START_MS + at * 3000, source: `192.0.2.${at}`, method: 'POST', status });
  const before = createNormaliser({ pseudonymKey: 'k' });
  const stored = Array.from({ length: 12 }, (_, at) => before.normalise(attempt(at, 401)));
  const restarted = createNormaliser({ pseudonymKey: 'k' });
  for (const event of stored) restarted.learn(event);
  expect(before.normalise(attempt(20, 200)).authOutcome).toBe('success');
  expect(restarted.normalise(attempt(20, 200)).authOutcome).toBe('success');
});

test('a snapshot that cannot be read is refused', () => {
  const open = (snapshot: Uint8Array) => () => createNormaliser({ pseudonymKey: 'k', snapshot });
  expect(open(Buffer.from('nonsense'))).toThrow(expect.objectContaining({ code: 'VDT_SNAPSHOT_VERSION' }));
  expect(open(new Uint8Array())).toThrow(expect.objectContaining({ code: 'VDT_SNAPSHOT_VERSION' }));
});
