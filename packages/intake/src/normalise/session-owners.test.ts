import { expect, test } from 'vitest';
import { raw } from '../../test/raw.js';
import type { RawRequest } from '../raw-request.js';
import { createNormaliser } from './normaliser.js';

const START_MS = 1_764_000_000_000;
const ANNA = 'a'.repeat(16);
const BEN = 'b'.repeat(16);

/** People of a service that knows them by a cookie; at: seconds. */
function service() {
  const normaliser = createNormaliser({ pseudonymKey: 'k' });
  const ask = (path: string, at: number, session: string, fields: Partial<RawRequest> = {}) =>
    normaliser.normalise(
      raw(path, {
        startMs: START_MS + at * 1000,
        source: '192.0.2.1',
        fingerprint: 'chrome',
        session: session.padEnd(16, '0'),
        enduserPseudoId: session.padEnd(16, '0'),
        actorKind: 'session',
        ...fields,
      }),
    );
  return {
    visit: (at: number, session: string, fields: Partial<RawRequest> = {}) => {
      const { actor, actorKind } = ask('/orders', at, session, fields);
      return actorKind === 'user' ? actor : actorKind;
    },
    logIn: (at: number, session: string, account: string, fields: Partial<RawRequest> = {}) =>
      ask('/login', at, session, {
        method: 'POST',
        status: 302,
        authEvent: 'login',
        authIdentifier: account,
        authOutcome: 'success',
        ...fields,
      }),
  };
}

test('a session belongs to the account that logged in with it', () => {
  const { visit, logIn } = service();
  expect(visit(0, '10')).toBe('session');
  logIn(5, '10', ANNA);
  expect(visit(6, '10')).toBe(ANNA);
  expect(visit(90_000, '10', { source: '198.51.100.7' })).toBe(ANNA);
});

test('a new session right after the login is the one that it gave', () => {
  const { visit, logIn } = service();
  expect(visit(0, 'e0')).toBe('session');
  logIn(5, '10', ANNA);
  expect(visit(6, '11', { source: '198.51.100.7' })).toBe('session');
  expect(visit(6, 'e0')).toBe('session');
  expect(visit(7, '12')).toBe(ANNA);
  expect(visit(8, '13')).toBe('session');
});

test('neither long after nor where two people logged in with one kind of client', () => {
  const { visit, logIn } = service();
  logIn(0, '10', ANNA);
  expect(visit(60, '11')).toBe('session');
  logIn(100, '20', ANNA);
  logIn(101, '21', BEN);
  expect(visit(102, '22')).toBe('session');
  expect(visit(103, '21')).toBe(BEN);
});

test('a login that names the session which it began, beside the one that it was made in', () => {
  const { visit, logIn } = service();
  const guest = { enduserPseudoId: '10'.padEnd(16, '0') };
  expect(visit(0, '10')).toBe('session');
  expect(logIn(5, 'a0', ANNA, guest)).toMatchObject({ actor: guest.enduserPseudoId, actorKind: 'session' });
  // Another person with the same kind of client at the same address, whom nothing else tells apart.
  expect(visit(6, 'e0')).toBe('session');
  expect(visit(7, '10')).toBe('session');
  expect(visit(60, 'a0', { source: '198.51.100.7' })).toBe(ANNA);
  logIn(100, 'b0', BEN, { enduserPseudoId: '', actorKind: '' });
  logIn(101, 'c0', ANNA, { enduserPseudoId: '', actorKind: '' });
  expect([visit(102, 'c0'), visit(102, 'b0')]).toEqual([ANNA, BEN]);
  // A login made in a session that belongs to somebody is his.
  expect(logIn(200, 'd0', BEN, { enduserPseudoId: 'a0'.padEnd(16, '0') })).toMatchObject({ actor: ANNA });
  expect([visit(201, 'd0'), visit(202, 'a0')]).toEqual([BEN, ANNA]);
});

test('a refused login gives nothing, and who is named by more than a cookie keeps that name', () => {
  const { visit, logIn } = service();
  logIn(0, '10', ANNA, { authOutcome: 'failure', status: 401 });
  expect(visit(1, '11')).toBe('session');
  logIn(5, '10', ANNA);
  expect(visit(6, '10', { enduserPseudoId: 'c'.repeat(16), actorKind: 'api_key' })).toBe('api_key');
});
