import { once } from 'node:events';
import { createWriteStream, mkdirSync, type WriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { combinedLogLine } from './adapters/combined-log.js';
import { deliver } from './adapters/delivery.js';
import { otlpJsonLine } from './adapters/otlp-json.js';
import type { Exchange } from './core/exchange.js';
import { prepare, type RunOptions } from './run.js';

const BATCH = 64;

/** Writes `spans.otlp.jsonl` (OTLP/JSON, one request of up to 64 spans a line), `access.log` and `truth.json`. */
export async function writeDataSet(options: RunOptions, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const { world, service } = prepare(options);
  const spans = createWriteStream(join(directory, 'spans.otlp.jsonl'));
  const log = createWriteStream(join(directory, 'access.log'));
  let batch: Exchange[] = [];
  let lines = '';
  let benign = 0;
  let hostile = 0;
  for (const { item } of deliver(world.run(), options.delivery, options.seed)) {
    if (item.campaign === null) benign++;
    else hostile++;
    batch.push(item);
    lines += `${combinedLogLine(item)}\n`;
    if (batch.length >= BATCH) {
      await write(spans, `${otlpJsonLine(service, batch, options.form)}\n`);
      await write(log, lines);
      batch = [];
      lines = '';
    }
  }
  if (batch.length > 0) {
    await write(spans, `${otlpJsonLine(service, batch, options.form)}\n`);
    await write(log, lines);
  }
  spans.end();
  log.end();
  await Promise.all([once(spans, 'close'), once(log, 'close')]);
  const campaigns = world.campaigns.map((campaign) => ({
    id: campaign.id,
    type: campaign.type,
    strength: campaign.strength,
    mustBeFound: campaign.isTested,
    service: campaign.service,
    description: campaign.description,
    start: new Date(campaign.startMs || world.startMs).toISOString(),
    end: new Date(campaign.endMs || world.startMs).toISOString(),
    requests: campaign.timesMs.length,
    sources: Object.fromEntries(campaign.sources),
    actors: [...campaign.actors],
    accounts: [...campaign.accounts],
    compromised: [...campaign.compromised],
    alsoTrue: [...campaign.alsoTrue],
    gains: campaign.gains,
  }));
  writeFileSync(
    join(directory, 'truth.json'),
    JSON.stringify(
      {
        service: service.name,
        seed: options.seed,
        form: options.form,
        benign,
        hostile,
        lookalikes: world.lookalikes,
        campaigns,
      },
      null,
      1,
    ),
  );
  console.error(`${directory}: ${benign} benign and ${hostile} hostile requests, ${campaigns.length} campaigns`);
}

async function write(stream: WriteStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}
