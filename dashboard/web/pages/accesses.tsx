// SPDX-License-Identifier: Apache-2.0
/** The auditor's page: who had a stay on an open board or read history of it, when and which range. No names of patients, no values. */
import { useEffect, useState } from 'preact/hooks';
import type { Access } from '../../../gateway/messages.ts';
import { t } from '../messages/messages.ts';
import { OfficePage, type PageFrame } from '../parts/page-bar.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { Scroller } from '../parts/scroller.tsx';
import { type Answer, get, type Problem } from '../station-api.ts';

const time = new Intl.DateTimeFormat(t.locale, { dateStyle: 'medium', timeStyle: 'medium' });
const { timeZone } = time.resolvedOptions();
/** Enough of an id to tell two stays apart. */
const ID_CHARACTERS = 8;

interface Stay {
  readonly stay: string;
  readonly bed: string;
  readonly openedMs: number;
}

/** `more`: there may be older ones. */
interface Told {
  readonly accesses: readonly Access[];
  readonly more: boolean;
}

export function AccessesPage({ frame }: { frame: PageFrame }) {
  const [stays, setStays] = useState<readonly Stay[]>([]);
  const [chosen, setChosen] = useState('');
  const [told, setTold] = useState<Told | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const take = <T,>(answer: Answer<T>, use: (value: T) => void) => {
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) use(answer.value);
  };
  useEffect(() => {
    void get<{ stays: Stay[] }>('/stays').then((answer) =>
      take(answer, (value) => {
        setStays(value.stays.toReversed());
        setChosen(value.stays.at(-1)?.stay ?? '');
      }),
    );
  }, []);
  useEffect(() => {
    setTold(null);
    if (chosen === '') return;
    void get<Told>(`/stays/${chosen}/accesses`).then((answer) => take(answer, setTold));
  }, [chosen]);
  return (
    <OfficePage frame={frame}>
      <label>
        {t.accesses.stay}
        <select value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
          {stays.map(({ stay, bed, openedMs }) => (
            <option key={stay} value={stay}>
              {t.accesses.stayOf(bed, time.format(openedMs), stay.slice(0, ID_CHARACTERS))}
            </option>
          ))}
        </select>
      </label>
      <p>{t.accesses.zone(timeZone)}</p>
      <ProblemNote problem={problem} />
      {told?.accesses.length === 0 && <p>{t.accesses.none}</p>}
      {told?.more && <p>{t.accesses.more(told.accesses.length)}</p>}
      {told !== null && told.accesses.length > 0 && <Accesses accesses={told.accesses} />}
    </OfficePage>
  );
}

function Accesses({ accesses }: { accesses: readonly Access[] }) {
  const { when, who, what, range, entry } = t.accesses;
  return (
    <Scroller name={t.pages.accesses}>
      <table>
        <caption class="unseen">{t.pages.accesses}</caption>
        <thead>
          <tr>
            {[when, who, what, range, entry].map((head) => (
              <th scope="col" key={head}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {accesses.map((access) => (
            <tr key={access.id}>
              <th scope="row">{time.format(access.atMs)}</th>
              <td>{access.by}</td>
              <td>{whatOf(access)}</td>
              <td>{rangeOf(access)}</td>
              <td>{access.outbox - 1}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function rangeOf({ purpose, fromMs, toMs }: Access): string {
  const words = purpose === 'board' ? t.accesses.shift : t.trend.span;
  return words(time.format(fromMs), time.format(toMs));
}

/** What was asked for, as whom where that is not the treating team, and whether it was refused. */
function whatOf({ purpose, reader, decision }: Access): string {
  const { purposes, readers, denied } = t.accesses;
  const parts = [purposes[purpose] ?? purpose, readers[reader ?? ''], decision === 'denied' ? denied : undefined];
  return parts.filter((part) => part !== undefined).join(', ');
}
