// SPDX-License-Identifier: Apache-2.0
/** Two organisations on a bed, founded, with a gateway and its log: what the fault suite works with, and how it counts afterwards. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytesToHex } from '../../../ledger/codec/hex.ts';
import type { ContractEvent } from '../../../ledger/contract/answer.ts';
import { commandId } from '../../../ledger/contract/signed-command.ts';
import { digest, Organisation } from '../../../ledger/contract/testing/world.ts';
import { sha256 } from '../../../ledger/crypto/sha256.ts';
import type { FabricConnection } from '../../../ledger/fabric/connection.ts';
import type { FabricLedger, FabricLedgerOptions } from '../../../ledger/fabric/index.ts';
import type { FabricBed } from '../../../ledger/fabric/testing/bed.ts';
import { gatewayOf, openBedLedger } from './bed-ledger.ts';
import type { ChildTask } from './fabric-child.ts';

const CHILD = fileURLToPath(new URL('./fabric-child.ts', import.meta.url));

export class Ward implements AsyncDisposable {
  readonly bed: FabricBed;
  readonly hosp = new Organisation('HospMSP', 'faults');
  readonly reg = new Organisation('RegMSP', 'faults');
  readonly #folder = mkdtempSync(join(tmpdir(), 'lamplight-faults-'));
  readonly #connection: FabricConnection;
  #folders = 0;
  #accesses = 0;

  private constructor(bed: FabricBed, connection: FabricConnection) {
    this.bed = bed;
    this.#connection = connection;
  }

  static async found(bed: FabricBed): Promise<Ward> {
    const { hosp, reg } = { hosp: new Organisation('HospMSP', 'faults'), reg: new Organisation('RegMSP', 'faults') };
    const ward = new Ward(bed, await bed.connection('HospMSP', gatewayOf(hosp)));
    await using hospAdmin = await ward.open({ connection: await bed.connection('HospMSP', { role: 'admin' }) });
    await using regAdmin = await ward.open({ connection: await bed.connection('RegMSP', { role: 'admin' }) });
    await using gateway = await ward.open();
    await hospAdmin.host.submit(hosp.sign(hosp.register()));
    await regAdmin.host.submit(reg.sign(reg.register()));
    await hospAdmin.host.submit(hosp.sign(hosp.registerGateway()));
    await gateway.host.submit(hosp.sign(hosp.openLog()));
    return ward;
  }

  /** A new gateway process, as far as the ledger is concerned; with `directory` one that was there before. */
  open(over: Partial<FabricLedgerOptions> = {}): Promise<FabricLedger> {
    return openBedLedger(this.hosp, { connection: this.#connection, directory: this.directory(), ...over });
  }

  directory(): string {
    this.#folders += 1;
    return join(this.#folder, String(this.#folders));
  }

  /** A new command each time: an access of the treating team. */
  access(): { readonly signed: Uint8Array; readonly id: string } {
    this.#accesses += 1;
    const signed = this.hosp.sign(this.hosp.access({ details: digest(`access ${this.#accesses}`) }));
    return { signed, id: bytesToHex(commandId(signed, sha256)) };
  }

  /** Runs the client in a process of its own; gives the signal that ended it, or what it printed. */
  async child(task: Omit<ChildTask, 'connection' | 'org' | 'label'>): Promise<string> {
    const file = join(this.#folder, 'task.json');
    const { org, label } = this.hosp;
    writeFileSync(file, JSON.stringify({ ...task, connection: this.#connection, org, label }), { mode: 0o600 });
    const child: ChildProcess = spawn(process.execPath, [CHILD, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    return signal ?? printed.trim();
  }

  /** All events of the channel until one says that `untilId` took effect. Each transaction that changed anything has one. */
  async eventsUntil(untilId: string): Promise<readonly ContractEvent[]> {
    await using reader = await this.open();
    const seen: ContractEvent[] = [];
    for await (const { event } of reader.events.follow()) {
      seen.push(event);
      if (event.id === untilId) break;
    }
    return seen;
  }

  /** How often each of these commands took effect. A last command is handed in, so that what is still on its way would be seen. */
  async timesOf(ids: readonly string[]): Promise<readonly number[]> {
    await using last = await this.open();
    const end = this.access();
    await last.host.submit(end.signed);
    const events = await this.eventsUntil(end.id);
    return ids.map((id) => events.filter((event) => event.id === id).length);
  }

  async heldSize(): Promise<number | undefined> {
    await using reader = await this.open();
    const { head } = await reader.host.read('getHead', { originHash: this.hosp.originHash });
    return head?.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bed[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }
}
