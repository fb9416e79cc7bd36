import { expect, test } from 'vitest';
import { raw } from '../../test/raw.js';
import type { RawRequest } from '../raw-request.js';
import { createNormaliser } from './normaliser.js';

function board() {
  const normaliser = createNormaliser({ pseudonymKey: 'k' });
  const ask = (target: string, reader: number, fields: Partial<RawRequest> = {}) =>
    normaliser.normalise(raw(target, { source: `198.51.100.${reader}`, ...fields })).operation;
  return { normaliser, ask };
}

test('what a script is told to do is a place of its own once several readers were answered', () => {
  const { ask } = board();
  expect([1, 1, 2, 3, 4].map((reader) => ask('/ucp.php?i=pm&mode=view&p=17', reader))).toEqual([
    '',
    '',
    '',
    'ucp.php?i=pm&mode=view',
    'ucp.php?i=pm&mode=view',
  ]);
  expect(ask('/ucp.php?i=pm&mode=compose', 5)).toBe('ucp.php?i=pm');
  for (let reader = 0; reader < 5; reader++) ask('/services/rest?method=photos.search', reader);
  expect(ask('/services/rest?method=photos.search&text=cat', 9)).toBe('rest?method=photos.search');
  for (let reader = 0; reader < 5; reader++) ask('/?wc-ajax=apply_coupon', reader);
  expect(ask('/?wc-ajax=apply_coupon', 9)).toBe('?wc-ajax=apply_coupon');
  for (let reader = 0; reader < 5; reader++) ask('/bff/graphql?op=RetrieveBooking', reader);
  expect(ask('/bff/graphql?op=RetrieveBooking', 9)).toBe('graphql?op=RetrieveBooking');
});

test('one client cannot split a script into many places, nor can what was refused', () => {
  const { ask } = board();
  for (let i = 0; i < 500; i++) expect(ask(`/index.php?action=x${'abcdefghij'[i % 10]}`, 1)).toBe('');
  ask('/index.php', 1);
  for (let reader = 0; reader < 9; reader++) expect(ask('/index.php?action=admin', reader, { status: 403 })).toBe('');
});

test('doors that let nobody in are told apart where a parameter is known to choose', () => {
  const { ask } = board();
  const refused = () => ask('/bff/graphql?op=CrewRoster', 9, { status: 403 });
  for (const op of ['Search', 'Book']) for (let reader = 0; reader < 4; reader++) ask(`/bff/graphql?op=${op}`, reader);
  expect(refused()).toBe('');
  for (let reader = 0; reader < 4; reader++) ask('/bff/graphql?op=Pay', reader);
  expect(refused()).toBe('graphql?op=CrewRoster');
  expect(ask('/bff/graphql?op=Nonsense', 9, { status: 404 })).toBe('');
});

test('a parameter with many values names things, and one on another path says nothing', () => {
  const { ask } = board();
  for (let i = 0; i < 60; i++) {
    const page = `about-${'abcdefghij'[i % 10]}${'abcdef'[Math.floor(i / 10)]}`;
    for (let reader = 0; reader < 4; reader++) ask(`/index.php?page=${page}`, reader);
  }
  expect(ask('/index.php?page=about-aa', 7)).toBe('');
  for (let reader = 0; reader < 9; reader++) expect(ask('/orders?view=list', reader)).toBe('');
});

test('a login behind a script is told from the other forms there', () => {
  const normaliser = createNormaliser({ pseudonymKey: 'k' });
  let nowMs = 1_764_000_000_000;
  const send = (source: string, target: string, fields: Partial<RawRequest>) => {
    nowMs += 900;
    return normaliser.normalise(raw(target, { startMs: nowMs, source, userAgent: 'Firefox', ...fields }));
  };
  const login = (source: string, isRight: boolean) => {
    send(source, '/ucp.php?mode=login', { responseBytes: 9000 });
    const answer = isRight ? { status: 302, responseBytes: 0 } : { status: 200, responseBytes: 9400 };
    return send(source, '/ucp.php?mode=login', { method: 'POST', ...answer });
  };
  let last: string[] = [];
  for (let i = 0; i < 80; i++) {
    const source = `198.51.${i >> 4}.${i}`;
    const bad = i % 3 === 0 || i === 79 ? login(source, false).authOutcome : '';
    last = [bad, login(source, true).authOutcome];
    expect(send(source, '/ucp.php?i=pm&mode=view&p=4', {}).authEvent).toBe('');
    nowMs += 200_000;
  }
  expect(last).toEqual(['failure', 'success']);
});

test.each([
  ['/ucp.php?mode=login', 'login'],
  ['/login.php?action=process', 'login'],
  ['/login.php?action=logout', ''],
  ['/index.php?route=account/login', 'login'],
  ['/index.php?option=com_users&task=user.login', 'login'],
  ['/member.php?mod=logging&action=login', 'login'],
  ['/wp-login.php?action=lostpassword', 'reset'],
  ['/wp-login.php', 'login'],
  ['/ucp.php?mode=register', 'signup'],
  ['/posting.php?mode=reply&f=2', ''],
  ['/login?view=mobile', 'login'],
])('POST %s is %j', (target, event) => {
  const normaliser = createNormaliser({ pseudonymKey: 'k' });
  expect(normaliser.normalise(raw(target, { method: 'POST' })).authEvent).toBe(event);
});
