// SPDX-License-Identifier: Apache-2.0
/** What was said of readings of one vital: by whom and why, who took it back, and a way to take it back. */
import { useState } from 'preact/hooks';
import type { Trend } from '../../history/trend.ts';
import { t } from '../messages/messages.ts';
import { WithdrawForm } from './withdraw-form.tsx';
import { timeWords } from './words.ts';

interface CorrectionListProps {
  readonly trend: Trend;
  readonly vital: string;
  readonly stay: string;
  /** A correction was taken back: the trend must be asked for again. */
  readonly withdrawn: () => void;
}

export function CorrectionList({ trend, vital, stay, withdrawn }: CorrectionListProps) {
  const [taking, setTaking] = useState<string | null>(null);
  const own = trend.corrections.filter((each) => each.vital === null || each.vital === vital);
  if (own.length === 0) return null;
  return (
    <ul class="corrections">
      {own.map((each) => (
        <li key={each.correction} class={each.withdrawn ? 'withdrawn' : ''}>
          <Said correction={each} />
          {!each.withdrawn && taking !== each.correction && (
            <button
              type="button"
              aria-label={t.correct.withdrawOf(timeWords(each.fromMs), timeWords(each.toMs))}
              onClick={() => setTaking(each.correction)}
            >
              {t.correct.withdraw}
            </button>
          )}
          {taking === each.correction && (
            <WithdrawForm stay={stay} correction={each.correction} done={withdrawn} cancel={() => setTaking(null)} />
          )}
        </li>
      ))}
    </ul>
  );
}

function Said({ correction }: { correction: Trend['corrections'][number] }) {
  const { fromMs, toMs, reason, by, atMs, why, withdrawn } = correction;
  const { said, line } = t.correct;
  const words = line(timeWords(fromMs), timeWords(toMs), said[reason], by, timeWords(atMs), why);
  if (!withdrawn) return <span>{words}</span>;
  return (
    <span>
      {words}. {t.correct.withdrawn(withdrawn.by, timeWords(withdrawn.atMs), withdrawn.why)}
    </span>
  );
}
