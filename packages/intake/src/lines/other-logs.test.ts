import { describe, expect, test } from 'vitest';
import type { RawRequest } from '../raw-request.js';
import { createLineReader } from './line-reader.js';

/** What the lines of one file hold; what could not be read by its reason. */
function read(...lines: string[]): (RawRequest | string)[] {
  const reader = createLineReader('auto', { service: 'shop' });
  return lines.flatMap((line): readonly (RawRequest | string)[] => {
    const bytes = Buffer.from(line);
    const result = reader.readBytes(bytes, 0, bytes.length);
    return result.ok ? result.requests : [result.reason];
  });
}

describe('through syslog', () => {
  const LINE = '203.0.113.9 - - [24/Nov/2026:06:00:00 +0000] "GET /a?b HTTP/1.1" 200 5 "-" "curl/8"';

  test.each([
    ['Nov 24 06:00:00 web-1 nginx: '],
    ['<190>Nov  4 06:00:00 web-1 nginx[17]: '],
    ['<190>Nov 24 06:00:00 nginx: '],
    ['2026-11-24T06:00:00.123456+00:00 web-1 nginx[17]: '],
    ['<190>1 2026-11-24T06:00:00Z web-1 nginx 17 - - '],
    ['<190>1 2026-11-24T06:00:00Z web-1 nginx 17 id7 [origin ip="10.0.0.1"][meta x="y"] '],
  ])('%s', (head) => {
    expect(read(head + LINE)).toMatchObject([{ source: '203.0.113.9', path: '/a', query: 'b', status: 200 }]);
  });

  test('JSON inside, and what only begins alike', () => {
    expect(
      read('Nov 24 06:00:00 web-1 app[3]: {"time":"2026-11-24T06:00:00Z","method":"GET","path":"/a","status":204}'),
    ).toMatchObject([{ path: '/a', status: 204 }]);
    expect(read('Nov 24 06:00:00 web-1 kernel: out of memory')[0]).toMatch(/^not an access log line/);
    expect(read('<script>')[0]).toMatch(/^not an access log line/);
  });
});

describe('load balancers', () => {
  test('of AWS, with the examples of its manual', () => {
    expect(
      read(
        'https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/a?b=1 HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "arn:aws:y" 1 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-"',
        '2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 502 - 0 29 "GET http://www.example.com:80/ HTTP/1.1" "-" - -',
        'h2 2026-11-24T06:00:00.000000Z app/x/1 [2001:db8::1]:2817 - -1 -1 -1 403 - 0 9 "POST https://a.example:443/login HTTP/2.0" "Mozilla/5.0 (X)" - -',
      ),
    ).toMatchObject([
      {
        source: '192.168.131.39',
        host: 'www.example.com',
        path: '/a',
        query: 'b=1',
        status: 200,
        responseBytes: 57,
        userAgent: 'curl/7.46.0',
        durationMs: 171,
        startMs: Date.UTC(2018, 6, 2, 22, 23, 0, 186) - 171,
      },
      { path: '/', status: 502, userAgent: '' },
      { source: '2001:db8::1', method: 'POST', path: '/login', status: 403, durationMs: 0 },
    ]);
  });

  test('HAProxy, with captured headers', () => {
    const tail = '10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0';
    expect(
      read(
        `Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 ${tail} {www.example.com|Mozilla/5.0 (X11)|203.0.113.7} {} "GET /index.html?a=1 HTTP/1.1"`,
        `203.0.113.9:4711 [06/Feb/2009:12:14:14.655] http-in~ static/<NOSRV> -1/-1/-1/-1/+5001 408 +212 - - cR-- 2/2/2/0/+3 0/0 "GET /a`,
        `203.0.113.9:4711 [06/Feb/2009:12:14:14.655] http-in static/<NOSRV> -1/-1/-1/-1/0 400 187 - - PR-- 2/2/2/0/3 0/0 "<BADREQ>"`,
      ),
    ).toMatchObject([
      {
        source: '203.0.113.7',
        peer: '10.0.1.2',
        path: '/index.html',
        query: 'a=1',
        status: 200,
        responseBytes: 2750,
        userAgent: 'Mozilla/5.0 (X11)',
        durationMs: 109,
        startMs: Date.UTC(2009, 1, 6, 12, 14, 14, 655),
      },
      { source: '203.0.113.9', path: '/a', status: 408, durationMs: 5001, responseBytes: 212 },
      'request line is not HTTP',
    ]);
  });
});

describe('W3C extended format', () => {
  test('as IIS writes it, columns changing in the middle', () => {
    expect(
      read(
        '#Software: Microsoft Internet Information Services 10.0',
        '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken',
        '2026-11-24 06:00:01 10.0.0.4 GET /shop/item.aspx id=17 443 - 203.0.113.9 Mozilla/5.0+(Windows+NT+10.0) - 200 0 0 46',
        '2026-11-24 06:00:02 10.0.0.4 POST /login.aspx - 443 CORP\\bob 203.0.113.9 - - 401 0 0 3',
        'half a line',
        '#Fields: date time c-ip cs-method cs-uri-stem sc-status sc-bytes',
        '2026-11-24 06:00:03 203.0.113.9 GET / 304 120',
      ),
    ).toMatchObject([
      {
        startMs: Date.UTC(2026, 10, 24, 6, 0, 1),
        source: '203.0.113.9',
        path: '/shop/item.aspx',
        query: 'id=17',
        status: 200,
        responseBytes: -1,
        durationMs: 46,
        userAgent: 'Mozilla/5.0 (Windows NT 10.0)',
        user: '',
      },
      { method: 'POST', query: '', user: 'CORP\\bob', userAgent: '', status: 401 },
      expect.stringMatching(/^not an access log line/),
      { path: '/', status: 304, responseBytes: 120 },
    ]);
  });

  test('as CloudFront writes it', () => {
    expect(
      read(
        '#Version: 1.0',
        '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query time-taken x-host-header',
        '2026-11-24\t06:00:01\tFRA2\t392\t203.0.113.9\tGET\td1.cloudfront.net\t/a\t200\t-\tMozilla/5.0%20(X11)\t-\t0.021\twww.example.com',
      ),
    ).toMatchObject([
      {
        host: 'www.example.com',
        path: '/a',
        query: '',
        responseBytes: 392,
        userAgent: 'Mozilla/5.0 (X11)',
        durationMs: 21,
      },
    ]);
  });

  test('other lines of comment are no lines of a log', () => {
    expect(read('# nothing')[0]).toMatch(/^not an access log line/);
  });
});
