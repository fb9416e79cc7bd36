import { HOUR, SECOND } from '../core/time.js';
import { browserDevice, programDevice } from '../population/devices.js';
import { consumerAddress } from '../population/networks.js';
import type { Attack } from './attack.js';
import { disguisedDevice, type Machine, paced, proxyPool, scriptMachine, visitorAt } from './toolkit.js';

/**
 * The public catalogue is copied. Easy: one machine in order at full speed (sometimes under a crawler's name from the
 * wrong place). Medium: one machine at a browser's pace. Hard: hundreds of proxies with a dozen items each.
 */
export const scraping: Attack = {
  type: 'scraping',
  longestMs: { easy: 2 * HOUR, medium: 8 * HOUR, hard: 16 * HOUR },
  launch(service, strength, tactics) {
    const { rng, world } = service;
    const most = service.catalogueSize;
    const items = Math.min(
      most,
      strength === 'easy'
        ? rng.between(1000, 3000)
        : strength === 'medium'
          ? rng.between(600, 1500)
          : rng.between(1500, 4500),
    );
    const wanted =
      strength === 'easy'
        ? rng.logUniform(0.1, 1.5) * SECOND
        : strength === 'medium'
          ? rng.uniform(5, 14) * SECOND
          : rng.uniform(6, 12) * SECOND;
    const gapMs = tactics.knowsThresholds ? Math.max(wanted, 1.2 * SECOND) : wanted;
    const isFakeCrawler = strength === 'easy' && rng.chance(0.3);
    const machines: Machine[] =
      strength === 'easy'
        ? [
            isFakeCrawler
              ? {
                  address: consumerAddress(rng, 2),
                  device: programDevice(
                    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
                    'scraper',
                  ),
                }
              : scriptMachine(rng),
          ]
        : strength === 'medium'
          ? [
              {
                address: consumerAddress(rng, rng.int(4)),
                device: rng.chance(0.5) ? browserDevice(rng) : disguisedDevice(rng, 'scrape'),
              },
            ]
          : proxyPool(service, Math.ceil(items / rng.between(8, 16)), rng.pick(['tool', 'disguised', 'disguised']));
    const campaign = world.campaign(
      'scraping',
      strength,
      service.name,
      `${items} of ${most} items from ${machines.length} address(es)${isFakeCrawler ? ' as Googlebot' : ''}, one in ${(gapMs / 1000).toFixed(1)} s`,
    );
    const first = rng.int(Math.max(1, most - items));
    const order = Array.from({ length: items }, (_, i) => first + i);
    if (strength !== 'easy') rng.shuffle(order);
    const each = Math.ceil(items / machines.length);
    world.spawn(
      paced(rng, items, gapMs, strength === 'medium' ? 0.6 : 0.2, (i) => {
        const visitor = visitorAt(service, machines[Math.floor(i / each)]!, campaign);
        if (strength === 'easy' && i % 20 === 0) service.browseList(visitor, 1 + Math.floor((first + i) / 20));
        const read = service.browse(visitor, order[i]!);
        campaign.gain(world.nowMs, read.objects, read.bytes);
      }),
    );
    return campaign;
  },
};
