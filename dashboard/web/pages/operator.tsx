// SPDX-License-Identifier: Apache-2.0
/** For whoever looks after the machine: how gateway, stores, log and devices are, in words first. No value, no patient. */
import type { Operations } from '../../operations.ts';
import { t } from '../messages/messages.ts';
import { ageWords } from '../model/age.ts';
import { type Devices, DeviceTable } from '../parts/device-table.tsx';
import { OfficePage, type PageFrame } from '../parts/page-bar.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { useAsked } from '../parts/use-asked.ts';

const number = new Intl.NumberFormat(t.locale);
const time = new Intl.DateTimeFormat(t.locale, { dateStyle: 'medium', timeStyle: 'short' });
/** Enough of a root to compare it by eye with another. */
const ROOT_CHARACTERS = 12;

interface Answer extends Devices {
  readonly operations: Operations | null;
}

export function OperatorPage({ frame }: { frame: PageFrame }) {
  const { known, problem } = useAsked<Answer>('/operator');
  return (
    <OfficePage frame={frame}>
      <ProblemNote problem={problem} />
      {known !== null && (
        <>
          <State operations={known.operations} />
          {known.operations !== null && <Figures operations={known.operations} />}
          <section class="figures">
            <h2>{t.pages.devices}</h2>
            <DeviceTable {...known} />
          </section>
        </>
      )}
    </OfficePage>
  );
}

/** What a person has to do, or that there is nothing to do. */
function State({ operations }: { operations: Operations | null }) {
  if (operations === null) return <p role="status">{t.operator.unreached}</p>;
  const { problems, problemKeys } = operations.health;
  // Two histories of the log, or a shorter one: no time mends that, so nobody may overlook it.
  const isAlarm = operations.health.facts.anchored?.alarm != null;
  return (
    <div role={isAlarm ? 'alert' : 'status'} class={isAlarm ? 'ledger-alarm' : undefined}>
      {problems.length === 0 && <p>{t.operator.well}</p>}
      {/* The gateway's own English words where this page has none of its own. */}
      {problems.map((words, i) => (
        <p key={words}>{t.operator.problems[problemKeys[i] ?? ''] ?? words}</p>
      ))}
    </div>
  );
}

function Figures({ operations: { health, counters, checkpoint } }: { operations: Operations }) {
  const { facts } = health;
  const words = t.operator;
  return (
    <>
      <Table
        name={words.gateway}
        rows={[
          [words.disk, words.diskUse(facts.diskUsedPercent, words.disks[facts.disk])],
          [words.clock, words.clocks[facts.timeTrust]],
          [words.connected, number.format(facts.devicesConnected)],
          [words.journal, words.rows(number.format(facts.journalRows))],
          [words.record, words.openBatches(number.format(facts.recordOpenBatches))],
          [words.series, words.seriesLag(number.format(facts.seriesLagBatches))],
          [words.anchor, words.anchorLag(number.format(facts.anchorLagEntries))],
        ]}
      />
      <Table
        name={words.log}
        rows={[
          [words.logSize, number.format(facts.logSize)],
          [words.head, checkpoint === null ? words.noHead : number.format(checkpoint.size)],
          [words.root, checkpoint === null ? words.noHead : `${checkpoint.root.slice(0, ROOT_CHARACTERS)}…`],
          [words.headAge, checkpoint === null ? words.noHead : ageWords(checkpoint.ageMs, t.age)],
          [words.anchored, anchoredWords(facts.anchored)],
        ]}
      />
      <Table
        name={words.sinceStart}
        rows={(['accepted', 'resent', 'late', 'gaps', 'refused', 'withheld'] as const).map((name) => [
          words.counters[name],
          number.format(counters[name]),
        ])}
      />
    </>
  );
}

function anchoredWords(anchored: Operations['health']['facts']['anchored']): string {
  if (anchored === null) return t.operator.noHomes;
  const size = number.format(anchored.size);
  if (anchored.waitingMs === 0) return t.operator.anchoredUpTo(size);
  return t.operator.notAnchored(size, time.format(Date.now() - anchored.waitingMs));
}

function Table({ name, rows }: { name: string; rows: readonly (readonly [string, string])[] }) {
  return (
    <section class="figures">
      <h2>{name}</h2>
      <table>
        <caption class="unseen">{name}</caption>
        <tbody>
          {rows.map(([what, value]) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
