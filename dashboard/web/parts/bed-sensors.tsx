// SPDX-License-Identifier: Apache-2.0
/** The sensors of a bed: take one off, add one that is on no bed. Trust is named only where it is missing. */
import type { WardMessage } from '../../../gateway/messages.ts';
import { t } from '../messages/messages.ts';
import { type Device, looseSensors } from '../model/tiles.ts';
import { bedPath, unlinkPath } from '../station-api.ts';
import { Choice } from './choice.tsx';
import type { CommandState } from './use-command.ts';

interface BedSensorsProps {
  readonly bed: string;
  readonly stay: string;
  readonly ward: WardMessage;
  readonly command: CommandState;
}

export function BedSensors({ bed, stay, ward, command }: BedSensorsProps) {
  const own = ward.devices.filter((device) => device.bed === bed);
  const loose = looseSensors(ward);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const device = new FormData(event.currentTarget as HTMLFormElement).get('device');
    command.run(bedPath(bed, 'link'), { stay, device });
  };
  return (
    <section>
      <h3>{t.bed.sensors}</h3>
      {own.length === 0 && <p>{t.bed.none}</p>}
      <ul class="sensors">
        {own.map((device) => (
          <li key={device.device}>
            <span>{describe(device)}</span>
            <button
              type="button"
              aria-label={t.bed.unlinkName(device.device)}
              disabled={command.running}
              onClick={() => command.run(unlinkPath(device.device), { stay })}
            >
              {t.bed.unlink}
            </button>
          </li>
        ))}
      </ul>
      {loose.length > 0 && (
        <form class="row" onSubmit={onSubmit}>
          <Choice
            name="device"
            label={<span class="unseen">{t.admit.sensor}</span>}
            options={loose.map(sensorOption)}
          />
          <button type="submit" disabled={command.running}>
            {t.bed.link}
          </button>
        </form>
      )}
    </section>
  );
}

/** As one may choose it. */
export function sensorOption({ device, kind }: Device): { value: string; words: string } {
  return { value: device, words: `${device} (${kind})` };
}

function describe({ device, kind, trust, link }: Device): string {
  const notes = [kind];
  if (trust === 'C' || trust === 'D') notes.push(t.bed.notVerified);
  if (link === 'down') notes.push(t.bed.notReached);
  return `${device} (${notes.join(', ')})`;
}
