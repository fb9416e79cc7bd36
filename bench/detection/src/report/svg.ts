/** One line of a chart; `null` leaves a gap. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
}

/** Distinguishable for most colour-blind readers (Okabe and Ito 2008); lighter ones where the page is dark. */
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7'];
const DARK_COLOURS = ['#56B4E9', '#E69F00', '#2FD0A0', '#E7A6C9'];
const DASHES = ['', '6 3', '2 3', '8 3 2 3'];
const strokes = (colours: readonly string[]): string => colours.map((colour, i) => `.s${i}{stroke:${colour}}`).join('');
const STYLE = `<style>text{font:12px system-ui,sans-serif;fill:#444}.title{font-weight:600}.grid{stroke:#8884}${strokes(COLOURS)}@media(prefers-color-scheme:dark){text{fill:#ccc}${strokes(DARK_COLOURS)}}</style>`;

/** Small charts beside each other, y from 0 to 1, x by name. */
export function gridOfLines(
  charts: readonly { readonly title: string; readonly series: readonly Series[] }[],
  labels: { readonly xLabels: readonly string[]; readonly yLabel: string },
): string {
  const columns = 5;
  const width = 208;
  const height = 150;
  const rows = Math.ceil(charts.length / columns);
  const names = charts[0]?.series.map((series) => series.name) ?? [];
  const body = charts.map((chart, i) => {
    const left = (i % columns) * width + 34;
    const top = Math.floor(i / columns) * height + 26;
    const x = (value: number): number => left + 8 + (value * (width - 60)) / Math.max(1, labels.xLabels.length - 1);
    const y = (value: number): number => top + (height - 60) * (1 - value);
    const grid = [0, 0.5, 1].map(
      (value) =>
        `<line class="grid" x1="${left}" x2="${left + width - 44}" y1="${y(value)}" y2="${y(value)}"/><text x="${left - 4}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
    );
    const ticks = labels.xLabels.map(
      (label, at) => `<text x="${x(at)}" y="${top + height - 44}" text-anchor="middle">${escapeXml(label)}</text>`,
    );
    return `<text class="title" x="${left}" y="${top - 8}">${escapeXml(chart.title)}</text>${grid.join('')}${ticks.join('')}${chart.series.map((series, at) => path(series, at, x, y)).join('')}`;
  });
  return document(
    columns * width,
    rows * height + 30,
    `${body.join('')}${legend(names, 34, rows * height + 14)}`,
    `${labels.yLabel} by type`,
  );
}

export interface LineChart {
  readonly title: string;
  /** Names of the places on the x axis, evenly spread from 0 to 1; numbers from 0 to 1 unless given. */
  readonly xNames?: readonly string[];
  readonly series: readonly Series[];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly yScale: 'linear' | 'log';
}

/** One chart with x from 0 to 1. */
export function lineChart(chart: LineChart): string {
  const width = 640;
  const height = 380;
  const values = chart.series.flatMap((series) =>
    series.points.flatMap((point) => (point.y === null ? [] : [point.y])),
  );
  const scale = chart.yScale === 'log' ? Math.log10 : (value: number): number => value;
  const least = chart.yScale === 'log' ? Math.min(0, Math.floor(scale(Math.max(1e-3, Math.min(1, ...values))))) : 0;
  const most = Math.max(1, Math.ceil(scale(Math.max(1, ...values))));
  const x = (value: number): number => 64 + value * (width - 90);
  const y = (value: number): number => 40 + (height - 110) * (1 - (scale(value) - least) / (most - least));
  const marks = Array.from({ length: most - least + 1 }, (_, i) =>
    chart.yScale === 'log' ? 10 ** (least + i) : least + i,
  );
  const grid = marks.map(
    (mark) =>
      `<line class="grid" x1="64" x2="${width - 26}" y1="${y(mark)}" y2="${y(mark)}"/><text x="58" y="${y(mark) + 4}" text-anchor="end">${mark.toLocaleString('en')}</text>`,
  );
  const names = chart.xNames ?? ['0', '0.25', '0.5', '0.75', '1'];
  const ticks = names.map(
    (name, i) =>
      `<text x="${x(i / (names.length - 1))}" y="${height - 52}" text-anchor="middle">${escapeXml(name)}</text>`,
  );
  const titles = `<text class="title" x="64" y="22">${escapeXml(chart.title)}</text><text x="${width / 2}" y="${height - 32}" text-anchor="middle">${escapeXml(chart.xLabel)}</text><text transform="translate(14 ${height / 2}) rotate(-90)" text-anchor="middle">${escapeXml(chart.yLabel)}</text>`;
  return document(
    width,
    height,
    `${titles}${grid.join('')}${ticks.join('')}${chart.series.map((series, at) => path(series, at, x, y)).join('')}${legend(
      chart.series.map((series) => series.name),
      64,
      height - 10,
    )}`,
    chart.title,
  );
}

function path(series: Series, index: number, x: (value: number) => number, y: (value: number) => number): string {
  let isDrawing = false;
  let commands = '';
  for (const point of series.points) {
    if (point.y === null) {
      isDrawing = false;
      continue;
    }
    commands += `${isDrawing ? 'L' : 'M'}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`;
    isDrawing = true;
  }
  return `<path class="s${index % COLOURS.length}" d="${commands}" fill="none" stroke-width="2" stroke-dasharray="${DASHES[index % DASHES.length]!}"/>`;
}

function legend(names: readonly string[], left: number, top: number): string {
  let at = left;
  return names
    .map((name, i) => {
      const here = at;
      at += 46 + name.length * 7;
      return `<line class="s${i % COLOURS.length}" x1="${here}" x2="${here + 24}" y1="${top - 4}" y2="${top - 4}" stroke-width="2" stroke-dasharray="${DASHES[i % DASHES.length]!}"/><text x="${here + 30}" y="${top}">${escapeXml(name)}</text>`;
    })
    .join('');
}

function document(width: number, height: number, body: string, title: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">${STYLE}${body}</svg>\n`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
