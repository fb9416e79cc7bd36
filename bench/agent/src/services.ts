/** A service of the bench and what it is asked. */
export interface Service {
  readonly name: string;
  /** Module of the service. */
  readonly module: string;
  /** Requests that are sent in turn, as they go over the wire. */
  readonly requests: readonly string[];
  /** Least share of the bare service's throughput that the agent must leave. */
  readonly target: number;
}

/** Headers as a browser sends them, with the session that detection wants to see. */
const HEADERS = [
  'Host: api.example.com',
  'Connection: keep-alive',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  'Accept: application/json',
  'Accept-Language: en-US,en;q=0.9',
  'Accept-Encoding: gzip, deflate, br',
  'Cookie: theme=dark; connect.sid=s%3AJp0gU9VlXkJrW0ExjOaYn3R2m1Gc.Zx8kq',
].join('\r\n');

const get = (path: string): string => `GET ${path} HTTP/1.1\r\n${HEADERS}\r\n\r\n`;

function post(path: string, value: object): string {
  const body = JSON.stringify(value);
  return `POST ${path} HTTP/1.1\r\n${HEADERS}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const orders = Array.from({ length: 8 }, (_, index) => get(`/orders/${1_000 + index}`));
const logins = ['correct', 'wrong'].map((password) => post('/login', { email: 'bob@example.com', password }));

/** The two ends, least and most work of their own, and a service as they are. */
export const SERVICES: readonly Service[] = [
  { name: 'node:http', module: '../apps/raw.cjs', requests: [get('/')], target: 0.8 },
  { name: 'Fastify', module: '../apps/fastify.cjs', requests: [get('/')], target: 0.8 },
  { name: 'Express, 2 ms', module: '../apps/express.cjs', requests: [...orders, ...logins], target: 0.95 },
];
