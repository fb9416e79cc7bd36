import type { Discount, Evidence, Outcome } from '@vedette/protocol';
import type { Campaign, Statement } from '../core/campaigns.js';
import { tallySize } from '../core/tally.js';
import { counted, duration, grouped } from '../core/words.js';
import { type Probe, total } from './probe-evidence.js';

export function describeProbe(campaign: Campaign<Probe>): Statement {
  const { data } = campaign;
  const { note, nats: parts } = data;
  const spanMs = campaign.lastMs - campaign.firstMs;
  const doors = note.doors.length;
  const baseline = { of: 'peers' as const, size: data.members };
  const evidence: Evidence[] = [
    {
      name: 'doors_refused',
      text: `${counted(doors, 'different door')} (method and route) refused, none of them used by ${data.who} before or by two in a hundred of ${grouped(data.members)} peers`,
      observed: doors,
      expected: 0.02,
      unit: 'doors',
      baseline,
      logLikelihood: parts.doors,
    },
  ];
  if (parts.admin > 0) {
    const admin = note.admin.filter((one) => one).length;
    evidence.push({
      name: 'administration',
      text: `${grouped(admin)} of them ${admin === 1 ? 'reads' : 'read'} like administration`,
      observed: admin,
      expected: null,
      unit: 'doors',
      baseline: null,
      logLikelihood: parts.admin,
    });
  }
  if (note.opened.length > 0) {
    evidence.push({
      name: 'doors_opened',
      text: `${counted(note.opened.length, 'such door')} opened: ${note.opened.slice(0, 3).join(', ')}`,
      observed: note.opened.length,
      expected: 0,
      unit: 'doors',
      baseline,
      logLikelihood: null,
    });
  }
  const outcome: Outcome = note.opened.length > 0 ? 'success' : 'none';
  const opened =
    note.opened.length > 0
      ? ` ${counted(note.opened.length, 'door')} opened: ${note.opened.slice(0, 3).join(', ')}.`
      : ' None opened.';
  const discounts: Discount[] = data.known
    ? []
    : [{ reason: 'cold_start', text: 'Still learning who uses what here', points: 10 }];
  return {
    title: `Privilege probing by ${data.who}`,
    summary: `${data.who} was refused at ${counted(doors, 'door')} in ${duration(spanMs)} that neither it nor its peers use (${note.names.slice(0, 3).join(', ')}${tallySize(campaign.targets) > 3 ? ', …' : ''}).${opened}`,
    evidence,
    logLikelihood: total(data),
    threshold: data.threshold,
    units: Math.max(1, doors + note.opened.length),
    outcome,
    discounts,
  };
}
