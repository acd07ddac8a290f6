// SPDX-License-Identifier: Apache-2.0
/** The ward as a board needs it: beds, devices, and whether readings are being recorded. */
import type { DataPath } from '../data-path.ts';
import type { Device } from '../intake/intake.ts';
import type { DiskState } from '../journal/disk.ts';
import type { WardMessage } from '../messages.ts';

export interface WardMessageInput {
  readonly gateway: string;
  readonly wardName: string;
  readonly dataPath: DataPath;
  readonly devices: readonly Device[];
  readonly connected: (handle: string) => boolean;
  readonly disk: DiskState;
  readonly sentMs: number;
  readonly rate: number;
  /** "synthetic", "recorded, de-identified", or null for a real ward. */
  readonly origin: string | null;
}

export function wardMessage(input: WardMessageInput): WardMessage {
  const { ward } = input.dataPath;
  return {
    type: 'ward',
    gateway: input.gateway,
    wardName: input.wardName,
    sentMs: input.sentMs,
    rate: input.rate,
    origin: input.origin,
    beds: ward.beds.map((bed) => {
      const stay = ward.openStayOn(bed);
      return { bed, stay: stay?.id ?? null, admittedMs: stay?.openedMs ?? null, name: stay?.name ?? null };
    }),
    devices: input.devices.map(({ handle, kind }) => {
      const stay = ward.stay(ward.openLinkOf(handle)?.stay ?? '');
      const { lastSeenMs, resends, gaps, battery } = input.dataPath.factsOf(handle);
      return {
        device: handle,
        kind,
        bed: stay?.bed ?? null,
        stay: stay?.id ?? null,
        link: input.connected(handle) ? 'up' : 'down',
        lastSeenMs: lastSeenMs ?? null,
        resends,
        gaps,
        battery: battery ?? null,
        trust: 'C',
      };
    }),
    recording: input.disk,
  };
}
