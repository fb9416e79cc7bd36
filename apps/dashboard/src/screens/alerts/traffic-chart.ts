import 'uplot/dist/uPlot.min.css';
import type { Severity } from '@vedette/protocol';
import uPlot from 'uplot';
import { formatClock } from '../../lib/format/time.js';
import type { TrafficColumns } from '../../lib/state/traffic-window.js';
import type { Mark } from './traffic-marks.js';

/** The live chart of traffic, drawn on a canvas that is resized and coloured with its surroundings. */
export interface TrafficChart {
  /** Draws into an element, in the colours that the theme has now; its result takes the chart away. */
  attach(element: HTMLElement, theme: 'light' | 'dark'): () => void;
  show(columns: TrafficColumns, marks: readonly Mark[]): void;
}

export function trafficChart({ onHover }: { onHover: (index: number | null) => void }): TrafficChart {
  let plot: uPlot | null = null;
  let data: uPlot.AlignedData = [[], [], [], []];
  let shownMarks: readonly Mark[] = [];

  return {
    attach(element, theme) {
      const colour = (name: string) => getComputedStyle(element).getPropertyValue(`--${name}`).trim();
      const chart = new uPlot(options(element, colour, { onHover, marks: () => shownMarks }), data, element);
      chart.root.dataset.theme = theme;
      plot = chart;
      const observer = new ResizeObserver(() => chart.setSize(sizeOf(element)));
      observer.observe(element);
      return () => {
        observer.disconnect();
        chart.destroy();
        if (plot === chart) plot = null;
      };
    },
    show(columns, marks) {
      data = [[...columns.at], [...columns.requests], withoutRest(columns.errors), withoutRest(columns.loginsFailed)];
      shownMarks = marks;
      plot?.setData(data);
    },
  };
}

function options(
  element: HTMLElement,
  colour: (name: string) => string,
  { onHover, marks }: { onHover: (index: number | null) => void; marks: () => readonly Mark[] },
): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: colour('chart-text'),
    font: `11px ${colour('font-ui')}`,
    grid: { stroke: colour('chart-grid'), width: 1 },
    ticks: { show: false },
  };
  return {
    ...sizeOf(element),
    padding: [10, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, __, most) => [0, Math.max(5, (most ?? 0) * 1.1)] } },
    axes: [
      {
        ...axis,
        size: 20,
        gap: 4,
        space: 100,
        grid: { show: false },
        incrs: [60, 120, 300],
        values: (_, seconds) => seconds.map((second) => formatClock(second * 1000)),
      },
      { ...axis, size: 38, gap: 4, space: 26 },
    ],
    series: [
      {},
      { stroke: colour('chart-requests'), fill: colour('chart-requests-fill'), width: 1.5, points: { show: false } },
      { stroke: colour('chart-errors'), width: 1.5, points: { show: false } },
      { stroke: colour('chart-logins'), width: 1.5, dash: [5, 3], points: { show: false } },
    ],
    hooks: {
      setCursor: [(plot) => onHover(plot.cursor.idx ?? null)],
      draw: [(plot) => drawMarks(plot, marks(), (severity) => colour(`severity-${severity}`))],
    },
  };
}

/** Leaves out the zeros that have no neighbour above zero: a line along the base says nothing and hides the other. */
function withoutRest(values: readonly (number | null)[]): (number | null)[] {
  return values.map((value, index) => (value || values[index - 1] || values[index + 1] ? value : null));
}

/** A thin line with a triangle on top where an alert was raised. */
function drawMarks(plot: uPlot, marks: readonly Mark[], colourOf: (severity: Severity) => string): void {
  const { min, max } = plot.scales.x ?? {};
  if (min === undefined || max === undefined) return;
  const { ctx, bbox } = plot;
  const unit = devicePixelRatio;
  ctx.save();
  for (const { at, severity } of marks) {
    if (at < min || at > max) continue;
    const x = Math.round(plot.valToPos(at, 'x', true));
    ctx.fillStyle = colourOf(severity);
    ctx.globalAlpha = 0.45;
    ctx.fillRect(x, bbox.top, unit, bbox.height);
    ctx.globalAlpha = 1;
    ctx.beginPath();
    ctx.moveTo(x - 4 * unit, bbox.top - 8 * unit);
    ctx.lineTo(x + 5 * unit, bbox.top - 8 * unit);
    ctx.lineTo(x + 0.5 * unit, bbox.top - unit);
    ctx.fill();
  }
  ctx.restore();
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: Math.max(120, element.clientWidth), height: Math.max(40, element.clientHeight) };
}
