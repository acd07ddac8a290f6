// SPDX-License-Identifier: Apache-2.0
/** Each device: whether it is connected, when it was last heard, what it sent again and left out, and how far it is trusted. No values. */
import type { WardMessage } from '../../../gateway/messages.ts';
import { t } from '../messages/messages.ts';
import { ageWords } from '../model/age.ts';
import { Scroller } from './scroller.tsx';

const count = new Intl.NumberFormat(t.locale, { maximumFractionDigits: 0 });
/** From here down a battery is called low. */
const LOW_BATTERY_PERCENT = 20;

/** `link`: unknown while the gateway is not heard. */
type Device = Omit<WardMessage['devices'][number], 'stay' | 'link'> & { readonly link: keyof typeof t.devices.links };

export interface Devices {
  readonly wardMs: number | null;
  readonly devices: readonly Device[];
}

export function DeviceTable({ devices, wardMs }: Devices) {
  if (devices.length === 0) return <p>{t.devices.none}</p>;
  const { device, kind, bed, lastSeen, link, battery, resends, gaps, trust } = t.devices;
  return (
    <Scroller name={t.pages.devices}>
      <table>
        <caption class="unseen">{t.pages.devices}</caption>
        <thead>
          <tr>
            {[device, kind, bed, link, lastSeen, battery, resends, gaps, trust].map((head) => (
              <th scope="col" key={head}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {devices.map((each) => (
            <tr key={each.device}>
              <th scope="row">{each.device}</th>
              <td>{each.kind}</td>
              <td>{each.bed ?? t.tile.notAdmitted}</td>
              <td>{t.devices.links[each.link]}</td>
              <td>{agoWords(each.lastSeenMs, wardMs)}</td>
              <td>{batteryWords(each.battery, wardMs)}</td>
              <td>{count.format(each.resends)}</td>
              <td>{count.format(each.gaps)}</td>
              <td>{t.devices.trusts[each.trust]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function agoWords(lastSeenMs: number | null, wardMs: number | null): string {
  return lastSeenMs === null || wardMs === null ? t.devices.never : ageWords(wardMs - lastSeenMs, t.age);
}

/** A low one says so in words. */
function batteryWords(battery: Device['battery'], wardMs: number | null): string {
  if (battery === null || wardMs === null) return t.devices.batteryNotTold;
  const words = battery.percent <= LOW_BATTERY_PERCENT ? t.devices.batteryLow : t.devices.batteryAt;
  return words(count.format(battery.percent), ageWords(wardMs - battery.toldMs, t.age));
}
