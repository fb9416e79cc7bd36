/** Look-alikes (lookalikes/catalogue.ts) of every service where people log in. */
export const OF_PEOPLE: readonly string[] = [
  ...Array.from({ length: 18 }, (_, i) => `L${i + 1}`),
  'L20',
  'signup-wave',
  'retry-storm',
  'traveller',
  'new-phone',
];
