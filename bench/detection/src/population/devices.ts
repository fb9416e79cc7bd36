import { type Rng, simulatedPseudonym } from '../core/rng.js';

/** A browser, an app or a program on one machine. */
export interface Device {
  readonly kind: 'browser' | 'app' | 'program';
  userAgent: string;
  fingerprint: string;
  /** Installs the next version: the user agent and the fingerprint change, the machine does not. */
  update(): void;
}

interface BrowserKind {
  readonly weight: number;
  readonly engine: string;
  readonly version: number;
  readonly text: (version: number) => string;
}

/** User agents as browsers send them (reduced form), weighted roughly by their share of web traffic. */
const BROWSERS: readonly BrowserKind[] = [
  browser(
    34,
    'chrome-win',
    143,
    (v) =>
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${v}.0.0.0 Safari/537.36`,
  ),
  browser(
    20,
    'chrome-android',
    143,
    (v) =>
      `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${v}.0.0.0 Mobile Safari/537.36`,
  ),
  browser(
    16,
    'safari-ios',
    18,
    (v) =>
      `Mozilla/5.0 (iPhone; CPU iPhone OS ${v}_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${v}.2 Mobile/15E148 Safari/604.1`,
  ),
  browser(
    9,
    'chrome-mac',
    143,
    (v) =>
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${v}.0.0.0 Safari/537.36`,
  ),
  browser(
    7,
    'edge-win',
    143,
    (v) =>
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${v}.0.0.0 Safari/537.36 Edg/${v}.0.0.0`,
  ),
  browser(
    6,
    'safari-mac',
    18,
    (v) =>
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${v}.2 Safari/605.1.15`,
  ),
  browser(
    5,
    'firefox-win',
    146,
    (v) => `Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:${v}.0) Gecko/20100101 Firefox/${v}.0`,
  ),
  browser(2, 'firefox-linux', 146, (v) => `Mozilla/5.0 (X11; Linux x86_64; rv:${v}.0) Gecko/20100101 Firefox/${v}.0`),
  browser(
    1,
    'samsung',
    28,
    (v) =>
      `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/${v}.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
  ),
];
const TOTAL_WEIGHT = BROWSERS.reduce((sum, kind) => sum + kind.weight, 0);

export function browserDevice(rng: Rng): Device {
  let remaining = rng.uniform(0, TOTAL_WEIGHT);
  let kind = BROWSERS[0]!;
  for (const candidate of BROWSERS) {
    kind = candidate;
    remaining -= candidate.weight;
    if (remaining < 0) break;
  }
  const age = rng.chance(0.75) ? rng.int(2) : rng.int(14);
  // Language and extensions vary the header list, so one browser version has a dozen fingerprints.
  const variant = rng.int(12);
  return device('browser', kind.version - age, kind.text, `${kind.engine}/${variant}`);
}

/** The service's own mobile app. */
export function appDevice(rng: Rng, app: string): Device {
  const ios = rng.chance(0.45);
  const minor = rng.int(3);
  const system = ios
    ? `iPhone; iOS ${rng.pick(['17.6', '18.1', '18.2'])}`
    : `Android ${rng.pick(['12', '13', '14', '15'])}`;
  return device(
    'app',
    40 + rng.int(3),
    (v) => `${app}/5.${v}.${minor} (${system})`,
    `${app}/${ios ? 'ios' : 'android'}`,
  );
}

/** A program: an SDK, a script, a crawler. */
export function programDevice(userAgent: string, fingerprintSeed = userAgent): Device {
  return device('program', 0, () => userAgent, fingerprintSeed);
}

const LIBRARIES = [
  'python-requests/2.32.3',
  'axios/1.7.9',
  'Go-http-client/2.0',
  'okhttp/4.12.0',
  'Java/17.0.11',
  'node-fetch/1.0 (+https://github.com/bitinn/node-fetch)',
  'GuzzleHttp/7',
  'Ruby',
  'curl/8.5.0',
  'PostmanRuntime/7.43.0',
  'aiohttp/3.10.5',
  'Apache-HttpClient/4.5.14 (Java/11.0.22)',
];

export function libraryDevice(rng: Rng): Device {
  const library = rng.pick(LIBRARIES);
  return programDevice(library, `${library}/${rng.int(3)}`);
}

function device(kind: Device['kind'], version: number, text: (version: number) => string, seed: string): Device {
  let current = version;
  return {
    kind,
    userAgent: text(current),
    fingerprint: simulatedPseudonym(`${seed}/${current}`),
    update() {
      current++;
      this.userAgent = text(current);
      this.fingerprint = simulatedPseudonym(`${seed}/${current}`);
    },
  };
}

function browser(weight: number, engine: string, version: number, text: (version: number) => string): BrowserKind {
  return { weight, engine, version, text };
}
