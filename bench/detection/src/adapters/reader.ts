import { createNormaliser } from '@vedette/intake';
import type { Reader } from '../run.js';
import type { Service } from '../services/service.js';
import { readPerfectly } from './perfect-reading.js';
import { RawRequestWriter } from './raw-request.js';

/** `intake`: the product's own normaliser reads the traffic. `perfect`: nothing is lost in reading. */
export type Reading = 'intake' | 'perfect';

/** A reader for one run: the normaliser learns routes and operations from what it sees, so it starts afresh. */
export function createReader(reading: Reading): Reader {
  if (reading === 'perfect') return (exchange, service, form) => readPerfectly(service, exchange, form);
  const normaliser = createNormaliser({ pseudonymKey: 'bench' });
  const writers = new Map<Service, RawRequestWriter>();
  return (exchange, service, form) => {
    let writer = writers.get(service);
    if (writer === undefined) {
      writer = new RawRequestWriter(service, form);
      writers.set(service, writer);
    }
    return normaliser.normalise(writer.write(exchange));
  };
}
