import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pseudonym } from '@vedette/protocol/pseudonym';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';
import { PathPatterns } from './api-rules.js';
import { createLog } from './log.js';
import { readRules } from './read-rules.js';

function read(value: string) {
  const lines: string[] = [];
  return {
    rules: readRules(
      value,
      createLog((line) => lines.push(line)),
    ),
    lines,
  };
}

const RULES = {
  auth: [
    {
      event: 'login',
      path: '/v2/enter',
      identifier: 'who.mail',
      success: { field: 'result.code', equals: 0 },
    },
    { event: 'otp', method: 'GET', path: '/go/:step', identifier: 'u', code: 'c', failure: { redirect: '/door/**' } },
  ],
  apiKeyHeaders: ['X-Shop-Key'],
  sessionCookies: ['shopper'],
  secretParameters: ['hint'],
  ignore: ['/quiet/**', '/secret-list'],
};

test('a service whose logins look like nothing known is read as its owner describes it', async () => {
  await using receiver = await Receiver.start();
  await using service = await Service.start({
    app: 'odd-app.mjs',
    env: { VEDETTE_URL: receiver.url, VEDETTE_CONFIG: JSON.stringify(RULES) },
  });
  const hidden = (text: string) => pseudonym(receiver.pseudonymKey, text);
  const post = (body: unknown): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const visits: readonly [string, RequestInit][] = [
    ['/v2/enter', post({ who: { mail: 'ann' }, word: 'wrong' })],
    ['/v2/enter', post({ who: { mail: 'ann' }, word: 'right' })],
    ['/go/2?u=ann&c=123', { redirect: 'manual' }],
    ['/quiet/login', post({ email: 'ann', password: 'wrong' })],
    ['/secret-list', {}],
    ['/list?hint=abc&page=2', { headers: { 'x-shop-key': 'key-1' } }],
    ['/list', { headers: { cookie: 'a=b; shopper=s-1' } }],
  ];
  for (const [path, init] of visits) await (await fetch(service.url + path, init)).text();
  await until(() => receiver.spans.length === visits.length);
  const [wrong, right, otp, quiet, secretList, keyed, session] = receiver.spans.map(({ attributes }) => attributes);
  const ann = { 'vedette.auth.identifier': hidden('ann') };
  expect(wrong).toMatchObject({ ...ann, 'vedette.auth.event': 'login', 'vedette.auth.outcome': 'failure' });
  expect(right).toMatchObject({ ...ann, 'vedette.auth.event': 'login', 'vedette.auth.outcome': 'success' });
  expect(otp).toMatchObject({
    ...ann,
    'vedette.auth.event': 'otp',
    'vedette.auth.code': hidden('123'),
    'vedette.auth.outcome': 'failure',
  });
  expect(quiet).not.toHaveProperty('vedette.auth.event');
  expect(secretList).not.toHaveProperty('vedette.response.object_ids');
  expect(keyed).toMatchObject({
    'enduser.pseudo.id': hidden('key-1'),
    'vedette.actor.kind': 'api_key',
    'url.query': `hint=${hidden('abc')}&page=2`,
    'vedette.response.object_ids': expect.any(Array),
  });
  expect(session).toMatchObject({ 'enduser.pseudo.id': hidden('s-1'), 'vedette.actor.kind': 'session' });
  expect(service.errors).toBe('');
});

test('from a file; the unknown is named in one line and the rest counts', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vedette-rules-'));
  try {
    const file = join(directory, 'vedette-agent.json');
    writeFileSync(file, JSON.stringify({ ...RULES, cookies: [], auth: [{ event: 'party', path: '/x', colour: 1 }] }));
    const { rules, lines } = read(file);
    expect(rules).toMatchObject({ auth: [], apiKeyHeaders: ['x-shop-key'], sessionCookies: ['shopper'] });
    expect(lines).toHaveLength(1);
    for (const word of ['VDT_AGENT_CONFIG', 'cookies', 'colour', 'auth[0].event']) expect(lines[0]).toContain(word);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.each([
  ['{"auth": [', 'no JSON'],
  ['/nowhere/vedette-agent.json', 'ENOENT'],
  ['{"auth": [{"event": "login"}]}', 'needs event and path'],
  ['{"ignore": "quiet"}', 'begin with a slash'],
  ['{"auth": {"event": "login", "path": "/x", "success": {"equals": 1}}}', 'needs status, field or redirect'],
])('%s: %s', (value, complaint) => {
  const { lines } = read(value);
  expect(lines).toEqual([expect.stringContaining(complaint)]);
  expect(lines[0]).toContain('VEDETTE_CONFIG');
});

test('any JSON is read without an exception', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(read(`{"auth": ${json}, "ignore": ${json}}`).rules.apiKeyHeaders).toEqual([]);
    }),
  );
});

test.each([
  ['/a/*/c', '/a/b/c', true],
  ['/a/:id', '/a/b/', true],
  ['/a/:id', '/a/b/c', false],
  ['/a/**', '/a', true],
  ['/a/**', '/a/b/c', true],
  ['/a/**', '/ab', false],
  ['/a.b', '/axb', false],
])('pattern %s on %s: %s', (pattern, path, expected) => {
  expect(new PathPatterns([pattern]).matches(path)).toBe(expected);
});
