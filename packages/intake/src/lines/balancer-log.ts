import type { RawRequest } from '../raw-request.js';
import { type LinePlace, logRequest } from './log-request.js';
import { parseLogTime } from './log-time.js';
import { parseRequestLine } from './request-line.js';

/**
 * Access log of an AWS load balancer: type (not of the classic one), time of the answer, balancer, `client:port`, target,
 * three times in seconds, two statuses, bytes in and out, `"request"`, `"user agent"`.
 */
const AWS =
  /^(?:(?:https?|h2|grpcs|wss?) )?(\d{4}-\d\d-\d\dT[\d:.]{8,18}Z) \S+ (\S+):\d{1,5} \S+ (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (\d{3}|-) (?:\d{3}|-) \d+ (\d+) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"/;
/**
 * HAProxy's HTTP log (manual, section 8.2.3): `client:port [time] frontend backend/server timers status bytes`, cookies,
 * how it ended, connections, queues, captured headers in braces, `"request"`. A long request has no closing quote.
 */
const HAPROXY =
  /^(\S+):\d{1,5} \[(\d\d\/[A-Z][a-z]{2}\/[\d:]{13}(?:\.(\d{3}))?)\] \S+ \S+ (?:-?\d+\/){4}\+?(-?\d+) (-1|\d{3}) \+?(\d+) \S+ \S+ \S+ (?:\d+\/){4}\+?\d+ \d+\/\d+ (?:\{([^}]*)\} )?(?:\{[^}]*\} )?"([^"]*)"?$/;
/** A user agent among captured headers: a product and its version. */
const AGENT = /^[A-Za-z][\w .-]{0,40}\/\d/;

/** The request in a line of a load balancer; why it is none; `undefined` for lines of any other format. */
export function readBalancerLine(place: LinePlace, service: string): RawRequest | string | undefined {
  const aws = AWS.exec(place.line);
  if (aws !== null) return awsRequest(aws, place, service);
  const haproxy = HAPROXY.exec(place.line);
  return haproxy === null ? undefined : haproxyRequest(haproxy, place, service);
}

function awsRequest(found: RegExpExecArray, place: LinePlace, service: string): RawRequest | string {
  const [, time = '', client = '', ...rest] = found;
  const durationMs = rest.slice(0, 3).reduce((sum, seconds) => sum + Math.max(0, Number(seconds)) * 1000, 0);
  const [status = '', bytes = '', request = '', userAgent = ''] = rest.slice(3);
  const timeMs = parseLogTime(time) - durationMs;
  return requestIn({ timeMs, durationMs, client, status, bytes, request, userAgent, forwardedFor: '' }, place, service);
}

function haproxyRequest(found: RegExpExecArray, place: LinePlace, service: string): RawRequest | string {
  const [, client = '', time = '', fraction = '0', total = '', status = '', bytes = '', captured = '', request = ''] =
    found;
  const headers = captured.split('|');
  return requestIn(
    {
      timeMs: parseLogTime(time) + Number(fraction),
      durationMs: Math.max(0, Number(total)),
      client,
      status,
      bytes,
      request,
      userAgent: headers.find((header) => AGENT.test(header)) ?? '',
      forwardedFor: headers.find((header) => /^[\da-fA-F:.]+(?:, ?[\da-fA-F:.]+)*$/.test(header)) ?? '',
    },
    place,
    service,
  );
}

interface Found {
  readonly timeMs: number;
  readonly durationMs: number;
  readonly client: string;
  readonly status: string;
  readonly bytes: string;
  readonly request: string;
  readonly userAgent: string;
  readonly forwardedFor: string;
}

function requestIn(found: Found, place: LinePlace, service: string): RawRequest | string {
  if (Number.isNaN(found.timeMs)) return 'time cannot be read';
  const request = parseRequestLine(found.request);
  if (request === undefined) return 'request line is not HTTP';
  return logRequest(
    {
      timeMs: found.timeMs,
      durationMs: found.durationMs,
      remote: found.client.replace(/^\[|\]$/g, ''),
      client: '',
      forwardedFor: found.forwardedFor,
      method: request.method,
      target: request.target,
      query: '',
      host: '',
      route: '',
      status: Math.max(0, Number(found.status) || 0),
      requestBytes: -1,
      responseBytes: Number(found.bytes),
      userAgent: found.userAgent,
      user: '',
      service,
      instance: '',
    },
    place,
  );
}
