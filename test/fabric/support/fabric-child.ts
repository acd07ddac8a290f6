// SPDX-License-Identifier: Apache-2.0
/**
 * A client of its own process, for the fault suite: hands one command in, and shows one head, under a fault point at which it kills itself.
 * Takes the path of a JSON file (ChildTask); prints `done` when its outbox is empty.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Organisation } from '../../../ledger/contract/testing/world.ts';
import type { FabricConnection } from '../../../ledger/fabric/connection.ts';
import type { FabricFaultPoint } from '../../../ledger/fabric/fault-point.ts';
import { headOf, openBedLedger } from './bed-ledger.ts';

export interface ChildTask {
  readonly connection: FabricConnection;
  readonly directory: string;
  readonly org: string;
  readonly label: string;
  /** Of the access that is handed in; none: only what is on disk goes on. */
  readonly commandHex?: string;
  /** Entries of the head that is shown. */
  readonly size?: number;
  readonly killAt?: FabricFaultPoint;
}

const LOOK_AGAIN_MS = 20;

const task = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as ChildTask;
const organisation = new Organisation(task.org, task.label);
await using ledger = await openBedLedger(organisation, {
  connection: task.connection,
  directory: task.directory,
  passFaultPoint: (point) => {
    if (point === task.killAt) process.kill(process.pid, 'SIGKILL');
  },
});
if (task.commandHex) await ledger.host.submit(Buffer.from(task.commandHex, 'hex'));
if (task.size) await ledger.anchor.anchor(headOf(organisation, task.size));
while (ledger.counters()['waiting'] !== 0) await sleep(LOOK_AGAIN_MS);
process.stdout.write('done\n');
