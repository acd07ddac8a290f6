// SPDX-License-Identifier: Apache-2.0
/** Quick admit: a sensor that is on no bed gets one. The first tap opened this, the second chooses the bed. */
import { useState } from 'preact/hooks';
import type { WardMessage } from '../../../gateway/messages.ts';
import { t } from '../messages/messages.ts';
import type { Bed } from '../model/tiles.ts';
import { bedPath } from '../station-api.ts';
import { Dialog } from './dialog.tsx';
import { Question } from './question.tsx';
import { useCommand } from './use-command.ts';

export function SensorDialog({ device, ward, close }: { device: string; ward: WardMessage; close: () => void }) {
  const command = useCommand(close);
  const [asking, setAsking] = useState<Bed | null>(null);
  const empty = ward.beds.filter(({ stay }) => stay === null);
  const used = ward.beds.filter(({ stay }) => stay !== null);
  return (
    <Dialog title={`${t.tile.notAdmitted}: ${device}`} close={close} command={command}>
      {asking !== null && (
        <Question
          words={t.admit.addQuestion(asking.bed, asking.name ?? t.tile.unknown)}
          yes={t.admit.add}
          running={command.running}
          onYes={() => command.run(bedPath(asking.bed, 'link'), { stay: asking.stay, device })}
          onNo={() => setAsking(null)}
        />
      )}
      {asking === null && (
        <>
          <p>{t.admit.chooseBed}</p>
          <h3>{empty.length > 0 ? t.admit.emptyBeds : t.admit.noEmptyBeds}</h3>
          <BedButtons
            beds={empty}
            disabled={command.running}
            onBed={({ bed }) => command.run(bedPath(bed, 'admit'), { device })}
          />
          {used.length > 0 && <h3>{t.admit.usedBeds}</h3>}
          <BedButtons beds={used} disabled={command.running} onBed={setAsking} />
        </>
      )}
    </Dialog>
  );
}

interface BedButtonsProps {
  readonly beds: readonly Bed[];
  readonly disabled: boolean;
  readonly onBed: (bed: Bed) => void;
}

function BedButtons({ beds, disabled, onBed }: BedButtonsProps) {
  return (
    <p class="beds">
      {beds.map((bed) => (
        <button
          type="button"
          key={bed.bed}
          disabled={disabled}
          aria-label={t.tile.bed(bed.bed)}
          onClick={() => onBed(bed)}
        >
          {bed.bed}
        </button>
      ))}
    </p>
  );
}
