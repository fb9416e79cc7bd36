import type { Service } from '../services/service.js';
import type { Visitor } from '../services/visitor.js';

/**
 * Paths that well-meant clients ask for and that often do not exist: icons, source maps, association files, old
 * bookmarks, links from mails with a bracket at the end. The commonest false scan.
 */
const BY_BROWSER = [
  '/favicon.ico',
  '/apple-touch-icon.png',
  '/apple-touch-icon-precomposed.png',
  '/apple-touch-icon-120x120.png',
  '/manifest.json',
  '/browserconfig.xml',
  '/site.webmanifest',
];
const BY_APP = [
  '/.well-known/apple-app-site-association',
  '/.well-known/assetlinks.json',
  '/api/v1/config',
  '/api/v1/me',
  '/api/flags',
];
const BY_TOOL = [
  '/assets/app-9f31c2.js.map',
  '/assets/vendor-77ab01.js.map',
  '/.well-known/change-password',
  '/.well-known/appspecific/com.chrome.devtools.json',
  '/.well-known/passkey-endpoints',
  '/ads.txt',
  '/sitemap.xml',
  '/robots.txt',
  '/humans.txt',
];
const OLD_PAGES = [
  'about',
  'sale',
  'summer',
  'contact',
  'news',
  'blog',
  'jobs',
  'help',
  'faq',
  'press',
  'terms',
  'imprint',
  'promo',
  'newsletter',
  'partners',
  'winter',
  'gift',
  'stores',
];

/** Now and then sends one to three requests for things that are not there. */
export function strayNotFound(service: Service, visitor: Visitor): void {
  const { rng } = service;
  const roll = rng.float();
  if (roll > 0.06) return;
  if (roll < 0.028) {
    service.probe(visitor, rng.pick(visitor.client.userAgent.startsWith('Mozilla') ? BY_BROWSER : BY_APP));
    if (rng.chance(0.35)) service.probe(visitor, rng.pick(BY_BROWSER));
  } else if (roll < 0.042) {
    service.probe(visitor, rng.pick(BY_TOOL));
  } else if (roll < 0.056) {
    service.probe(visitor, oldBookmark(service));
  } else {
    // A link mangled by a mail program or a chat: the path with what followed it in the sentence.
    service.probe(
      visitor,
      `/${rng.pick(OLD_PAGES)}${rng.pick([')', '.', ',', '%20', "'", '&quot;', '/undefined', '/null', '/[object%20Object]'])}`,
    );
  }
}

function oldBookmark(service: Service): string {
  const { rng } = service;
  const page = rng.pick(OLD_PAGES);
  return rng.pick([
    `/${page}.html`,
    `/${page}/${rng.between(2018, 2025)}`,
    `/en/${page}`,
    `/${page}.php`,
    `/${page}/${rng.int(4000)}`,
    `/index.php?page=${page}`,
  ]);
}
