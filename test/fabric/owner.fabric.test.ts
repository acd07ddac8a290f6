// SPDX-License-Identifier: Apache-2.0
/**
 * The keys of an owner need its own peer, whatever the chaincode's policy says. Shown on a real network whose chaincode any one
 * organisation may endorse: nothing but the policies of the keys stands between a stranger and what belongs to another.
 */
import { StatusCode } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../ledger/contract/commands.ts';
import { digest, Organisation } from '../../ledger/contract/testing/world.ts';
import { type BenchClient, benchClient } from '../../ledger/fabric/testing/bench-client.ts';
import { SUBMIT } from '../../ledger/fabric/wire.ts';
import { gatewayOf } from './support/bed-ledger.ts';
import { onRealNetwork } from './support/real-network.ts';

const ANYBODY = "OR('HospMSP.peer','RegMSP.peer')";

onRealNetwork((openBed) => {
  describe('keys of an owner, on a real network', () => {
    const hosp = new Organisation('HospMSP', 'owner');
    let admin: BenchClient;
    let gateway: BenchClient;
    beforeAll(async () => {
      const bed = await openBed(ANYBODY);
      admin = benchClient(await bed.connection('HospMSP', { role: 'admin' }));
      gateway = benchClient(await bed.connection('HospMSP', gatewayOf(hosp)));
    });
    afterAll(() => {
      for (const client of [admin, gateway]) client?.[Symbol.dispose]();
    });
    const endorsedBy = async (org: 'HospMSP' | 'RegMSP', command: Command): Promise<number> => {
      const { contract } = command.device ? gateway : admin;
      const options = { arguments: [hosp.sign(command)], endorsingOrganizations: [org] };
      const submitted = await (await contract.newProposal(SUBMIT, options).endorse()).submit();
      return (await submitted.getStatus()).code;
    };

    it('are made under the policy of the chaincode', async () => {
      expect(await endorsedBy('RegMSP', hosp.register())).toBe(StatusCode.VALID);
      expect(await endorsedBy('RegMSP', hosp.registerGateway())).toBe(StatusCode.VALID);
      expect(await endorsedBy('RegMSP', hosp.openLog())).toBe(StatusCode.VALID);
      expect(await endorsedBy('RegMSP', hosp.grant('c', hosp))).toBe(StatusCode.VALID);
      // The positive control: what belongs to nobody any one of them may write.
      expect(await endorsedBy('RegMSP', hosp.access({ details: digest('one') }))).toBe(StatusCode.VALID);
    });

    it('are changed only with the endorsement of its peer', async () => {
      const changes = [
        hosp.register({ version: 2 }),
        hosp.anchor(0, ['a', 'b']),
        hosp.revoke('c'),
        hosp.admin('setDeviceStatus', { target: hosp.device, status: 'suspended' }),
      ];
      for (const change of changes) {
        expect(await endorsedBy('RegMSP', change)).toBe(StatusCode.ENDORSEMENT_POLICY_FAILURE);
        expect(await endorsedBy('HospMSP', change)).toBe(StatusCode.VALID);
      }
    });
  });
});
