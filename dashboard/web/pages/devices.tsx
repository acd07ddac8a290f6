// SPDX-License-Identifier: Apache-2.0
/** The technician's page: each device, whether it is connected, when it was last heard, and how far it is trusted. No values. */
import { useEffect, useState } from 'preact/hooks';
import type { WardMessage } from '../../../gateway/messages.ts';
import { t } from '../messages/messages.ts';
import { ageWords } from '../model/age.ts';
import { OfficePage, type PageFrame } from '../parts/page-bar.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { Scroller } from '../parts/scroller.tsx';
import { get, type Problem } from '../station-api.ts';

const ASK_AGAIN_MS = 5_000;

interface Devices {
  readonly wardMs: number | null;
  readonly devices: readonly Omit<WardMessage['devices'][number], 'stay'>[];
}

export function DevicesPage({ frame }: { frame: PageFrame }) {
  const [known, setKnown] = useState<Devices | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const ask = async () => {
      const answer = await get<Devices>('/devices');
      // What is not known to be true any more is not shown.
      setKnown(answer.ok ? answer.value : null);
      setProblem(answer.ok ? null : answer.problem);
    };
    void ask();
    const timer = setInterval(() => void ask(), ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const { device, kind, bed, lastSeen, link, trust } = t.devices;
  return (
    <OfficePage frame={frame}>
      <ProblemNote problem={problem} />
      {known?.devices.length === 0 && <p>{t.devices.none}</p>}
      {known !== null && known.devices.length > 0 && (
        <Scroller name={t.pages.devices}>
          <table>
            <caption class="unseen">{t.pages.devices}</caption>
            <thead>
              <tr>
                {[device, kind, bed, link, lastSeen, trust].map((head) => (
                  <th scope="col" key={head}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {known.devices.map((each) => (
                <tr key={each.device}>
                  <th scope="row">{each.device}</th>
                  <td>{each.kind}</td>
                  <td>{each.bed ?? t.tile.notAdmitted}</td>
                  <td>{t.devices.links[each.link]}</td>
                  <td>{agoWords(each.lastSeenMs, known.wardMs)}</td>
                  <td>{t.devices.trusts[each.trust]}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </OfficePage>
  );
}

function agoWords(lastSeenMs: number | null, wardMs: number | null): string {
  return lastSeenMs === null || wardMs === null ? t.devices.never : ageWords(wardMs - lastSeenMs, t.age);
}
