// SPDX-License-Identifier: Apache-2.0
/** Takes back what somebody said of readings, with a reason in words. Both stay on record; it cannot be put back, only said again. */
import { t } from '../messages/messages.ts';
import { withdrawPath } from '../station-api.ts';
import { WhyForm } from './why-form.tsx';

interface WithdrawFormProps {
  readonly stay: string;
  /** Id of the correction. */
  readonly correction: string;
  readonly done: () => void;
  readonly cancel: () => void;
}

export function WithdrawForm({ stay, correction, done, cancel }: WithdrawFormProps) {
  const words = t.correct;
  return (
    <WhyForm
      title={words.withdrawTitle}
      hint={words.withdrawHint}
      submit={words.withdraw}
      path={withdrawPath(stay)}
      fieldsOf={() => ({ correction })}
      done={done}
      cancel={cancel}
    />
  );
}
