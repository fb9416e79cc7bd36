import type { Evidence, Outcome } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { tallySize } from '../core/tally.js';
import { counted, duration, grouped, percent } from '../core/words.js';
import { PROBE_KINDS } from '../parts/path-kinds.js';
import { type Scan, total } from './scan-evidence.js';

export function describeScan(campaign: Campaign<Scan>): Statement {
  const { data } = campaign;
  const { note, nats } = data;
  const spanMs = campaign.lastMs - campaign.firstMs;
  const paths = data.rare + note.answered.length;
  const kinds = note.kinds.map((kind) => PROBE_KINDS[kind]!.name);
  const sources = tallySize(campaign.sources);
  const evidence: Evidence[] = [
    {
      name: 'paths_missed',
      text: `${counted(data.rare, 'different path')} asked for that are not there, among ${counted(data.requests, 'request')}; here ${percent(data.strayShare)} of requests usually are such`,
      observed: data.rare,
      expected: data.strayShare * data.requests,
      unit: 'paths',
      baseline: data.straySize > 0 ? { of: 'service', size: data.straySize } : { of: 'prior', size: 0 },
      logLikelihood: nats.rare,
    },
  ];
  if (note.probes.length > 0) {
    evidence.push({
      name: 'known_probes',
      text: `${counted(note.probes.length, 'well-known probe')} among them: ${kinds.join(', ')}`,
      observed: note.probes.length,
      expected: 0,
      unit: 'paths',
      baseline: null,
      logLikelihood: nats.probes,
    });
  }
  if (note.answered.length > 0) {
    evidence.push({
      name: 'probes_answered',
      text: `${counted(note.answered.length, 'well-known probe')} answered with success: ${note.answered.slice(0, 3).join(', ')}`,
      observed: note.answered.length,
      expected: 0,
      unit: 'paths',
      baseline: null,
      logLikelihood: null,
    });
  }
  const probes =
    note.probes.length > 0 ? `, ${grouped(note.probes.length)} of them well-known probes (${kinds.join(', ')})` : '';
  const from = sources > 1 ? ` from ${counted(sources, 'address', 'addresses')}` : '';
  const answered =
    note.answered.length > 0
      ? ` ${counted(note.answered.length, 'probe was', 'probes were')} answered: ${note.answered.slice(0, 3).join(', ')}.`
      : '';
  return {
    title: `Path scanning by ${data.offender}`,
    summary: `${data.offender} asked for ${counted(paths, 'path')} that are not part of the service in ${duration(spanMs)}${from}${probes}.${answered}`,
    evidence,
    logLikelihood: total(data),
    threshold: data.threshold,
    units: Math.max(1, paths),
    outcome: outcomeOf(campaign),
    discounts: [],
  };
}

/** A scanner with an account is inside already: more than the weather. */
function outcomeOf(campaign: Campaign<Scan>): Outcome {
  const { answered } = campaign.data.note;
  if (answered.some((path) => PROBE_KINDS.some((kind) => kind.isSecret && kind.pattern.test(path.toLowerCase())))) {
    return 'success';
  }
  return answered.length > 0 || tallySize(campaign.actors) > 0 ? 'partial' : 'none';
}
