import { expect, test } from 'vitest';
import { lineChart } from './svg.js';

test('a chart is well-formed, leaves gaps and escapes names', () => {
  const svg = lineChart({
    title: 'a < b',
    xLabel: 'share',
    yLabel: 'requests',
    yScale: 'log',
    series: [
      {
        name: '"easy" & more',
        points: [
          { x: 0, y: 1 },
          { x: 0.5, y: null },
          { x: 1, y: 100 },
        ],
      },
    ],
  });
  expect(svg.startsWith('<svg ')).toBe(true);
  expect(svg).toContain('a &lt; b');
  expect(svg).toContain('&quot;easy&quot; &amp; more');
  expect(svg.match(/d="([^"]+)"/)![1]).toMatch(/^M[\d. ]+M[\d. ]+$/);
});
