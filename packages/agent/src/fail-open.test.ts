import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { type FaultyAgent, makeFaultyAgent } from '../test/fault-injection.js';
import { Receiver } from '../test/receiver.js';
import { Service } from '../test/service.js';
import { until } from '../test/until.js';

/**
 * Functions in which nothing can throw but what they guard: the guard itself, and wrappers that call one guarded function
 * and then what they wrap.
 */
const EXEMPT =
  /\b(?:run|always|count|get tripped|get faults)‸\(|‸function watchedPush|keepShape\(‸|"onRequest", ‸|‸\(\) => guard\.(?:always|run)\(|flush: ‸|_storeHeader‸|_finish‸|‸function unheard|requestInternals|‸\(fault\) => guard\.count/;

/** Functions that take what the service made, under a `catch` of their own: that it cannot be read is no fault of ours. */
const FORGIVING = /‸(?:function (?:knownUser|userOf|idOf|scalar|ofSession|bodyText|basicUser)\(|\(user\)|\(session\))/;

const faulty: FaultyAgent = makeFaultyAgent((text) => EXEMPT.test(text), {
  // Capture stays on, so that one process can break one function after the other; the wait is cut short.
  'MAX_FAULTS = 20': 'MAX_FAULTS = 1e9',
  'firstRetryMs: 250': 'firstRetryMs: 5',
  'lastRetryMs: 1e4': 'lastRetryMs: 5',
});
/** Functions that were broken once: what all services have in common is broken under the first. */
const tried = new Set<number>();
afterAll(() => faulty[Symbol.dispose]());

const head = 'HTTP/1.1\r\nHost: service\r\nConnection: close\r\n';
const json = 'Content-Type: application/json\r\n';
const login = (password: string) => {
  const body = `{"email":"a@b.example","password":"${password}"}`;
  return `POST /login ${head}${json}Content-Length: ${body.length}\r\n\r\n${body}`;
};
const conversations: Readonly<Record<string, readonly string[]>> = {
  'raw-app.cjs': [
    `GET /list?page=2&token=secret ${head}Cookie: connect.sid=s%3Aabc.def\r\n\r\n`,
    login('correct'),
    login('wrong'),
    `POST /c ${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    `GET /stream ${head}\r\n`,
    `GET /a HTTP/1.1\r\nHost: service\r\n\r\nGET /list ${head}Authorization: Basic Ym9iOnB3\r\n\r\n`,
  ],
  'express5-app.cjs': [
    `GET /orders ${head}\r\n`,
    login('correct'),
    `GET /users/5/orders/7 ${head}\r\n`,
    `GET /users/5/orders/7/broken ${head}\r\n`,
  ],
  'fastify-app.cjs': [`GET /orders/7 ${head}\r\n`, login('wrong'), `GET /users/5/orders/7 ${head}\r\n`],
};

/** All that the service answers to the conversation, and one request that is given up. */
async function converse(port: number, parts: readonly string[]): Promise<string> {
  const answers = parts.map(async (part) => {
    const socket = connect(port, '127.0.0.1').setEncoding('latin1');
    let answer = '';
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', (error) => {
      answer += error.message;
    });
    socket.write(part);
    await new Promise((resolve) => socket.on('close', resolve));
    return answer.replace(/^Date: .*\r\n/gim, '');
  });
  const abandoned = connect(port, '127.0.0.1').on('error', () => {});
  abandoned.write(`GET /hang ${head}\r\n`);
  const all = (await Promise.all(answers)).join('\n');
  abandoned.destroy();
  return all;
}

interface Reply {
  readonly thrown: number;
  readonly ran: readonly number[];
  readonly status: { readonly faults: number; readonly waiting: number; readonly delivered: number };
}

async function tell(service: Service, order: string, id?: number): Promise<Reply> {
  const reply = once(service.process, 'message');
  service.process.send({ order, id });
  const [answer] = await Promise.race([
    reply,
    service.ended.then(({ code }) => {
      throw new Error(`the service ended with ${code}: ${service.errors}`);
    }),
  ]);
  return answer;
}

const start = (app: string, receiver: Receiver, env: Record<string, string> = {}) =>
  Service.start({
    app,
    preload: 'none',
    flags: ['--require', './test/apps/faulty-control.cjs', '--require', faulty.register],
    hasMessages: true,
    env: { VEDETTE_URL: receiver.url, VEDETTE_TRUSTED_PROXIES: '1', ...env },
  });

test.each(Object.keys(conversations))(
  '%s answers as ever, and goes on being watched, whichever function of the agent throws',
  async (app) => {
    await using receiver = await Receiver.start();
    await using service = await start(app, receiver);
    const parts = conversations[app] ?? [];
    const expected = await converse(service.port, parts);
    await tell(service, 'flush');
    await tell(service, 'ran');
    await converse(service.port, parts);
    await tell(service, 'flush');
    const { ran } = await tell(service, 'ran');
    expect(ran.length).toBeGreaterThan(100);
    const odd: Record<string, unknown> = {};
    let faults = (await tell(service, 'mend')).status.faults;
    for (const id of ran.filter((one) => !tried.has(one))) {
      tried.add(id);
      const before = await tell(service, 'break', id);
      const answer = await converse(service.port, parts);
      await tell(service, 'flush');
      const broken = await tell(service, 'mend');
      await tell(service, 'flush');
      const { status } = await tell(service, 'mend');
      const thrown = broken.thrown - before.thrown;
      const text = faulty.points[id]?.text ?? '';
      const findings = [
        ...(answer === expected ? [] : [`answers ${answer}`]),
        ...(thrown > 0 && status.faults === faults && !FORGIVING.test(text) ? ['is not counted'] : []),
      ];
      if (findings.length > 0) odd[text] = findings;
      faults = status.faults;
    }
    expect(odd).toEqual({});
    // No fault has left the exporter stuck: what comes next is sent.
    const { delivered } = (await tell(service, 'mend')).status;
    await converse(service.port, parts);
    await until(async () => {
      await tell(service, 'flush');
      return (await tell(service, 'mend')).status.delivered > delivered;
    });
  },
  300_000,
);

/** The one function whose text has `beginning` after the mark. */
function broken(beginning: string): string {
  const found = faulty.points.filter(({ text }) => text.includes(`‸${beginning}`));
  expect(found.map(({ text }) => text)).toHaveLength(1);
  return String(found[0]?.id);
}

const requests = 30;
const hooks = {
  'the start of a request': 'function onStart(',
  'the end of a request': 'function onFinish(',
  'a body that is written': 'function note(response',
  'the description of a request': 'function describeRequest(',
};

test.each(Object.entries(hooks))(
  'after 20 faults of %s capture is off, which is said once, and the service goes on',
  async (_name, beginning) => {
    await using receiver = await Receiver.start();
    using limited = makeFaultyAgent((text) => EXEMPT.test(text));
    await using service = await Service.start({
      app: 'raw-app.cjs',
      preload: 'none',
      flags: ['--require', './test/apps/faulty-control.cjs', '--require', limited.register],
      hasMessages: true,
      env: { VEDETTE_URL: receiver.url, BROKEN_FUNCTION: broken(beginning) },
    });
    for (let i = 0; i < requests; i++) expect(await (await fetch(`${service.url}/a`)).text()).toBe('GET 0');
    const { status } = await tell(service, 'mend');
    expect(status).toMatchObject({ capturing: false, faults: 20 });
    expect(service.warnings).toEqual([expect.stringContaining('VDT_AGENT_FAULTS')]);
  },
);

test.each(['function startAgent(', 'function readConfig('])(
  'an agent that cannot start, for want of %s, stays off with one line',
  async (beginning) => {
    await using receiver = await Receiver.start();
    await using service = await start('raw-app.cjs', receiver, { BROKEN_FUNCTION: broken(beginning) });
    expect(await (await fetch(`${service.url}/a`)).text()).toBe('GET 0');
    expect(service.warnings).toEqual([expect.stringContaining('VDT_AGENT_START')]);
    expect(receiver.received).toEqual([]);
  },
);
