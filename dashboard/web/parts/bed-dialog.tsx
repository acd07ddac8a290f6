// SPDX-License-Identifier: Apache-2.0
/** A bed: admit when it is empty; else its patient, its sensors, what the tile has no place for, and discharge. */
import { useState } from 'preact/hooks';
import type { WardMessage } from '../../../gateway/messages.ts';
import type { BoardState } from '../board-state.ts';
import { t } from '../messages/messages.ts';
import { type Bed, looseSensors } from '../model/tiles.ts';
import { bedPath } from '../station-api.ts';
import { BedSensors, sensorOption } from './bed-sensors.tsx';
import { Choice } from './choice.tsx';
import { Dialog } from './dialog.tsx';
import { MoreValues } from './more-values.tsx';
import { Question } from './question.tsx';
import { Transfer } from './transfer.tsx';
import { useCommand } from './use-command.ts';

const dateTime = new Intl.DateTimeFormat(t.locale, { dateStyle: 'medium', timeStyle: 'short' });

interface BedDialogProps {
  readonly bed: Bed;
  readonly ward: WardMessage;
  readonly state: BoardState;
  readonly openTrend: () => void;
  readonly close: () => void;
}

export function BedDialog(props: BedDialogProps) {
  return props.bed.stay === null ? <EmptyBedDialog {...props} /> : <PatientDialog {...props} stay={props.bed.stay} />;
}

function EmptyBedDialog({ bed, ward, close }: BedDialogProps) {
  const command = useCommand(close);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const name = String(form.get('name')).trim();
    const device = String(form.get('device'));
    command.run(bedPath(bed.bed, 'admit'), { ...(name && { name }), ...(device && { device }) });
  };
  return (
    <Dialog title={t.tile.bed(bed.bed)} close={close} command={command}>
      <form onSubmit={onSubmit}>
        <label>
          {t.admit.name}
          <input name="name" maxLength={80} autocomplete="off" />
        </label>
        <Choice
          name="device"
          label={t.admit.sensor}
          options={[{ value: '', words: t.admit.noSensor }, ...looseSensors(ward).map(sensorOption)]}
        />
        <button type="submit" class="primary" disabled={command.running}>
          {t.admit.submit}
        </button>
      </form>
    </Dialog>
  );
}

function PatientDialog({ bed, stay, ward, state, close, openTrend }: BedDialogProps & { readonly stay: string }) {
  const command = useCommand(close);
  const [asking, setAsking] = useState<'discharge' | 'transfer' | null>(null);
  const name = bed.name ?? t.tile.unknown;
  return (
    <Dialog title={`${t.tile.bed(bed.bed)}: ${name}`} close={close} command={command}>
      {asking === 'transfer' && (
        <Transfer bed={bed.bed} stay={stay} ward={ward} command={command} onNo={() => setAsking(null)} />
      )}
      {asking === 'discharge' && (
        <Question
          words={t.bed.dischargeQuestion(bed.bed)}
          yes={t.bed.dischargeYes}
          running={command.running}
          onYes={() => command.run(bedPath(bed.bed, 'discharge'), { stay })}
          onNo={() => setAsking(null)}
        />
      )}
      {asking === null && (
        <>
          {bed.admittedMs !== null && <p class="hint">{t.bed.since(dateTime.format(bed.admittedMs))}</p>}
          <BedSensors bed={bed.bed} stay={stay} ward={ward} command={command} />
          <MoreValues stay={stay} state={state} />
          <p class="choices">
            <button type="button" class="primary" onClick={openTrend}>
              {t.bed.trend}
            </button>
            <button type="button" onClick={() => setAsking('transfer')}>
              {t.bed.transfer}
            </button>
            <button type="button" onClick={() => setAsking('discharge')}>
              {t.bed.discharge}
            </button>
          </p>
        </>
      )}
    </Dialog>
  );
}
