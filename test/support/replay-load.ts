// SPDX-License-Identifier: Apache-2.0
/** Recording 3975656n as fast as a gateway acknowledges it: minute data, its last row now, so that nothing lies in the future. */
import { fileURLToPath } from 'node:url';
import { createWardClock } from '../../devices/index.ts';
import { openRecording } from '../../devices/sim/recording.ts';
import { readingsOfRow, rowMs } from '../../devices/sim/replay.ts';
import { VirtualWearable } from '../../devices/sim/virtual-wearable.ts';

export const RECORDINGS = fileURLToPath(new URL('../../../shared/recordings/wfdb', import.meta.url));
const RECORD = '3975656n';

export interface ReplayLoadOptions {
  readonly port: number;
  readonly gateway: string;
  readonly handle: string;
  readonly secret: string;
  /** Rows from the first; all of them unless told otherwise. */
  readonly rows?: number;
  /** Told before each row. */
  readonly onRow?: (row: number) => void;
}

/** Resolves with the number of readings once all are acknowledged. */
export async function replayRecording(options: ReplayLoadOptions): Promise<number> {
  const { port, gateway, handle, secret } = options;
  const recording = await openRecording(RECORDINGS, RECORD);
  const rows = Math.min(options.rows ?? Number.POSITIVE_INFINITY, recording.header.frames);
  const clock = createWardClock({ rate: 1, originRealMs: 0, originWardMs: 0 });
  const startMs = clock.wallMs() - rows * rowMs(recording);
  const broker = `mqtt://127.0.0.1:${port}`;
  await using wearable = new VirtualWearable({ broker, gateway, handle, secret, clock, seed: 1 }).start();
  let readings = 0;
  for (let row = 0; row < rows; row++) {
    await wearable.room();
    options.onRow?.(row);
    const records = readingsOfRow(recording, row);
    wearable.publish(records, startMs + row * rowMs(recording));
    readings += records.length;
  }
  await wearable.settled();
  return readings;
}
