import { type Collector, type CollectorOptions, createCollector } from '@vedette/collector';
import type { AlertList, Stats } from '@vedette/protocol';
import { later, temporaryDirectory } from './scope.js';

export const INGEST_TOKEN = 'an-ingest-token-of-the-tests';
export const API_TOKEN = 'an-api-token-of-the-tests';

/** A collector in this process, on a free port and a directory of its own, closed with the test. */
export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const collector = await createCollector({
    port: 0,
    dataDir: options.dataDir ?? (await temporaryDirectory()),
    ingestToken: INGEST_TOKEN,
    apiToken: API_TOKEN,
    ...options,
  });
  later(() => collector.close());
  return collector;
}

/** `GET` of the REST API as the admin of the tests. */
export async function get<T>(collector: { url: string }, path: string): Promise<T> {
  const response = await fetch(collector.url + path, { headers: { authorization: `Bearer ${API_TOKEN}` } });
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

export const getStats = (collector: { url: string }) => get<Stats>(collector, '/api/stats');
export const getAlerts = (collector: { url: string }) => get<AlertList>(collector, '/api/alerts');

/** Value of one sample of `/metrics`; 0 when it is not there. */
export async function metric(collector: { url: string }, name: string): Promise<number> {
  const text = await (await fetch(`${collector.url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `) || one.startsWith(`${name}{`));
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1));
}
