// SPDX-License-Identifier: Apache-2.0
/** The history of one patient. Loaded when it is first opened, so that the wall display stays small. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Trend } from '../../history/trend.ts';
import { t } from '../messages/messages.ts';
import { inOrder } from '../model/trend-line.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { get, HISTORY_MS_MAX, type Problem, trendPath } from '../station-api.ts';
import { TrendChart } from './trend-chart.tsx';
import { zoneName } from './words.ts';
import 'uplot/dist/uPlot.min.css';
import './trend.css';

const HOUR_MS = 3_600_000;
const RANGES = { hour: HOUR_MS, shift: 8 * HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS };
type RangeName = keyof typeof RANGES;
const NAMES = Object.keys(RANGES) as RangeName[];
const span = new Intl.DateTimeFormat(t.locale, {
  dateStyle: 'medium',
  timeStyle: 'short',
});
const zone = new Intl.DateTimeFormat(t.locale, { timeZoneName: 'long', hour: 'numeric' });

interface TrendDialogProps {
  readonly stay: string;
  readonly title: string;
  /** Ward time at which it was opened. */
  readonly nowMs: number;
  readonly close: () => void;
}

export function TrendDialog({ stay, title, nowMs, close }: TrendDialogProps) {
  const [range, setRange] = useState<RangeName>('hour');
  const [endMs, setEndMs] = useState(Math.ceil(nowMs));
  const [asked, setAsked] = useState(0);
  const [news, setNews] = useState('');
  const told = useRef<HTMLParagraphElement>(null);
  const { trend, problem } = useTrend(stay, endMs - RANGES[range], endMs, asked);
  const move = (share: number) => setEndMs(Math.min(Math.ceil(nowMs), endMs + share * RANGES[range]));
  const changed = (what: string) => {
    setNews(what);
    setAsked(asked + 1);
    // The form that had the focus goes with its chart.
    told.current?.focus();
  };
  return (
    <Dialog title={t.trend.title(title)} close={close} wide>
      <fieldset class="ranges">
        <legend class="unseen">{t.trend.range}</legend>
        {NAMES.map((name) => (
          <button type="button" key={name} aria-pressed={name === range} onClick={() => setRange(name)}>
            {t.trend.ranges[name]}
          </button>
        ))}
        <button type="button" onClick={() => move(-0.5)}>
          {t.trend.earlier}
        </button>
        <button type="button" disabled={endMs >= Math.ceil(nowMs)} onClick={() => move(0.5)}>
          {t.trend.later}
        </button>
      </fieldset>
      <p class="hint">
        {t.trend.span(span.format(endMs - RANGES[range]), span.format(endMs))} ({zonesOf(endMs - RANGES[range], endMs)}
        ). {trend?.thinned && t.trend.thinned}
      </p>
      <p ref={told} class="hint" role="status" tabIndex={-1}>
        {news}
      </p>
      <ProblemNote problem={problem} />
      <div class="trends" aria-busy={trend === null && problem === null}>
        {trend === null && problem === null && <p>{t.trend.loading}</p>}
        {trend?.series.length === 0 && <p>{t.trend.empty}</p>}
        {trend &&
          inOrder(trend.series).map((series) => (
            <TrendChart
              key={`${series.vital}/${series.device}/${series.unit}/${series.corrected}/${trend.fromMs}/${trend.toMs}/${asked}`}
              series={series}
              trend={trend}
              stay={stay}
              nowMs={nowMs}
              changed={changed}
            />
          ))}
      </div>
    </Dialog>
  );
}

/** Two, when clocks are changed between. */
function zonesOf(fromMs: number, toMs: number): string {
  return [...new Set([zoneName(zone, fromMs), zoneName(zone, toMs)])].join(', ');
}

/** @param asked rises when the same is to be asked again */
function useTrend(
  stay: string,
  fromMs: number,
  toMs: number,
  asked: number,
): { trend: Trend | null; problem: Problem | null } {
  const [answer, setAnswer] = useState<{ trend: Trend | null; problem: Problem | null }>({
    trend: null,
    problem: null,
  });
  useEffect(() => {
    let wanted = true;
    setAnswer({ trend: null, problem: null });
    void get<Trend>(trendPath(stay, fromMs, toMs), HISTORY_MS_MAX).then((given) => {
      // Another range was chosen meanwhile.
      if (!wanted) return;
      setAnswer(given.ok ? { trend: given.value, problem: null } : { trend: null, problem: given.problem });
    });
    return () => {
      wanted = false;
    };
  }, [stay, fromMs, toMs, asked]);
  return answer;
}
