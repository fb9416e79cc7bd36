/** What a well-known probe is after. */
export interface ProbeKind {
  readonly name: string;
  readonly pattern: RegExp;
  /** An answer to it gives away secrets, code or data. */
  readonly isSecret: boolean;
}

/**
 * Paths that scanners ask for whatever the service is, by kind. The kinds are those of public lists: OWASP Core Rule Set
 * (`restricted-files.data`, `lfi-os-files.data`, rules 930100–930130), CrowdSec hub (`http-sensitive-files`,
 * `http-path-traversal-probing`, `http-admin-interface-probing`, `http-wordpress-scan`, `http-cve-probing`,
 * `http-backdoors-attempts`). Few and general on purpose: rarity finds the rest.
 */
export const PROBE_KINDS: readonly ProbeKind[] = [
  {
    name: 'environment files',
    pattern: /\/\.env(?:[._-][\w.-]*)?$|\/\.(?:aws|ssh|docker|kube|npmrc|htpasswd|netrc|pgpass)(?:\/|$)/,
    isSecret: true,
  },
  {
    name: 'version control',
    pattern: /\/\.(?:git|svn|hg|bzr)(?:\/|$|ignore$)|\/\.(?:ds_store|vscode|idea)(?:\/|$)/,
    isSecret: true,
  },
  {
    name: 'traversal',
    pattern:
      /(?:^|[/\\=])(?:\.|%2e|%252e){2}(?:[/\\]|%2f|%5c|%252f)|%c0%ae|\/etc\/(?:passwd|shadow)|win(?:dows\/|\.)ini|\/proc\/self/,
    isSecret: true,
  },
  {
    name: 'backups and keys',
    pattern:
      /(?:^|[/._-])(?:backup|dump|db|database|site|www|sql|wp-config|id_rsa|id_dsa|credentials|server)[\w.-]*\.(?:zip|tar|gz|tgz|bz2|7z|rar|sql|bak|old|swp|key|pem)$|\/id_(?:rsa|dsa|ed25519)$|\.(?:bak|swp|old)$/,
    isSecret: true,
  },
  {
    name: 'wordpress',
    pattern: /\/(?:wp-(?:login|admin|content|includes|json|config|cron)|xmlrpc\.php|wlwmanifest\.xml)/,
    isSecret: false,
  },
  {
    name: 'database consoles',
    pattern: /\/(?:phpmyadmin|pma|myadmin|adminer|mysqladmin|pgadmin|sqlite)(?:[/\w.-]*)$/,
    isSecret: false,
  },
  {
    name: 'actuators and debuggers',
    pattern:
      /\/actuator\/(?:env|heapdump|gateway|jolokia|threaddump|configprops|mappings|beans)|\/jolokia|\/_profiler(?:\/|$)|\/phpinfo(?:\.php)?$|\/server-(?:status|info)$|\/debug\/pprof|\/telescope\/|\/_ignition\/|\/elmah\.axd|\/trace\.axd/,
    isSecret: true,
  },
  {
    name: 'known vulnerabilities',
    pattern:
      /\/cgi-bin\/|eval-stdin\.php|\/boaform\/|\/hnap1|\/solr\/admin|\/manager\/html|\/owa\/auth|\/autodiscover\/|\/vendor\/phpunit|\/geoserver|\/struts|\/jenkins\/|\/hudson|\/_vti_|\/invoker\/|\/jmx-console|\/web-console|\/druid\/|\/nacos\/|\/remote\/(?:login|fgt_lang)|\/dana-na\/|\/goform\/|\/setup\.cgi|\/shell(?:\.php|\?)|\$\{jndi:|\/(?:c99|r57|webshell|alfa|wso)\.php/,
    isSecret: false,
  },
];

/**
 * Things that browsers, apps and search engines ask of every site: WHATWG and Apple icon names, robots.txt (RFC 9309),
 * well-known URIs (RFC 8615), source maps, web manifests. Missing them says nothing about who asks.
 */
const EVERYDAY =
  /^\/(?:favicon[\w.-]*|apple-touch-icon[\w.-]*|robots\.txt|humans\.txt|ads\.txt|app-ads\.txt|sitemap[\w.-]*|security\.txt|manifest\.json|site\.webmanifest|browserconfig\.xml|crossdomain\.xml|opensearch\.xml|\.well-known\/.*|service-?worker\.js|sw\.js|feed|rss(?:\.xml)?|atom\.xml)$|\.map$|\/favicon\.ico$/;

export function isEverydayMiss(path: string): boolean {
  return EVERYDAY.test(path.toLowerCase());
}

/** Which well-known probe a path or query is, as an index into {@link PROBE_KINDS}, or -1. */
export function probeKindOf(path: string, query: string): number {
  const text = path.toLowerCase();
  for (let i = 0; i < PROBE_KINDS.length; i++) if (PROBE_KINDS[i]!.pattern.test(text)) return i;
  return query !== '' && PROBE_KINDS[TRAVERSAL]!.pattern.test(query.toLowerCase()) ? TRAVERSAL : -1;
}

const TRAVERSAL = 2;
