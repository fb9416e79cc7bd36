import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyOf, int, serverSpan, text, toJson } from '../../test/oracle.js';
import type { RawRequest } from '../raw-request.js';
import { createLineReader, type LineFormat } from './line-reader.js';

function only(line: string, format: LineFormat = 'auto'): RawRequest {
  const result = createLineReader(format).read(line);
  if (!result.ok) throw new Error(result.reason);
  expect(result.requests).toHaveLength(1);
  return result.requests[0]!;
}

function refusal(line: string, format: LineFormat = 'auto'): string {
  const result = createLineReader(format).read(line);
  return result.ok ? `read ${result.requests.length}` : result.reason;
}

describe('what a container wrote', () => {
  const LINE = '203.0.113.9 - - [24/Nov/2026:06:00:00 +0000] "GET /a?b HTTP/1.1" 200 5 "-" "curl/8"';
  const REQUEST = { source: '203.0.113.9', path: '/a', query: 'b', status: 200, startMs: Date.UTC(2026, 10, 24, 6) };
  const docker = (log: string) => JSON.stringify({ log: `${log}\n`, stream: 'stdout', time: '2026-11-24T06:00:01.2Z' });

  test.each([
    ['json-file driver of Docker', docker(LINE)],
    ['Kubernetes (CRI)', `2026-11-24T06:00:01.123456789Z stdout F ${LINE}`],
    ['Kubernetes with a zone', `2026-11-24T07:00:01.123456789+01:00 stderr F ${LINE}`],
    [
      'JSON within JSON',
      docker('{"time":"2026-11-24T06:00:00Z","remote_addr":"203.0.113.9","request":"GET /a?b HTTP/1.1","status":200}'),
    ],
  ])('%s', (_name, line) => {
    expect(only(line)).toMatchObject(REQUEST);
  });

  test('what is no access log inside is refused for what it is', () => {
    expect(refusal(docker('starting up'))).toMatch(/^not an access log line/);
    expect(refusal(docker(''))).toBe('no request in this JSON line');
    expect(refusal('2026-11-24T06:00:01.123456789Z stdout P half a line')).toMatch(/^not an access log line/);
  });
});

describe('common and combined format', () => {
  const AGENT = '"-" "Mozilla/5.0 (X11; Linux x86_64)"';

  test('combined, as Apache documents it', () => {
    expect(
      only(
        '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif?a=1 HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"',
      ),
    ).toMatchObject({
      source: '127.0.0.1',
      peer: '127.0.0.1',
      user: 'frank',
      startMs: Date.UTC(2000, 9, 10, 20, 55, 36),
      method: 'GET',
      path: '/apache_pb.gif',
      query: 'a=1',
      status: 200,
      responseBytes: 2326,
      userAgent: 'Mozilla/4.08 [en] (Win98; I ;Nav)',
      service: 'access-log',
    });
  });

  test('common, with IPv6 and a dash for no bytes', () => {
    expect(only('2001:DB8::1 - - [24/Nov/2026:06:00:00 +0000] "DELETE /a HTTP/1.1" 204 -')).toMatchObject({
      source: '2001:db8::1',
      status: 204,
      responseBytes: 0,
      userAgent: '',
      user: '',
    });
  });

  test('request time at the end: nginx in seconds, Apache in microseconds', () => {
    const line = `1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "GET / HTTP/1.1" 200 5 ${AGENT}`;
    expect(only(`${line} 0.123`).durationMs).toBeCloseTo(123);
    expect(only(`${line} 4500`).durationMs).toBe(4.5);
    expect(only(`${line} 612 0.040 [default-api-80] [] 10.1.2.3:80`).durationMs).toBe(40);
    expect(only(line).durationMs).toBe(0);
  });

  test('X-Forwarded-For is believed behind an internal proxy only, and only its last outside hop', () => {
    const tail = `- - [24/Nov/2026:06:00:00 +0000] "GET / HTTP/1.1" 200 5 ${AGENT} "6.6.6.6, 203.0.113.9, 10.0.0.4"`;
    expect(only(`10.0.0.1 ${tail}`)).toMatchObject({ source: '203.0.113.9', peer: '10.0.0.1' });
    expect(only(`198.51.100.1 ${tail}`)).toMatchObject({ source: '198.51.100.1', peer: '198.51.100.1' });
  });

  test('a virtual host in front', () => {
    expect(
      only('shop.example:443 192.0.2.1 - - [24/Nov/2026:06:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "x"'),
    ).toMatchObject({ host: 'shop.example', source: '192.0.2.1' });
  });

  test('escaped quotes, in the user agent and in the request', () => {
    expect(
      only(
        String.raw`1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "GET /\"x\"?q=\x22y\x22 HTTP/1.1" 404 5 "-" "a \"quoted\" \\ agent"`,
      ),
    ).toMatchObject({ path: '/"x"', query: 'q="y"', userAgent: String.raw`a "quoted" \ agent`, status: 404 });
  });

  test('a user name cannot forge the rest of the line', () => {
    const request = only(
      String.raw`203.0.113.66 - x [10/Oct/2000:13:55:36 +0000] \"GET /forged HTTP/1.1\" 200 [24/Nov/2026:06:00:00 +0000] "POST /login HTTP/1.1" 401 5 "-" "-"`,
    );
    expect(request).toMatchObject({
      source: '203.0.113.66',
      path: '/login',
      status: 401,
      startMs: Date.UTC(2026, 10, 24, 6),
    });
    expect(request.user).toContain('/forged');
  });

  test.each([
    [
      String.raw`1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "\x16\x03\x01\x02" 400 150 "-" "-"`,
      'request line is not HTTP',
    ],
    ['1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "-" 408 0 "-" "-"', 'request line is not HTTP'],
    ['1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "GET / HTTP/1.1" - 0', 'status is not a number'],
    ['1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "GET / HTTP/1.1" 200 x', 'size is not a number'],
    ['1.2.3.4 - - [99/Foo/2026:06:00:00 +0000] "GET / HTTP/1.1" 200 5', 'time cannot be read'],
    ['1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "GET / HT', 'request line is not closed'],
    ['1.2.3.4 "GET / HTTP/1.1" 200 5', 'not an access log line: no [time] before the request'],
    ['hello', 'not an access log line: no quoted request'],
    ['[24/Nov/2026:06:00:00 +0000] "GET / HTTP/1.1" 200 5', 'not an access log line: no host, ident and user'],
  ])('%s', (line, reason) => {
    expect(refusal(line)).toBe(reason);
  });
});

describe('JSON access logs', () => {
  test('nginx', () => {
    expect(
      only(
        '{"time_iso8601":"2026-11-24T06:00:00+00:00","remote_addr":"203.0.113.5","remote_user":"","request":"POST /login?x=1 HTTP/1.1","status":"401","body_bytes_sent":"64","request_time":"0.012","http_referrer":"","http_user_agent":"curl/8","host":"shop.example"}',
      ),
    ).toMatchObject({
      startMs: Date.UTC(2026, 10, 24, 6),
      source: '203.0.113.5',
      method: 'POST',
      path: '/login',
      query: 'x=1',
      status: 401,
      responseBytes: 64,
      durationMs: 12,
      userAgent: 'curl/8',
      host: 'shop.example',
    });
  });

  test('Caddy', () => {
    expect(
      only(
        '{"level":"info","ts":1646861401.5241024,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"203.0.113.8","proto":"HTTP/2.0","method":"GET","host":"localhost:8443","uri":"/a?b=c","headers":{"User-Agent":["curl/7.82.0"],"Accept":["*/*"]},"tls":{"resumed":false}},"bytes_read":0,"user_id":"","duration":0.000929675,"size":10900,"status":200,"resp_headers":{"Server":["Caddy"]}}',
      ),
    ).toMatchObject({
      startMs: expect.closeTo(1646861401524.1, 0),
      source: '203.0.113.8',
      peer: '127.0.0.1',
      method: 'GET',
      host: 'localhost',
      path: '/a',
      query: 'b=c',
      userAgent: 'curl/7.82.0',
      status: 200,
      responseBytes: 10900,
      requestBytes: 0,
      durationMs: expect.closeTo(0.93, 2),
    });
  });

  test('Traefik', () => {
    expect(
      only(
        '{"ClientAddr":"203.0.113.1:5678","ClientHost":"203.0.113.1","ClientUsername":"-","DownstreamContentSize":12,"DownstreamStatus":404,"Duration":500000,"OriginStatus":404,"RequestHost":"api.example","RequestMethod":"GET","RequestPath":"/nope","ServiceName":"api@docker","StartUTC":"2026-11-24T06:00:00.5Z","level":"info","msg":"","time":"2026-11-24T06:00:01Z"}',
      ),
    ).toMatchObject({
      source: '203.0.113.1',
      status: 404,
      durationMs: 0.5,
      path: '/nope',
      service: 'api@docker',
      startMs: Date.UTC(2026, 10, 24, 6, 0, 0, 500),
      user: '',
    });
  });

  test('Envoy behind a proxy', () => {
    expect(
      only(
        '{"start_time":"2026-11-24T06:00:00.000Z","method":"GET","path":"/v1/items?page=2","protocol":"HTTP/1.1","response_code":200,"response_flags":"-","bytes_received":0,"bytes_sent":311,"duration":7,"x_forwarded_for":"203.0.113.77","user_agent":"okhttp","request_id":"a","authority":"api.example:443","downstream_remote_address":"10.1.1.1:40000"}',
      ),
    ).toMatchObject({
      source: '203.0.113.77',
      peer: '10.1.1.1',
      durationMs: 7,
      status: 200,
      host: 'api.example',
      responseBytes: 311,
    });
  });

  test('pino-http', () => {
    expect(
      only(
        '{"level":30,"time":1764000000000,"pid":1,"hostname":"h1","req":{"id":1,"method":"GET","url":"/users/7","query":{},"params":{},"headers":{"host":"localhost:3000","user-agent":"node"},"remoteAddress":"::ffff:192.0.2.4","remotePort":5},"res":{"statusCode":200,"headers":{"content-length":"17"}},"responseTime":3,"msg":"request completed"}',
      ),
    ).toMatchObject({
      source: '192.0.2.4',
      path: '/users/7',
      status: 200,
      responseBytes: 17,
      durationMs: 3,
      userAgent: 'node',
      host: 'localhost',
      instance: 'h1',
    });
  });

  test('Fastify, which writes two lines for a request', () => {
    const reader = createLineReader('auto');
    const start = reader.read(
      '{"level":30,"time":1764000000000,"pid":1,"hostname":"h","reqId":"req-1","req":{"method":"GET","url":"/a","host":"localhost:3000","remoteAddress":"192.0.2.4","remotePort":1},"msg":"incoming request"}',
    );
    expect(start).toMatchObject({ ok: true, requests: [] });
    const end = reader.read(
      '{"level":30,"time":1764000000020,"pid":1,"hostname":"h","reqId":"req-1","res":{"statusCode":404},"responseTime":19.5,"msg":"request completed"}',
    );
    expect(end).toMatchObject({
      ok: true,
      requests: [{ path: '/a', status: 404, startMs: 1764000000000, durationMs: 19.5, source: '192.0.2.4' }],
    });
    expect(
      reader.read(
        '{"level":30,"time":1764000000020,"reqId":"req-9","res":{"statusCode":404},"msg":"request completed"}',
      ),
    ).toEqual({ ok: false, reason: 'no path in this JSON line' });
  });

  test('keys as a load balancer of AWS writes them, and Google Cloud', () => {
    expect(
      only(
        '{"type":"https","time":"2026-11-24T06:00:00.186641Z","client:port":"203.0.113.9:2817","elb_status_code":200,"received_bytes":34,"sent_bytes":366,"request":"GET https://www.example.com:443/a HTTP/1.1","user_agent":"curl/7.46.0","domain_name":"www.example.com"}',
      ),
    ).toMatchObject({ source: '203.0.113.9', path: '/a', status: 200, responseBytes: 366, host: 'www.example.com' });
    expect(
      only(
        '{"httpRequest":{"requestMethod":"GET","requestUrl":"https://a.example/b?c=d","status":403,"responseSize":"99","userAgent":"x","remoteIp":"203.0.113.3","latency":"0.25s"},"timestamp":"2026-11-24T06:00:00Z","severity":"WARNING"}',
      ),
    ).toMatchObject({ host: 'a.example', path: '/b', query: 'c=d', status: 403, responseBytes: 99, durationMs: 250 });
  });

  test('a word under a numeric name is not a status', () => {
    expect(
      only('{"@timestamp":"2026-11-24T06:00:00Z","status":"info","http.status_code":500,"url":"/x","method":"GET"}')
        .status,
    ).toBe(500);
  });

  test.each([
    ['{"a":1', 'malformed JSON: unexpected end at position 6, in a'],
    ['{"msg":"started"}', 'no request in this JSON line'],
    ['{"path":"/a","time":"2026-11-24T06:00:00Z"}', 'no status in this JSON line'],
    ['{"path":"/a","status":200}', 'no time in this JSON line'],
    ['{"path":"/a","status":200,"time":"yesterday"}', 'time cannot be read'],
    ['{"path":"/a","status":9999,"time":1764000000}', 'status is not a number'],
    ['{"request":"x","status":200,"time":1764000000}', 'request line is not HTTP'],
  ])('%s', (line, reason) => {
    expect(refusal(line)).toBe(reason);
  });
});

describe('OTLP/JSON lines', () => {
  const line = Buffer.from(
    toJson(
      bodyOf([
        serverSpan([text('http.request.method', 'GET'), text('url.path', '/a'), int('http.response.status_code', 200)]),
        serverSpan([text('http.request.method', 'GET'), text('url.path', '/b')], { kind: 3 }),
        serverSpan([text('http.request.method', 'GET'), text('url.path', '/c')], { spanId: new Uint8Array(3) }),
      ]),
    ),
  ).toString();

  test('one export request a line, as the Collector writes files', () => {
    for (const format of ['auto', 'otlp'] as const) {
      expect(createLineReader(format).read(line)).toMatchObject({
        ok: true,
        requests: [{ path: '/a', service: 'shop', status: 200 }],
        ignored: 1,
        rejected: [{ reason: 'span id missing or invalid', count: 1 }],
      });
    }
  });

  test('refusals', () => {
    expect(refusal('{"resourceLogs":[]}', 'otlp')).toBe('no resourceSpans in this line');
    expect(refusal('x', 'otlp')).toBe('not a JSON object');
    expect(refusal('{"resourceSpans":[{"scopeSpans":{}}]}')).toContain(
      'resourceSpans[0].scopeSpans: expected an array',
    );
  });
});

test('auto takes each line as what it is', () => {
  const reader = createLineReader('auto');
  expect(reader.read('1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "GET / HTTP/1.1" 200 5').ok).toBe(true);
  expect(reader.read('{"path":"/a","status":200,"time":1764000000}').ok).toBe(true);
  expect(reader.read('')).toMatchObject({ ok: true, requests: [] });
  expect(reader.read('\uFEFF{"path":"/a","status":200,"time":1764000000}\r')).toMatchObject({ ok: true });
});

test('ids come from the text and the number of the line', () => {
  const line = '1.2.3.4 - - [24/Nov/2026:06:00:00 +0000] "GET / HTTP/1.1" 200 5';
  const read = () => {
    const reader = createLineReader('combined');
    return [line, line, `${line}1`].map((each) => {
      const result = reader.read(each);
      return result.ok ? `${result.requests[0]?.traceId}${result.requests[0]?.spanId}` : '';
    });
  };
  expect(read()).toEqual(read());
  expect(new Set(read()).size).toBe(3);
  expect(read()[0]).toMatch(/^[0-9a-f]{48}$/);
});

test('a line that is too long is refused before it is looked at', () => {
  expect(createLineReader('auto', { maxLineLength: 10 }).read('x'.repeat(11))).toEqual({
    ok: false,
    reason: 'line is too long',
  });
});

test('no line throws', () => {
  const good = '1.2.3.4 - "bob" [24/Nov/2026:06:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "agent" 0.1 "1.2.3.4"';
  const reader = createLineReader('auto');
  fc.assert(
    fc.property(fc.nat(), fc.string({ unit: 'binary', maxLength: 12 }), fc.nat(20), (at, piece, drop) => {
      const position = at % good.length;
      reader.read(good.slice(0, position) + piece + good.slice(position + drop));
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.json(), (json) => void reader.read(json)),
    { numRuns: 500 },
  );
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.double(), fc.array(fc.anything()));
  const keys = fc.constantFrom(
    'status',
    'time',
    'path',
    'request',
    'remote_addr',
    'duration',
    'req',
    'level',
    'msg',
    'reqId',
  );
  fc.assert(
    fc.property(fc.dictionary(keys, scalar), (value) => void reader.read(JSON.stringify(value))),
    { numRuns: 2000 },
  );
});
