// SPDX-License-Identifier: Apache-2.0
/** What was said of readings of one vital: by whom and why, who took it back, and a way to take it back. */
import { useRef, useState } from 'preact/hooks';
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

type Correction = Trend['corrections'][number];

export function CorrectionList({ trend, vital, stay, withdrawn }: CorrectionListProps) {
  const own = trend.corrections.filter((each) => each.vital === null || each.vital === vital);
  if (own.length === 0) return null;
  return (
    <ul class="corrections">
      {own.map((each) => (
        <li key={each.correction} class={each.withdrawn ? 'withdrawn' : ''}>
          <span>{wordsOf(each)}</span>
          {!each.withdrawn && <TakeBack correction={each} stay={stay} done={withdrawn} />}
        </li>
      ))}
    </ul>
  );
}

function TakeBack({ correction, stay, done }: { correction: Correction; stay: string; done: () => void }) {
  const [asking, setAsking] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const cancel = () => {
    setAsking(false);
    opener.current?.focus();
  };
  return (
    <>
      <button
        ref={opener}
        type="button"
        aria-expanded={asking}
        aria-label={t.correct.withdrawOf(timeWords(correction.fromMs), timeWords(correction.toMs))}
        onClick={() => setAsking(!asking)}
      >
        {t.correct.withdraw}
      </button>
      {asking && <WithdrawForm stay={stay} correction={correction.correction} done={done} cancel={cancel} />}
    </>
  );
}

function wordsOf({ fromMs, toMs, reason, by, atMs, why, withdrawn }: Correction): string {
  const { said, line, withdrawn: back } = t.correct;
  const words = line(timeWords(fromMs), timeWords(toMs), said[reason], by, timeWords(atMs), why);
  return withdrawn ? `${words}. ${back(withdrawn.by, timeWords(withdrawn.atMs), withdrawn.why)}` : words;
}
