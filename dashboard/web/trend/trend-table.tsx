// SPDX-License-Identifier: Apache-2.0
/** The same data as a table, a page at a time: every reading, and every hole in its place. */
import { useState } from 'preact/hooks';
import type { TrendSeries } from '../../history/trend.ts';
import { t } from '../messages/messages.ts';
import type { Hole } from '../model/trend-line.ts';
import { Scroller } from '../parts/scroller.tsx';
import { units } from '../preferences.ts';
import { notesOf, timeWords, valueWords } from './words.ts';

const ROWS = 50;

interface TrendTableProps {
  readonly series: TrendSeries;
  readonly holes: readonly Hole[];
  readonly name: string;
  readonly prove: (at: number) => void;
}

type Row = { readonly atMs: number; readonly at: number } | { readonly atMs: number; readonly hole: Hole };

export function TrendTable(props: TrendTableProps) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
      <summary>{t.trend.table}</summary>
      {open && <Rows {...props} />}
    </details>
  );
}

function Rows({ series, holes, name, prove }: TrendTableProps) {
  const rows: Row[] = [
    ...series.times.map((atMs, at) => ({ atMs, at })),
    ...holes.map((hole) => ({ atMs: hole.fromMs, hole })),
  ].sort((a, b) => b.atMs - a.atMs);
  const [first, setFirst] = useState(0);
  return (
    <>
      <Scroller name={`${t.trend.table}: ${name}`}>
        <table>
          <caption class="unseen">{name}</caption>
          <thead>
            <tr>
              <th scope="col">{t.trend.time}</th>
              <th scope="col">{t.trend.value}</th>
              <th scope="col">{t.trend.notes}</th>
              <th scope="col">{t.trend.proof}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(first, first + ROWS).map((row) =>
              'hole' in row ? (
                <tr key={`hole-${row.atMs}-${row.hole.reason}`}>
                  <th scope="row">{timeWords(row.atMs)}</th>
                  <td colSpan={3}>{`${t.trend.until(timeWords(row.hole.toMs))} ${t.trend.holes[row.hole.reason]}`}</td>
                </tr>
              ) : (
                <tr key={row.at}>
                  <th scope="row">{timeWords(row.atMs)}</th>
                  <td>{valueWords(series, row.at, units.value)}</td>
                  <td>{notesOf(series, row.at).join(', ')}</td>
                  <td>
                    <button
                      type="button"
                      aria-label={t.trend.proveAt(timeWords(row.atMs))}
                      onClick={() => prove(row.at)}
                    >
                      {t.trend.prove}
                    </button>
                  </td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </Scroller>
      <p class="choices">
        <button type="button" disabled={first + ROWS >= rows.length} onClick={() => setFirst(first + ROWS)}>
          {t.trend.earlier}
        </button>
        <button type="button" disabled={first === 0} onClick={() => setFirst(Math.max(0, first - ROWS))}>
          {t.trend.later}
        </button>
      </p>
    </>
  );
}
