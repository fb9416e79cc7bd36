import type { Rng } from '../core/rng.js';
import { HOUR, MINUTE, SECOND } from '../core/time.js';
import { consumerAddress } from '../population/networks.js';
import type { Attack } from './attack.js';
import { disguisedDevice, type Machine, paced, proxyPool, scriptMachine, visitorAt } from './toolkit.js';

/** What public scanners ask for first (nuclei and CRS lists have thousands more). */
export const SIGNATURES = [
  '/.env',
  '/.env.production',
  '/.git/config',
  '/.git/HEAD',
  '/wp-login.php',
  '/wp-admin/',
  '/xmlrpc.php',
  '/phpmyadmin/index.php',
  '/.aws/credentials',
  '/server-status',
  '/actuator/env',
  '/actuator/heapdump',
  '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
  '/cgi-bin/.%2e/.%2e/.%2e/etc/passwd',
  '/_profiler/phpinfo',
  '/debug/pprof/',
  '/solr/admin/info/system',
  '/owa/auth/logon.aspx',
  '/HNAP1',
  '/boaform/admin/formLogin',
  '/console/',
  '/manager/html',
  '/jenkins/login',
  '/api/swagger.json',
  '/v2/api-docs',
  '/backup.zip',
  '/db.sql',
  '/dump.sql',
  '/id_rsa',
  '/.ssh/id_rsa',
  '/.DS_Store',
  '/.vscode/sftp.json',
  '/config.json',
  '/wp-config.php.bak',
  '/telescope/requests',
  '/.svn/entries',
];
const STEMS = [
  'admin',
  'backup',
  'test',
  'old',
  'dev',
  'staging',
  'private',
  'internal',
  'upload',
  'data',
  'tmp',
  'logs',
  'api',
  'v1',
  'v2',
  'v3',
  'graphql',
  'users',
  'config',
  'debug',
  'portal',
  'secure',
  'shell',
  'db',
  'sql',
  'export',
  'download',
  'hidden',
  'beta',
  'demo',
];
const ENDINGS = [
  '',
  '/',
  '.php',
  '.bak',
  '.zip',
  '.tar.gz',
  '.json',
  '.sql',
  '.old',
  '.txt',
  '.asp',
  '.jsp',
  '/login',
  '/index',
  '/list',
  '/status',
];

/**
 * Paths that do not exist are probed. Easy: a scanner's list at full speed. Medium: a shorter list at a person's pace
 * under a browser's name. Hard: one path in minutes, or a list spread over dozens of addresses; few published signatures.
 */
export const pathScanning: Attack = {
  type: 'path_scanning',
  longestMs: { easy: HOUR, medium: 2 * HOUR, hard: 12 * HOUR },
  launch(service, strength, tactics) {
    const { rng, world } = service;
    const isSlow = strength === 'hard' && rng.chance(0.6);
    const count =
      strength === 'easy'
        ? rng.between(150, 900)
        : strength === 'medium'
          ? rng.between(40, 130)
          : isSlow
            ? rng.between(24, 60)
            : rng.between(80, 160);
    const wanted =
      strength === 'easy'
        ? rng.logUniform(0.05, 1.5) * SECOND
        : strength === 'medium'
          ? rng.uniform(8, 30) * SECOND
          : isSlow
            ? rng.uniform(4, 9) * MINUTE
            : rng.uniform(30, 90) * SECOND;
    const gapMs = tactics.knowsThresholds ? Math.max(wanted, 11 * SECOND) : wanted;
    const machines: Machine[] =
      strength === 'easy'
        ? [scriptMachine(rng)]
        : strength === 'medium' || isSlow
          ? [{ address: consumerAddress(rng, rng.int(4)), device: disguisedDevice(rng, 'scan') }]
          : proxyPool(service, rng.between(12, 30), 'disguised');
    const signatureShare = strength === 'hard' ? rng.uniform(0, 0.15) : rng.uniform(0.2, 0.7);
    const campaign = world.campaign(
      'path_scanning',
      strength,
      service.name,
      `${count} paths (${(100 * signatureShare).toFixed(0)}% from public lists) from ${machines.length} address(es), one in ${(gapMs / 1000).toFixed(1)} s`,
    );
    world.spawn(
      paced(rng, count, gapMs, 0.3, (i) => {
        service.probe(
          visitorAt(service, machines[i % machines.length]!, campaign),
          rng.chance(signatureShare) ? rng.pick(SIGNATURES) : guess(rng),
          rng.chance(0.08) ? 'POST' : 'GET',
        );
      }),
    );
    return campaign;
  },
};

function guess(rng: Rng): string {
  const stem = rng.pick(STEMS);
  return rng.chance(0.5)
    ? `/${stem}${rng.pick(ENDINGS)}`
    : `/${stem}/${rng.pick(STEMS)}${rng.int(30) || ''}${rng.pick(ENDINGS)}`;
}
