// SPDX-License-Identifier: Apache-2.0
/** Takes back what somebody said of readings, with a reason in words. Both stay on record; it cannot be put back, only said again. */
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../messages/messages.ts';
import { ProblemNote } from '../parts/problem-note.tsx';
import { useCommand } from '../parts/use-command.ts';
import { withdrawPath } from '../station-api.ts';
import { WHY_CHARACTERS_MAX } from './correct-form.tsx';

interface WithdrawFormProps {
  readonly stay: string;
  /** Id of the correction. */
  readonly correction: string;
  readonly done: () => void;
  readonly cancel: () => void;
}

export function WithdrawForm({ stay, correction, done, cancel }: WithdrawFormProps) {
  const command = useCommand(done);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const why = String(new FormData(event.currentTarget as HTMLFormElement).get('why') ?? '');
    command.run(withdrawPath(stay), { correction, why });
  };
  const words = t.correct;
  return (
    <form class="proof" onSubmit={onSubmit}>
      <h4 ref={heading} tabIndex={-1}>
        {words.withdrawTitle}
      </h4>
      <p class="hint">{words.withdrawHint}</p>
      <label>
        {words.why}
        <input name="why" required maxLength={WHY_CHARACTERS_MAX} autocomplete="off" />
      </label>
      <ProblemNote problem={command.problem} />
      <p class="choices">
        <button type="submit" class="primary" disabled={command.running}>
          {words.withdraw}
        </button>
        <button type="button" onClick={cancel}>
          {t.dialog.cancel}
        </button>
      </p>
    </form>
  );
}
