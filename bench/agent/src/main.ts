import { parseArgs } from 'node:util';
import { Child } from './child.js';
import { type Bench, LOAD_CORE, type Measurement, measure } from './measure.js';
import { SERVICES, type Service } from './services.js';
import { type Variant, variants } from './variants.js';

const USAGE = `Agent bench: what the agent costs a service, beside a bare one and beside other agents.

  node bench/agent/dist/main.js [options]
    --rounds N       rounds, in each of which every variant has its turn (default 5)
    --seconds N      length of each phase (default 3)
    --connections N  connections that ask at once (default 32)
    --service S      raw, fastify or express (default all)
    --variant V      variants, comma-separated (default all): bare, vedette, "vedette, gzip", …
    --rate N         requests a second of the fixed-rate phase (default half of what the bare service answers)

The service is pinned to one core, load and receiver to another. Figures are medians over the rounds, ratios medians of the
rounds' own ratios to bare. The last line is JSON. CPU time per request is steady also where others use the machine;
throughput, latency and start-up need it idle.`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '32' },
    service: { type: 'string' },
    variant: { type: 'string' },
    rate: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(USAGE);
else await main();

/** Figures of one variant, medians over the rounds. */
interface Row {
  readonly variant: string;
  readonly requestsPerSecond: number;
  /** Share of the bare service's throughput. */
  readonly throughput: number;
  readonly cpuUs: number;
  /** CPU time of the bare service for each request, as a share of this one's. */
  readonly efficiency: number;
  readonly addedCpuUs: number;
  readonly addedP99Ms: number;
  readonly addedRssMb: number;
  readonly addedStartMs: number;
  /** Spans that arrived for each request; `null` for what sends none. */
  readonly delivered: number | null;
  readonly spanBytes: number;
}

async function main(): Promise<void> {
  const receiver = new Child({ module: './receiver.js', core: LOAD_CORE });
  const load = new Child({ module: './load.js', core: LOAD_CORE });
  try {
    const { port } = await receiver.next<{ port: number }>();
    const bench: Bench = {
      load,
      receiver,
      seconds: Number(values.seconds),
      connections: Number(values.connections),
    };
    const wanted = values.variant?.split(/,(?! )/);
    const chosen = variants(`http://127.0.0.1:${port}`).filter(
      ({ name }) => name === 'bare' || (wanted?.includes(name) ?? true),
    );
    const results: Record<string, readonly Row[]> = {};
    for (const service of SERVICES.filter(
      ({ module }) => values.service === undefined || module.includes(values.service),
    )) {
      const rows = await compare(service, chosen, bench);
      print(service, rows);
      results[service.name] = rows;
    }
    console.log(JSON.stringify({ node: process.version, results }));
  } finally {
    receiver.kill();
    load.kill();
  }
}

async function compare(service: Service, chosen: readonly Variant[], bench: Bench): Promise<readonly Row[]> {
  const rounds: ReadonlyMap<string, Measurement>[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const measured = new Map<string, Measurement>();
    let rate = Number(values.rate ?? 0);
    for (const variant of chosen) {
      const measurement = await measure(service, variant, bench, rate || 1_000);
      measured.set(variant.name, measurement);
      // The rate is known only after the bare service has had its turn; it comes first and is asked once more.
      if (variant.name === 'bare' && rate === 0) {
        rate = Math.round(measurement.requestsPerSecond / 2);
        measured.set(variant.name, await measure(service, variant, bench, rate));
      }
    }
    rounds.push(measured);
  }
  return chosen.map((variant) => rowOf(variant, rounds));
}

function rowOf(variant: Variant, rounds: readonly ReadonlyMap<string, Measurement>[]): Row {
  const over = (figure: (measured: Measurement, bare: Measurement) => number): number =>
    median(
      rounds.flatMap((round) => {
        const measured = round.get(variant.name);
        const bare = round.get('bare');
        return measured && bare ? [figure(measured, bare)] : [];
      }),
    );
  return {
    variant: variant.name,
    requestsPerSecond: over((one) => one.requestsPerSecond),
    throughput: over((one, bare) => one.requestsPerSecond / bare.requestsPerSecond),
    cpuUs: over((one) => one.cpuUs),
    efficiency: over((one, bare) => bare.cpuUs / one.cpuUs),
    addedCpuUs: over((one, bare) => one.cpuUs - bare.cpuUs),
    addedP99Ms: over((one, bare) => one.p99Ms - bare.p99Ms),
    addedRssMb: over((one, bare) => (one.rssBytes - bare.rssBytes) / 1e6),
    addedStartMs: over((one, bare) => one.startMs - bare.startMs),
    delivered: variant.sends ? over((one) => one.delivered) : null,
    spanBytes: over((one) => one.spanBytes),
  };
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function print(service: Service, rows: readonly Row[]): void {
  console.log(`\n${service.name} (at least ${service.target} of bare)\n`);
  console.log(
    '| | requests/s | of bare | CPU µs | of bare | added CPU µs | added p99 ms | added MB | added start ms | delivered | bytes/span |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const row of rows) {
    const cells = [
      row.variant,
      row.requestsPerSecond.toFixed(0),
      row.throughput.toFixed(2),
      row.cpuUs.toFixed(1),
      row.efficiency.toFixed(2),
      row.addedCpuUs.toFixed(1),
      row.addedP99Ms.toFixed(2),
      row.addedRssMb.toFixed(0),
      row.addedStartMs.toFixed(0),
      row.delivered === null ? '' : `${(100 * row.delivered).toFixed(2)} %`,
      row.delivered === null ? '' : row.spanBytes.toFixed(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
