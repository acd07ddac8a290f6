// SPDX-License-Identifier: Apache-2.0
/** Moves a patient, with all sensors, to a bed that is empty. */
import type { WardMessage } from '../../../gateway/messages.ts';
import { t } from '../messages/messages.ts';
import { bedPath } from '../station-api.ts';
import { Choice } from './choice.tsx';
import type { CommandState } from './use-command.ts';

interface TransferProps {
  readonly bed: string;
  readonly stay: string;
  readonly ward: WardMessage;
  readonly command: CommandState;
  readonly onNo: () => void;
}

export function Transfer({ bed, stay, ward, command, onNo }: TransferProps) {
  const free = ward.beds.filter(({ stay }) => stay === null);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const to = new FormData(event.currentTarget as HTMLFormElement).get('to');
    command.run(bedPath(bed, 'transfer'), { stay, to });
  };
  return (
    <form onSubmit={onSubmit}>
      {free.length === 0 && <p>{t.bed.noFreeBed}</p>}
      {free.length > 0 && (
        <Choice
          name="to"
          label={t.bed.transferTo}
          autofocus
          options={free.map(({ bed: to }) => ({ value: to, words: to }))}
        />
      )}
      <p class="choices">
        <button type="submit" class="primary" disabled={command.running || free.length === 0}>
          {t.bed.transferYes}
        </button>
        <button type="button" onClick={onNo}>
          {t.dialog.cancel}
        </button>
      </p>
    </form>
  );
}
