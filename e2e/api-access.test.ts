import type { Alert } from '@vedette/protocol';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { API_TOKEN, startCollector } from './support/collector.js';
import { openStream } from './support/stream.js';

interface Document {
  paths: Record<string, Record<string, unknown>>;
}

/** Status with which the stream refuses, or 101. */
function streamStatus(url: string, headers: Record<string, string>, protocols = ['vedette.v1']): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, protocols, { headers });
    socket.on('error', () => {});
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
  });
}

/** Signs in with a one-time link. @returns the cookie */
async function signIn(collector: { url: string; loginUrl: string }): Promise<string> {
  const token = new URL(collector.loginUrl).hash.slice('#token='.length);
  const response = await fetch(`${collector.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-vedette-csrf': '1' },
    body: JSON.stringify({ token }),
  });
  expect(response.status).toBe(200);
  const cookie = response.headers.get('set-cookie')!;
  expect(cookie).toMatch(/HttpOnly/);
  expect(cookie).toMatch(/SameSite=Strict/);
  return cookie.split(';', 1)[0]!;
}

test('every operation refuses who is not signed in', async () => {
  const collector = await startCollector();
  const document = (await (
    await fetch(`${collector.url}/api/openapi.json`, { headers: { authorization: `Bearer ${API_TOKEN}` } })
  ).json()) as Document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [method.toUpperCase(), path.replace(/\{\w+\}/g, 'x')] as const),
  );
  expect(operations.length).toBeGreaterThanOrEqual(6);
  operations.push(['GET', '/api/openapi.json'], ['GET', '/api/schemas/alert.json'], ['GET', '/api/session']);
  for (const [method, path] of operations) {
    for (const authorization of ['', 'Bearer wrong-token-wrong-token']) {
      const response = await fetch(collector.url + path, { method, headers: { authorization } });
      expect(response.status, `${method} ${path}`).toBe(401);
      expect(await response.json()).toMatchObject({ code: expect.stringMatching(/^VDT_/) });
    }
  }
  expect(await streamStatus(`${collector.url.replace('http', 'ws')}/api/stream`, {})).toBe(401);
});

test('a one-time link signs in once; the session works until signed out', async () => {
  const collector = await startCollector();
  const cookie = await signIn(collector);
  const token = new URL(collector.loginUrl).hash.slice('#token='.length);
  const again = await fetch(`${collector.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  expect(again.status).toBe(401);
  const ask = () => fetch(`${collector.url}/api/alerts`, { headers: { cookie } });
  expect((await ask()).status).toBe(200);
  await fetch(`${collector.url}/api/session`, { method: 'DELETE', headers: { cookie, 'x-vedette-csrf': '1' } });
  expect((await ask()).status).toBe(401);
});

test('foreign pages get nothing with a person’s cookie, and nobody changes anything without the header', async () => {
  const collector = await startCollector();
  const cookie = await signIn(collector);
  const stream = `${collector.url.replace('http', 'ws')}/api/stream`;
  const foreign = { cookie, origin: 'https://evil.example' };
  expect((await fetch(`${collector.url}/api/alerts`, { headers: foreign })).status).toBe(403);
  expect(await streamStatus(stream, foreign)).toBe(403);
  expect(await streamStatus(stream, { cookie, origin: collector.url })).toBe(101);
  const triage = (headers: Record<string, string>) =>
    fetch(`${collector.url}/api/alerts/x/triage`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', ...headers },
      body: '{"status":"acknowledged"}',
    });
  expect((await triage({})).status).toBe(403);
  expect((await triage({ 'x-vedette-csrf': '1', origin: 'https://evil.example' })).status).toBe(403);
  expect((await triage({ 'x-vedette-csrf': '1', origin: collector.url })).status).toBe(404);
});

test('a name that was made to point here is refused', async () => {
  const collector = await startCollector();
  const { port } = new URL(collector.url);
  const headers = { authorization: `Bearer ${API_TOKEN}`, host: `evil.example:${port}` };
  expect(await streamStatus(`ws://127.0.0.1:${port}/api/stream`, headers)).toBe(403);
});

test('an API token opens the stream by header or subprotocol', async () => {
  const collector = await startCollector();
  const { messages } = await openStream(collector);
  expect(messages[0]).toMatchObject({ type: 'hello', cursor: 0 });
  const encoded = Buffer.from(API_TOKEN).toString('base64url');
  const stream = `${collector.url.replace('http', 'ws')}/api/stream`;
  expect(await streamStatus(stream, {}, ['vedette.v1', `bearer.${encoded}`])).toBe(101);
  expect(await streamStatus(stream, {}, ['vedette.v1', 'bearer.d3Jvbmc'])).toBe(401);
});

test('pages carry a strict content security policy', async () => {
  const collector = await startCollector();
  const page = await fetch(`${collector.url}/alerts/whatever`, { headers: { accept: 'text/html' } });
  expect(page.status).toBe(200);
  const policy = page.headers.get('content-security-policy')!;
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain('unsafe');
});

test('errors say what was wrong and where', async () => {
  const collector = await startCollector();
  const headers = { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' };
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(collector.url + path, { headers, ...init });
    return { status: response.status, body: (await response.json()) as Alert & { code: string; error: string } };
  };
  expect(await ask('/api/alerts?limit=0')).toMatchObject({
    status: 400,
    body: { error: expect.stringMatching(/query\.limit/) },
  });
  expect(await ask('/api/alerts?cursor=x')).toMatchObject({ status: 400, body: { code: 'VDT_CURSOR_INVALID' } });
  expect(await ask('/api/alerts/none')).toMatchObject({ status: 404, body: { code: 'VDT_NOT_FOUND' } });
  expect(await ask('/api/none')).toMatchObject({ status: 404 });
});
