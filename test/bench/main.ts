// SPDX-License-Identifier: Apache-2.0
/** `npm run bench`: the budgets of the design, measured in one run and printed as one table. With `--quick`, a slice of 20 seconds. */
import { parseArgs } from 'node:util';
import { measureIngest } from './ingest.ts';
import { formatTable, type Row } from './table.ts';

const OPTIONS = { quick: { type: 'boolean', default: false } } as const;
/** A multiple of the batch: 320,000 readings, or 96,000. */
const READINGS_PER_CLIENT = { full: 10_000, quick: 3000 };
const INGEST_GATE = 20_000;

const { quick } = parseArgs({ options: OPTIONS }).values;
const rows: Row[] = [...(await ingestRows())];
process.stdout.write(`${formatTable(rows)}\n`);
process.exitCode = rows.some((row) => row.pass === false) ? 1 : 0;

async function ingestRows(): Promise<Row[]> {
  const ingest = await measureIngest({
    readingsPerClient: quick ? READINGS_PER_CLIENT.quick : READINGS_PER_CLIENT.full,
  });
  const perSecond = ingest.readings / ingest.seconds;
  const cpuMicros = (1e6 * ingest.gatewayCpuSeconds) / ingest.readings;
  return [
    {
      what: 'ingest, embedded: journalled, sealed, stored, anchored (32 clients, QoS 1, one reading a message)',
      figure: `${Math.round(perSecond)} readings/s, ${cpuMicros.toFixed(1)} us of processor time each`,
      gate: `${INGEST_GATE} readings/s`,
      goal: 'level with Telegraf',
      pass: perSecond >= INGEST_GATE,
    },
  ];
}
