// SPDX-License-Identifier: Apache-2.0
/** What the channel enforces whoever asks: who must endorse, and where sealed details go and do not go. */
import { StatusCode } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../../ledger/contract/commands.ts';
import { digest, Organisation } from '../../../ledger/contract/testing/world.ts';
import type { FabricBed } from '../../../ledger/fabric/testing/bed.ts';
import { type BenchClient, benchClient } from '../../../ledger/fabric/testing/bench-client.ts';
import { decodeReply, OPEN, PURGE, SEALED, SUBMIT } from '../../../ledger/fabric/wire.ts';
import { bedOrg, gatewayOf } from '../support/bed-ledger.ts';

const SEALED_DETAILS = 'sealed details of one access, which no block may show';

interface Member {
  readonly organisation: Organisation;
  readonly admin: BenchClient;
  readonly gateway: BenchClient;
}

export function fabricPolicies(title: string, openBed: () => Promise<FabricBed>): void {
  describe(`policies of ${title}`, () => {
    let bed: FabricBed;
    let hosp: Member;
    let reg: Member;
    beforeAll(async () => {
      bed = await openBed();
      [hosp, reg] = await Promise.all([found(bed, 'HospMSP'), found(bed, 'RegMSP')]);
    });
    afterAll(async () => {
      for (const member of [hosp, reg])
        for (const client of [member?.admin, member?.gateway]) client?.[Symbol.dispose]();
      await bed?.[Symbol.asyncDispose]();
    });

    it('commits nothing that one organisation endorsed alone', async () => {
      const openLog = hosp.organisation.openLog();
      for (const alone of ['HospMSP', 'RegMSP'])
        expect(await statusOf(hosp, openLog, [alone])).toBe(StatusCode.ENDORSEMENT_POLICY_FAILURE);
      expect(await statusOf(hosp, openLog, ['HospMSP', 'RegMSP'])).toBe(StatusCode.VALID);
    });

    it('keeps sealed details out of blocks, gives them to members, and removes them for who put them there', async () => {
      const { organisation, gateway } = hosp;
      const details = digest('details');
      const proposal = gateway.contract.newProposal(SUBMIT, {
        arguments: [organisation.sign(organisation.access())],
        transientData: { [SEALED]: SEALED_DETAILS },
      });
      const { blockNumber, successful } = await (await (await proposal.endorse()).submit()).getStatus();
      expect(successful).toBe(true);
      const opened = async (by: Member) =>
        Buffer.from(await by.gateway.contract.evaluateTransaction(OPEN, 'HospMSP', details)).toString();
      expect([await opened(hosp), await opened(reg)]).toEqual([SEALED_DETAILS, SEALED_DETAILS]);
      const block = await blockOf(gateway, blockNumber);
      expect(block.includes(SEALED_DETAILS)).toBe(false);
      // The positive control: what is meant to be in the block is found in it.
      expect(block.includes(Buffer.from(details))).toBe(true);
      await reg.gateway.contract.submitTransaction(PURGE, details);
      expect(await opened(reg)).toBe(SEALED_DETAILS);
      await gateway.contract.submitTransaction(PURGE, details);
      expect([await opened(hosp), await opened(reg)]).toEqual(['', '']);
    });
  });
}

/** Registers the organisation of the bed and its gateway. */
async function found(bed: FabricBed, name: 'HospMSP' | 'RegMSP'): Promise<Member> {
  const organisation = new Organisation(name, 'policies');
  const org = bedOrg(organisation);
  const admin = benchClient(await bed.connection(org, { role: 'admin' }));
  const gateway = benchClient(await bed.connection(org, gatewayOf(organisation)));
  for (const command of [organisation.register(), organisation.registerGateway()]) {
    const reply = await admin.contract.submitTransaction(SUBMIT, organisation.sign(command));
    expect(decodeReply(reply)).toEqual({ kind: 'accepted' });
  }
  return { organisation, admin, gateway };
}

/** The verdict on a command that only these organisations endorsed. */
async function statusOf({ organisation, gateway }: Member, command: Command, endorsers: string[]): Promise<number> {
  const proposal = gateway.contract.newProposal(SUBMIT, {
    arguments: [organisation.sign(command)],
    endorsingOrganizations: endorsers,
  });
  const submitted = await (await proposal.endorse()).submit();
  return (await submitted.getStatus()).code;
}

async function blockOf({ network }: BenchClient, startBlock: bigint): Promise<Buffer> {
  const blocks = await network.getBlockEvents({ startBlock });
  try {
    for await (const block of blocks) return Buffer.from(block.serializeBinary());
  } finally {
    blocks.close();
  }
  throw new Error('the stream of blocks ended');
}
