/** A published description of a kind of attack. Only ever a link to follow: nothing is fetched. */
export interface Reference {
  readonly id: string;
  readonly name: string;
  readonly catalogue: 'MITRE ATT&CK' | 'OWASP API Security Top 10' | 'OWASP Automated Threats';
  readonly href: string;
}

const ATTACK_NAMES: Readonly<Record<string, string>> = {
  T1020: 'Automated Exfiltration',
  T1069: 'Permission Groups Discovery',
  T1078: 'Valid Accounts',
  T1087: 'Account Discovery',
  'T1110.001': 'Password Guessing',
  'T1110.003': 'Password Spraying',
  'T1110.004': 'Credential Stuffing',
  T1119: 'Automated Collection',
  T1190: 'Exploit Public-Facing Application',
  T1213: 'Data from Information Repositories',
  T1499: 'Endpoint Denial of Service',
  T1528: 'Steal Application Access Token',
  T1530: 'Data from Cloud Storage',
  T1539: 'Steal Web Session Cookie',
  'T1550.001': 'Application Access Token',
  'T1550.004': 'Web Session Cookie',
  T1567: 'Exfiltration Over Web Service',
  'T1589.002': 'Email Addresses',
  'T1595.002': 'Vulnerability Scanning',
  'T1595.003': 'Wordlist Scanning',
  T1621: 'Multi-Factor Authentication Request Generation',
};

/** Name and last part of the address, OWASP API Security Top 10, 2023. */
const API_RISKS: Readonly<Record<string, readonly [name: string, page: string]>> = {
  API1: ['Broken Object Level Authorization', '0xa1-broken-object-level-authorization'],
  API2: ['Broken Authentication', '0xa2-broken-authentication'],
  API3: ['Broken Object Property Level Authorization', '0xa3-broken-object-property-level-authorization'],
  API4: ['Unrestricted Resource Consumption', '0xa4-unrestricted-resource-consumption'],
  API5: ['Broken Function Level Authorization', '0xa5-broken-function-level-authorization'],
  API6: ['Unrestricted Access to Sensitive Business Flows', '0xa6-unrestricted-access-to-sensitive-business-flows'],
  API7: ['Server Side Request Forgery', '0xa7-server-side-request-forgery'],
  API8: ['Security Misconfiguration', '0xa8-security-misconfiguration'],
  API9: ['Improper Inventory Management', '0xa9-improper-inventory-management'],
  API10: ['Unsafe Consumption of APIs', '0xaa-unsafe-consumption-of-apis'],
};

const THREAT_NAMES: Readonly<Record<string, string>> = {
  'OAT-001': 'Carding',
  'OAT-002': 'Token Cracking',
  'OAT-003': 'Ad Fraud',
  'OAT-007': 'Credential Cracking',
  'OAT-008': 'Credential Stuffing',
  'OAT-010': 'Card Cracking',
  'OAT-011': 'Scraping',
  'OAT-012': 'Cashing Out',
  'OAT-014': 'Vulnerability Scanning',
  'OAT-015': 'Denial of Service',
  'OAT-018': 'Footprinting',
  'OAT-020': 'Account Aggregation',
};

/** References of an alert, in the order given; ids that no catalogue has are left out. */
export function referencesOf(alert: {
  readonly attack: readonly string[];
  readonly owaspApi: readonly string[];
  readonly owaspAutomatedThreats: readonly string[];
}): Reference[] {
  return [
    ...alert.attack.map(attackReference),
    ...alert.owaspApi.map(apiReference),
    ...alert.owaspAutomatedThreats.map(threatReference),
  ].filter((reference) => reference !== null);
}

function attackReference(id: string): Reference | null {
  const parts = /^(T\d{4})(?:\.(\d{3}))?$/.exec(id);
  if (parts === null) return null;
  const path = parts[2] === undefined ? parts[1] : `${parts[1]}/${parts[2]}`;
  return {
    id,
    name: ATTACK_NAMES[id] ?? 'Technique',
    catalogue: 'MITRE ATT&CK',
    href: `https://attack.mitre.org/techniques/${path}/`,
  };
}

function apiReference(id: string): Reference | null {
  const risk = Object.hasOwn(API_RISKS, id) ? API_RISKS[id] : undefined;
  if (risk === undefined) return null;
  return {
    id: `${id}:2023`,
    name: risk[0],
    catalogue: 'OWASP API Security Top 10',
    href: `https://owasp.org/API-Security/editions/2023/en/${risk[1]}/`,
  };
}

function threatReference(id: string): Reference | null {
  const name = Object.hasOwn(THREAT_NAMES, id) ? THREAT_NAMES[id] : undefined;
  if (name === undefined) return null;
  const page = `${id}_${name.replaceAll(' ', '_')}`;
  return {
    id,
    name,
    catalogue: 'OWASP Automated Threats',
    href: `https://owasp.org/www-project-automated-threats-to-web-applications/assets/oats/EN/${page}`,
  };
}
