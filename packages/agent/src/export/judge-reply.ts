import type { Reply } from './transport.js';

/** Success, from something that speaks OTLP: a web page with status 200 is no receipt. */
export function isAccepted(reply: Reply & { kind: 'answered' }): boolean {
  if (reply.status < 200 || reply.status > 299) return false;
  return reply.body.length === 0 || /^application\/(?:x-protobuf|json)\b/i.test(reply.contentType);
}

/** Whether sending the same again cannot help. */
export function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && ![401, 403, 404, 408, 429].includes(status);
}

/** What is wrong with an answer, for a person. */
export function describeReply(reply: Reply): string {
  if (reply.kind === 'unreachable') return reply.reason;
  if (reply.status === 404)
    return 'status 404, so it is no Vedette collector; behind another receiver set VEDETTE_PSEUDONYM_KEY';
  return `status ${reply.status}, ${reply.contentType === '' ? 'no content' : printable(reply.contentType)}`;
}

/** The pseudonym key in the answer to `GET /v1/agent/config`, or `undefined` for anything else. */
export function readKey(body: Buffer): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('pseudonymKey' in parsed)) return undefined;
    const { pseudonymKey } = parsed;
    return typeof pseudonymKey === 'string' && pseudonymKey !== '' ? pseudonymKey : undefined;
  } catch {
    return undefined;
  }
}

/** The collector's words as one short line without control characters. */
export function printable(text: string): string {
  return JSON.stringify(text.replace(/\s+/g, ' ').slice(0, 200));
}
