// SPDX-License-Identifier: Apache-2.0
/** The conformance suite of the contract on Fabric: each command goes in through the peer, and under the certificate, of who signed it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex } from '../../../ledger/codec/hex.ts';
import { ContractError } from '../../../ledger/contract/errors.ts';
import type { ContractHost, Reply } from '../../../ledger/contract/host.ts';
import type { ReadArgs, ReadName, ReadResult } from '../../../ledger/contract/reads.ts';
import { decodeSignedCommand } from '../../../ledger/contract/signed-command.ts';
import { conformance } from '../../../ledger/contract/testing/conformance.ts';
import type { Organisation } from '../../../ledger/contract/testing/world.ts';
import { sha256 } from '../../../ledger/crypto/sha256.ts';
import type { FabricLedger } from '../../../ledger/fabric/index.ts';
import type { BedRole, FabricBed } from '../../../ledger/fabric/testing/bed.ts';
import { bedOrg, openBedLedger } from '../support/bed-ledger.ts';

export function fabricConformance(title: string, openBed: () => Promise<FabricBed>): void {
  conformance(
    title,
    async (organisations) => {
      const bed = await openBed();
      const folder = mkdtempSync(join(tmpdir(), 'lamplight-conformance-'));
      const open = () => new RoutedHost(bed, organisations, folder);
      let host = open();
      return {
        host,
        restart: async () => {
          await host[Symbol.asyncDispose]();
          host = open();
          return host;
        },
        close: async () => {
          await host[Symbol.asyncDispose]();
          await bed[Symbol.asyncDispose]();
          rmSync(folder, { recursive: true });
        },
      };
    },
    ['HospMSP', 'RegMSP'],
    'suite',
    Date.now,
  );
}

/** One host per signer, opened when it is needed. */
class RoutedHost implements ContractHost {
  readonly #bed: FabricBed;
  readonly #organisations: readonly Organisation[];
  readonly #folder: string;
  readonly #ledgers = new Map<string, Promise<FabricLedger>>();

  constructor(bed: FabricBed, organisations: readonly Organisation[], folder: string) {
    this.#bed = bed;
    this.#organisations = organisations;
    this.#folder = folder;
  }

  async submit(signed: Uint8Array): Promise<Reply> {
    const { host } = await this.#ledgerFor(signed);
    return host.submit(signed);
  }

  async read<N extends ReadName>(name: N, args: ReadArgs<N>): Promise<ReadResult<N>> {
    const { host } = await this.#ledger(this.#organisations[0]!, { role: 'admin' });
    return host.read(name, args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const ledger of this.#ledgers.values()) await (await ledger)[Symbol.asyncDispose]();
  }

  #ledgerFor(signed: Uint8Array): Promise<FabricLedger> {
    const [first] = this.#organisations;
    try {
      const { org, device } = decodeSignedCommand(signed, sha256).command;
      const organisation = this.#organisations.find((one) => one.org === org)!;
      return this.#ledger(organisation, device ? { role: 'gateway', deviceId: bytesToHex(device) } : { role: 'admin' });
    } catch (error) {
      // Whoever hands in what nobody can read is answered by anybody.
      if (error instanceof ContractError) return this.#ledger(first!, { role: 'admin' });
      throw error;
    }
  }

  #ledger(organisation: Organisation, role: BedRole): Promise<FabricLedger> {
    const name = `${organisation.org}-${role.role === 'gateway' ? role.deviceId : role.role}`;
    const ledger = this.#ledgers.get(name) ?? this.#open(organisation, role, name);
    this.#ledgers.set(name, ledger);
    return ledger;
  }

  async #open(organisation: Organisation, role: BedRole, name: string): Promise<FabricLedger> {
    const connection = await this.#bed.connection(bedOrg(organisation), role);
    return openBedLedger(organisation, { connection, directory: join(this.#folder, name) });
  }
}
