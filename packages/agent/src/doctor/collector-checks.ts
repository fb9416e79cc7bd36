import type { AgentConfig } from '../config.js';
import { readKey } from '../export/judge-reply.js';
import { type Check, fail, ok, warn } from './check.js';

const TIMEOUT_MS = 5_000;
/** Clocks further apart than this make the order of events wrong, s; the `Date` header tells whole seconds. */
const CLOCK_WARN_S = 5;
/** A secret that is shorter can be guessed. */
const MIN_KEY_LENGTH = 16;

/** Asks the collector as the agent does: can it be reached, does it know the token, which key, what time is it there. */
export async function checkCollector(config: AgentConfig): Promise<readonly Check[]> {
  const { collectorUrl, token } = config;
  const askedMs = Date.now();
  let answer: Response;
  try {
    answer = await fetch(`${collectorUrl}/v1/agent/config`, {
      headers: token === '' ? {} : { authorization: `Bearer ${token}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    return [
      fail('collector', `${collectorUrl} cannot be reached (${reasonOf(error)})`, adviceFor(reasonOf(error))),
      checkKey(config, undefined),
    ];
  }
  const body = Buffer.from(await answer.arrayBuffer());
  const clock = checkClock(answer.headers.get('date'), askedMs, Date.now());
  if (answer.status === 401 || answer.status === 403) {
    const finding = token === '' ? 'the collector wants a token' : `the collector refuses the token (${answer.status})`;
    return [
      ok('collector', `${collectorUrl} answers`),
      fail(
        'token',
        finding,
        'set VEDETTE_TOKEN to an ingest token of this collector; its start line says where one lies',
      ),
      clock,
    ];
  }
  const key = answer.status === 200 ? readKey(body) : undefined;
  if (key !== undefined) {
    return [ok('collector', `${collectorUrl} answers`), ok('token', 'accepted'), checkKey(config, key), clock];
  }
  const finding = `${collectorUrl} answers ${answer.status}, so it is no Vedette collector`;
  const advice = 'correct VEDETTE_URL; behind another OTLP receiver set VEDETTE_PSEUDONYM_KEY';
  return [
    config.pseudonymKey === '' ? fail('collector', finding, advice) : warn('collector', finding, advice),
    checkKey(config, undefined),
    clock,
  ];
}

function checkKey({ pseudonymKey }: AgentConfig, issued: string | undefined): Check {
  if (pseudonymKey !== '' && pseudonymKey.length < MIN_KEY_LENGTH) {
    return warn(
      'pseudonym key',
      `VEDETTE_PSEUDONYM_KEY has ${pseudonymKey.length} characters, which can be guessed`,
      `make one of 32 random characters: openssl rand -hex 16`,
    );
  }
  if (pseudonymKey !== '') return ok('pseudonym key', 'given by VEDETTE_PSEUDONYM_KEY');
  if (issued !== undefined) return ok('pseudonym key', 'issued by the collector');
  return warn(
    'pseudonym key',
    'none is given, and none can be had now: spans wait in memory until the collector issues one',
    'reach the collector, or set VEDETTE_PSEUDONYM_KEY',
  );
}

function checkClock(date: string | null, askedMs: number, answeredMs: number): Check {
  const there = Date.parse(date ?? '');
  if (Number.isNaN(there))
    return warn('clock', 'the answer has no date to compare with', 'see that NTP runs here and there');
  // The header is cut to the second, which may have been any moment of it between asking and the answer.
  const differenceS = Math.max(0, askedMs - there - 1_000, there - answeredMs) / 1_000;
  if (differenceS <= CLOCK_WARN_S) return ok('clock', "agrees with the collector's");
  return warn('clock', `${Math.round(differenceS)} s off the collector's`, 'let NTP set the clocks of both machines');
}

/** The code below what `fetch` throws. */
function reasonOf(error: unknown): string {
  const { cause, name, message } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1_000} s`;
  return cause?.code ?? cause?.message ?? message;
}

function adviceFor(reason: string): string {
  if (reason === 'ECONNREFUSED') return 'start the collector, or correct host and port of VEDETTE_URL';
  if (reason === 'ENOTFOUND' || reason === 'EAI_AGAIN')
    return 'the host of VEDETTE_URL has no address here: correct it';
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(reason)) return 'let Node trust the authority: NODE_EXTRA_CA_CERTS';
  return 'see whether a firewall or network policy is between this machine and VEDETTE_URL';
}
