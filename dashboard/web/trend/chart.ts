// SPDX-License-Identifier: Apache-2.0
/** One vital over time, drawn by uPlot: a line that breaks where readings are missing, and the missing time hatched. */
import uPlot from 'uplot';
import type { TrendRange } from '../../history/trend.ts';
import type { Line } from '../model/trend-line.ts';

export interface ChartInput {
  readonly host: HTMLElement;
  readonly line: Line;
  readonly range: TrendRange;
  readonly locale: string;
  /** Class of the vital's colour (styles/tokens.css). */
  readonly colour: string;
  /** Written beside the line; the numbers are those of the device, or of the ward's unit. */
  readonly write: (value: number) => string;
  readonly onPick: (timeMs: number) => void;
}

const HEIGHT_PX = 150;
const HATCH_PX = 7;
const SECOND_MS = 1000;

/** Draws into `host`; the returned functions move the mark and take the drawing away. */
export function drawChart({ host, line, range, locale, colour, write, onPick }: ChartInput) {
  const ink = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  const day = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric' });
  const axis = { stroke: ink('--muted'), grid: { stroke: ink('--line'), width: 1 }, ticks: { show: false } };
  const long = range.toMs - range.fromMs > 36 * 3600 * SECOND_MS;
  let markMs: number | null = null;
  const plot = new uPlot(
    {
      width: host.clientWidth,
      height: HEIGHT_PX,
      legend: { show: false },
      cursor: { x: true, y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: true, range: [range.fromMs / SECOND_MS, range.toMs / SECOND_MS] } },
      axes: [
        { ...axis, values: (_, marks) => marks.map((s) => (long ? day : clock).format(s * SECOND_MS)) },
        { ...axis, size: 56, values: (_, marks) => marks.map(write) },
      ],
      series: [{}, { stroke: ink(colour), width: 2, points: { size: 4, fill: ink(colour) }, spanGaps: false }],
      hooks: {
        drawClear: [(self) => hatch(self, line, ink('--muted'))],
        draw: [(self) => markMs !== null && mark(self, markMs, ink('--focus'))],
      },
    },
    [line.times.map((ms) => ms / SECOND_MS), line.numbers as (number | null)[]],
    host,
  );
  const pick = ({ offsetX }: MouseEvent) => onPick(plot.posToVal(offsetX, 'x') * SECOND_MS);
  plot.over.addEventListener('click', pick);
  const observer = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: HEIGHT_PX }));
  observer.observe(host);
  return {
    mark: (timeMs: number | null) => {
      markMs = timeMs;
      plot.redraw(false);
    },
    destroy: () => {
      observer.disconnect();
      plot.destroy();
    },
  };
}

function hatch(plot: uPlot, { holes }: Line, ink: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.lineWidth = 1;
  for (const { fromMs, toMs } of holes) {
    const left = Math.max(bbox.left, plot.valToPos(fromMs / SECOND_MS, 'x', true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(toMs / SECOND_MS, 'x', true));
    if (right <= left) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, Math.max(1, right - left), bbox.height);
    ctx.clip();
    ctx.beginPath();
    for (let x = left - bbox.height; x < right; x += HATCH_PX * devicePixelRatio) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }
  ctx.restore();
}

function mark(plot: uPlot, timeMs: number, ink: string): void {
  const { ctx, bbox } = plot;
  const x = plot.valToPos(timeMs / SECOND_MS, 'x', true);
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}
