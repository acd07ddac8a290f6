// SPDX-License-Identifier: Apache-2.0
/** Asks once more before something that changes whose values are whose. */
import { t } from '../messages/messages.ts';

interface QuestionProps {
  readonly words: string;
  readonly yes: string;
  readonly running: boolean;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

export function Question({ words, yes, running, onYes, onNo }: QuestionProps) {
  return (
    <>
      <p>{words}</p>
      <p class="choices">
        <button type="button" class="primary" disabled={running} onClick={onYes}>
          {yes}
        </button>
        <button type="button" onClick={onNo}>
          {t.dialog.cancel}
        </button>
      </p>
    </>
  );
}
