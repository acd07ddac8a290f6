// SPDX-License-Identifier: Apache-2.0
/** Anchors on a real Fabric network on this machine: through our outbox, beside a bare submit of fabric-gateway, and from 100 gateways at once. */
import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { type Contract, connect, signers } from '@hyperledger/fabric-gateway';
import type { Command } from '../../ledger/contract/commands.ts';
import { Organisation } from '../../ledger/contract/testing/world.ts';
import type { FabricConnection } from '../../ledger/fabric/connection.ts';
import type { FabricLedger } from '../../ledger/fabric/index.ts';
import { openRealBed, type RealBed } from '../../ledger/fabric/network/real-bed.ts';
import { SUBMIT } from '../../ledger/fabric/wire.ts';
import { bedOrg, entriesOf, gatewayOf, headOf, openBedLedger } from '../fabric/support/bed-ledger.ts';

export interface FabricFigures {
  /** Medians. */
  readonly anchorMs: number;
  readonly bareMs: number;
  readonly anchorsPerSecond: number;
  /** The same commands by bare submits, as many in flight. */
  readonly barePerSecond: number;
  readonly logs: number;
}

const ROUNDS = 20;
/** An organisation may register 64 keys for its logs, so they are shared among two. */
const LOGS_OF_AN_ORGANISATION = 50;
const BURSTS = 3;

/** `programs`: folder of Fabric's programs. `scratch`: for the outboxes. */
export async function measureFabric(programs: string, scratch: string): Promise<FabricFigures> {
  await using bed = await openRealBed(programs);
  const houses = [new House('HospMSP', bed, scratch), new House('RegMSP', bed, scratch)];
  await Promise.all(houses.map((house) => house.found()));
  const gateways = (await Promise.all(houses.map((house) => house.gateways()))).flat();
  const [through, aside] = gateways as [Gateway, Gateway];
  const bare = bareContract(aside.connection);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let size = 1; size <= ROUNDS; size++) {
    ours.push(await timed(() => through.ledger.anchor.anchor(headOf(through.organisation, size))));
    const command = aside.organisation.sign(aside.organisation.anchor(size - 1, entriesOf(size)));
    theirs.push(await timed(() => bare.contract.submit(SUBMIT, { arguments: [command] })));
  }
  bare.close();
  const burst = await measureBurst(gateways);
  for (const { ledger } of gateways) await ledger[Symbol.asyncDispose]();
  return { anchorMs: median(ours), bareMs: median(theirs), ...burst, logs: gateways.length };
}

/** Ours and bare in turn, so that a machine that grows slower is slower for both. */
async function measureBurst(
  gateways: readonly Gateway[],
): Promise<Pick<FabricFigures, 'anchorsPerSecond' | 'barePerSecond'>> {
  const contracts = gateways.map(({ connection }) => bareContract(connection));
  const [oursMs, theirsMs]: [number[], number[]] = [[], []];
  for (let size = ROUNDS + 1; size <= ROUNDS + 2 * BURSTS; size += 2) {
    const heads = gateways.map(({ organisation }) => headOf(organisation, size));
    oursMs.push(await timed(() => Promise.all(gateways.map(({ ledger }, i) => ledger.anchor.anchor(heads[i]!)))));
    const commands = gateways.map(({ organisation }) =>
      organisation.sign(organisation.anchor(size, entriesOf(size + 1))),
    );
    const submit = (i: number) => contracts[i]!.contract.submit(SUBMIT, { arguments: [commands[i]!] });
    theirsMs.push(await timed(() => Promise.all(gateways.map((_, i) => submit(i)))));
  }
  for (const contract of contracts) contract.close();
  const perSecond = (ms: readonly number[]) => (1000 * gateways.length) / median(ms);
  return { anchorsPerSecond: perSecond(oursMs), barePerSecond: perSecond(theirsMs) };
}

interface Gateway {
  readonly organisation: Organisation;
  readonly connection: FabricConnection;
  readonly ledger: FabricLedger;
}

/** One organisation with many gateways, each with a log of its own. */
class House {
  readonly #bed: RealBed;
  readonly #scratch: string;
  readonly #administrator: Organisation;
  readonly #members: readonly Organisation[];

  constructor(name: string, bed: RealBed, scratch: string) {
    this.#bed = bed;
    this.#scratch = scratch;
    this.#administrator = new Organisation(name, 'bench');
    this.#members = Array.from({ length: LOGS_OF_AN_ORGANISATION }, (_, i) => new Organisation(name, `bench-${i}`));
  }

  /** Registers the organisation with the keys of all its logs, and every gateway. */
  async found(): Promise<void> {
    const connection = await this.#bed.connection(bedOrg(this.#administrator), { role: 'admin' });
    const directory = join(this.#scratch, `${this.#administrator.org}-admin`);
    await using ledger = await openBedLedger(this.#administrator, { connection, directory });
    const logKeys = this.#members.map(({ vkey }) => vkey);
    await accepted(ledger, this.#administrator, this.#administrator.register({ logKeys }));
    const registered = this.#members.map((one) => accepted(ledger, this.#administrator, one.registerGateway()));
    await Promise.all(registered);
  }

  async gateways(): Promise<Gateway[]> {
    return Promise.all(
      this.#members.map(async (organisation) => {
        const connection = await this.#bed.connection(bedOrg(organisation), gatewayOf(organisation));
        const directory = join(this.#scratch, `${organisation.org}-${organisation.label}`);
        const ledger = await openBedLedger(organisation, { connection, directory });
        await accepted(ledger, organisation, organisation.openLog());
        return { organisation, connection, ledger };
      }),
    );
  }
}

async function accepted(ledger: FabricLedger, by: Organisation, command: Command): Promise<void> {
  const { kind, code } = await ledger.host.submit(by.sign(command));
  if (kind !== 'accepted') throw new Error(`${command.type}: ${code ?? kind}`);
}

/** fabric-gateway as its own examples use it. */
function bareContract(connection: FabricConnection): { contract: Contract; close(): void } {
  const { endpoint, serverName, tlsRootPem, mspId, certificatePem, privateKeyPem, channel, chaincode } = connection;
  const name = serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName };
  const client = new Client(endpoint, credentials.createSsl(Buffer.from(tlsRootPem)), name);
  const gateway = connect({
    client,
    identity: { mspId, credentials: Buffer.from(certificatePem) },
    signer: signers.newPrivateKeySigner(createPrivateKey(privateKeyPem)),
  });
  const close = () => {
    gateway.close();
    client.close();
  };
  return { contract: gateway.getNetwork(channel).getContract(chaincode), close };
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await task();
  return performance.now() - startedMs;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1]!;
}
