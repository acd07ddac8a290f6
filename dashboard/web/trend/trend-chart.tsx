// SPDX-License-Identifier: Apache-2.0
/** One vital of one sensor: the line, the chosen reading in words, why readings are missing, and all of it as a table. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Trend, TrendSeries } from '../../history/trend.ts';
import { t } from '../messages/messages.ts';
import { shownUnit, shownValue } from '../model/display-units.ts';
import { type Hole, lineOf, nearestPoint } from '../model/trend-line.ts';
import { units } from '../preferences.ts';
import { drawChart } from './chart.ts';
import { CorrectForm } from './correct-form.tsx';
import { CorrectionList } from './correction-list.tsx';
import { ProofPanel } from './proof-panel.tsx';
import { TrendTable } from './trend-table.tsx';
import { pointWords, timeWords } from './words.ts';

const COLOURS: Record<string, string> = {
  heartRate: '--vital-heart',
  pulseRate: '--vital-spo2',
  spo2: '--vital-spo2',
  respiratoryRate: '--vital-resp',
  temperature: '--vital-temp',
  bpSystolic: '--vital-bp',
  bpDiastolic: '--vital-bp',
  bpMean: '--vital-bp',
  glucose: '--vital-glucose',
};
const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 };
/** Of each chart in words; the table has them all. */
const HOLES_LISTED_MAX = 6;

interface TrendChartProps {
  readonly series: TrendSeries;
  readonly trend: Trend;
  readonly stay: string;
  readonly nowMs: number;
  /** Something was said of readings, or taken back: the trend must be asked for again. `news`: what happened. */
  readonly changed: (news: string) => void;
}

export function TrendChart({ series, trend, stay, nowMs, changed }: TrendChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<ReturnType<typeof drawChart> | null>(null);
  const [at, setAt] = useState(series.times.length - 1);
  const [proof, setProof] = useState<number | null>(null);
  const [correcting, setCorrecting] = useState<number | null>(null);
  const line = useMemo(() => lineOf(series, trend, nowMs), [series]);
  const choice = units.value;
  const vital = `${t.vitals[series.vital] ?? series.vital} (${shownUnit(series.unit, choice)}), ${series.device}`;
  const name = series.corrected ? t.correct.name(vital) : vital;
  useEffect(() => {
    if (host.current === null) return;
    chart.current = drawChart({
      host: host.current,
      line,
      range: trend,
      locale: t.locale,
      colour: series.corrected ? '--muted' : (COLOURS[series.vital] ?? '--vital-other'),
      write: (value) => shownValue(plain(value), series.unit, choice).value,
      onPick: (timeMs) => setAt(nearestPoint(series.times, timeMs)),
    });
    return () => chart.current?.destroy();
  }, [line, choice]);
  useEffect(() => chart.current?.mark(series.times[at] ?? null), [at, line, choice]);
  const onKeyDown = (event: KeyboardEvent) => {
    const last = series.times.length - 1;
    const to = { Home: 0, End: last }[event.key] ?? at + (STEPS[event.key] ?? 0);
    if (event.key === 'Enter') setProof(at);
    else if (!(event.key in STEPS) && to === at) return;
    else setAt(Math.max(0, Math.min(last, to)));
    event.preventDefault();
  };
  return (
    <section class={series.corrected ? 'trend corrected' : 'trend'} aria-label={name}>
      <h3>{name}</h3>
      <div
        ref={host}
        class="plot"
        role="slider"
        tabIndex={0}
        aria-label={t.trend.choose(name)}
        aria-valuemin={0}
        aria-valuemax={series.times.length - 1}
        aria-valuenow={at}
        aria-valuetext={pointWords(series, at, choice)}
        onKeyDown={onKeyDown}
      />
      <p class="picked">
        <span>{pointWords(series, at, choice)}</span>
        <span class="choices">
          <button type="button" onClick={() => setProof(at)}>
            {t.trend.prove}
          </button>
          {!series.corrected && (
            <button type="button" onClick={() => setCorrecting(at)}>
              {t.correct.open}
            </button>
          )}
        </span>
      </p>
      {correcting !== null && (
        <CorrectForm
          key={correcting}
          stay={stay}
          vital={series.vital}
          atMs={series.times[correcting] ?? 0}
          done={() => changed(t.correct.marked)}
          cancel={() => setCorrecting(null)}
        />
      )}
      {proof !== null && (
        <ProofPanel
          key={proof}
          stay={stay}
          id={`${series.device}/${series.ids[proof]}`}
          atMs={series.times[proof] ?? 0}
          close={() => setProof(null)}
        />
      )}
      <CorrectionList trend={trend} vital={series.vital} stay={stay} withdrawn={() => changed(t.correct.unmarked)} />
      <Holes holes={line.holes} />
      <TrendTable series={series} holes={line.holes} name={name} prove={setProof} />
    </section>
  );
}

function Holes({ holes }: { holes: readonly Hole[] }) {
  if (holes.length === 0) return null;
  const listed = holes.slice(-HOLES_LISTED_MAX);
  return (
    <ul class="holes">
      {listed.map(({ fromMs, toMs, reason }) => (
        <li key={`${fromMs}/${reason}`}>
          {t.trend.hole(timeWords(fromMs), timeWords(toMs))} {t.trend.holes[reason]}
        </li>
      ))}
      {holes.length > listed.length && <li>{t.trend.moreHoles(holes.length - listed.length)}</li>}
    </ul>
  );
}

/** An axis mark as a decimal text; axes have few digits. */
function plain(value: number): string {
  return String(Number(value.toFixed(3)));
}
