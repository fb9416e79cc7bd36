const WORDS = [
  'weekly',
  'sprint',
  'retro',
  'launch',
  'hiring',
  'budget',
  'roadmap',
  'sales',
  'content',
  'design',
  'bug',
  'risk',
  'team',
  'okr',
  'event',
  'travel',
];

export function slug(item: number): string {
  return `${WORDS[item % 16]}-${WORDS[(item >> 4) % 16]}-${WORDS[(item >> 8) % 16]}${item > 4095 ? item : ''}`;
}
