const START_MS = Date.UTC(2026, 10, 24, 6);
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

interface Request {
  readonly atMs: number;
  readonly source: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
  readonly agent: string;
}

/** Half an hour of a shop: customers who read their own orders, and one address that walks everybody's. */
function requests(): Request[] {
  const list: Request[] = [];
  for (let i = 0; i < 6000; i++) {
    const customer = i % 300;
    const own = `/orders/${customer * 20 + (i % 7)}`;
    const source = `198.51.100.${customer % 250}`;
    const common = { atMs: START_MS + i * 300, source, method: 'GET', status: 200, agent: `Firefox/${customer % 20}` };
    list.push({ ...common, path: i % 3 === 0 ? '/products' : own, bytes: 900 + (i % 100) });
    if (i > 3000 && i < 4500 && i % 2 === 0) {
      const status = i % 8 === 0 ? 404 : 200;
      list.push({
        ...common,
        source: '203.0.113.66',
        path: `/orders/${i - 3000}`,
        status,
        bytes: 700,
        agent: 'curl/8',
      });
    }
  }
  return list;
}

/** As nginx logs it. */
export function combinedLog(): string {
  return requests()
    .map(({ atMs, source, method, path, status, bytes, agent }) => {
      return `${source} - - [${clf(atMs)}] "${method} ${path} HTTP/1.1" ${status} ${bytes} "-" "${agent}"\n`;
    })
    .join('');
}

/** As the OpenTelemetry Collector's file exporter writes it: one export request a line. */
export function otlpLines(): string {
  const spans = requests().map(({ atMs, source, method, path, status, bytes, agent }, i) => ({
    traceId: (i + 1).toString(16).padStart(32, '0'),
    spanId: (i + 1).toString(16).padStart(16, '0'),
    name: method,
    kind: 2,
    startTimeUnixNano: `${atMs}000000`,
    endTimeUnixNano: `${atMs + 12}000000`,
    attributes: [
      text('http.request.method', method),
      text('url.path', path),
      text('client.address', source),
      text('user_agent.original', agent),
      number('http.response.status_code', status),
      number('http.response.body.size', bytes),
    ],
  }));
  let lines = '';
  for (let i = 0; i < spans.length; i += 100) {
    const resource = { attributes: [text('service.name', 'shop')] };
    lines += `${JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: spans.slice(i, i + 100) }] }] })}\n`;
  }
  return lines;
}

export const REQUESTS = requests().length;

function text(key: string, stringValue: string) {
  return { key, value: { stringValue } };
}

function number(key: string, value: number) {
  return { key, value: { intValue: String(value) } };
}

function clf(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
