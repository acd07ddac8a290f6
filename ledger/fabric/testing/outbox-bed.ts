// SPDX-License-Identifier: Apache-2.0
/** An outbox over a real file and the fake port, that can be killed at any of its points and opened again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../../contract/commands.ts';
import { NOW_MS, Organisation } from '../../contract/testing/world.ts';
import { openFabricDatabase } from '../fabric-database.ts';
import { FabricHost } from '../fabric-host.ts';
import type { FabricFaultPoint } from '../fault-point.ts';
import { Outbox } from '../outbox.ts';
import { OutboxStore } from '../outbox-store.ts';
import { FakePort, FastTime } from './fake-port.ts';

/** Thrown where the process would have died: nothing after it has happened. */
class Killed extends Error {}

/** Resolves when nothing waits any more, or true when the outbox was killed first. */
export async function drained({ outbox, ended }: Running): Promise<boolean> {
  const turn = () => new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)));
  while (outbox.counters()['waiting'] !== 0) if (await Promise.race([ended, turn()])) return true;
  return false;
}

export interface Running extends AsyncDisposable {
  readonly store: OutboxStore;
  readonly outbox: Outbox;
  readonly host: FabricHost;
  /** Resolves with true if it was killed. */
  readonly ended: Promise<boolean>;
}

export class OutboxBed implements AsyncDisposable {
  readonly time = new FastTime(NOW_MS);
  readonly port = new FakePort(this.time.nowMs);
  readonly hosp = new Organisation('HospMSP', 'outbox');
  readonly reg = new Organisation('RegMSP', 'outbox');
  readonly #folder = mkdtempSync(join(tmpdir(), 'lamplight-outbox-'));
  readonly #running: Running[] = [];
  /** Codes of the refusals for which nobody waited. */
  readonly unclaimed: string[] = [];
  /** Where the next run is to be killed. */
  killAt: FabricFaultPoint | undefined;

  /** `Store`: a faulty one, for controls. */
  open(Store = OutboxStore): Running {
    const database = openFabricDatabase(this.#folder);
    const store = new Store(database);
    const outbox = new Outbox({
      store,
      port: this.port,
      mspId: this.hosp.org,
      nowMs: this.time.nowMs,
      timers: this.time,
      random: () => 0.5,
      onUnclaimedRefusal: ({ code }) => this.unclaimed.push(code),
      passFaultPoint: (point) => {
        if (point !== this.killAt) return;
        this.killAt = undefined;
        throw new Killed(point);
      },
    });
    const ended = outbox.start().then(
      () => false,
      (error) => {
        if (error instanceof Killed) return true;
        throw error;
      },
    );
    const running: Running = {
      store,
      outbox,
      host: new FabricHost(outbox, this.port, this.hosp.org),
      ended,
      async [Symbol.asyncDispose]() {
        await outbox[Symbol.asyncDispose]();
        if (database.isOpen) database.close();
      },
    };
    this.#running.push(running);
    return running;
  }

  /** Two organisations with their gateways, and the log of the first. */
  async found({ host }: Running): Promise<void> {
    const { hosp, reg } = this;
    const commands: [Organisation, Command][] = [
      [hosp, hosp.register()],
      [reg, reg.register()],
      [hosp, hosp.registerGateway()],
      [hosp, hosp.openLog()],
    ];
    for (const [org, command] of commands) await host.submit(org.sign(command));
    this.port.effects.length = 0;
    this.port.calls.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) await running[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }
}
