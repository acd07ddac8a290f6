// SPDX-License-Identifier: Apache-2.0
/** A patient-day as a CSV file with its proof, verified as whoever receives it does: by the command, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeExport } from '../../gateway/export/export-files.ts';
import { readIdentity } from '../../gateway/identity.ts';
import { systemTimers } from '../../gateway/timers.ts';
import { viewLog } from '../../ledger/index.ts';
import type { GatewayHome } from '../support/gateway-process.ts';
import { openRecord } from '../support/record.ts';

const FRONT_DOOR = fileURLToPath(new URL('../../lamplight.ts', import.meta.url));
const FORM = { profile: 'machine', delimiter: ',', decimalMark: '.', timeZone: 'UTC' } as const;

/** Ms from the start of `lamplight verify` to its end, for the readings of the stay, nearly all of `readings`. */
export async function measureExportVerify({ paths }: GatewayHome, stay: string, readings: number): Promise<number> {
  const identity = await readIdentity(paths.identity);
  const file = join(paths.directory, 'day.csv');
  await using record = await openRecord(paths.directory);
  const source = {
    selection: { stay, fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY, vitals: [] },
    form: FORM,
    batches: record.reader.batches(stay),
    corrections: [],
    identity,
    log: await viewLog(paths.log, identity.vkey),
  };
  const watcher = { signal: new AbortController().signal, timers: systemTimers(), say: () => undefined };
  const written = await writeExport(file, source, watcher);
  // The last few may stand in the stay that the gateway admitted the sensor to while they came.
  if (written.readings < 0.999 * readings) throw new Error(`${written.readings} of ${readings} readings were exported`);
  const startedAt = performance.now();
  const verifier = spawn(process.execPath, [FRONT_DOOR, 'verify', `${file}.proof`, '--key', identity.vkey]);
  verifier.stdout.resume();
  verifier.stderr.pipe(process.stderr);
  const [code] = await once(verifier, 'exit');
  if (code !== 0) throw new Error('a good export does not verify');
  return performance.now() - startedAt;
}
