// SPDX-License-Identifier: Apache-2.0
/** The whole data path with the ledger on Fabric: on the bench peer, with the real client and the real chaincode servers. */
import { expect, it } from 'vitest';
import { BenchNetwork } from '../../ledger/fabric/testing/bench-network.ts';
import { openRig } from '../support/gateway-rig.ts';
import { fabricDataPath } from './suites/data-path.ts';

const program = new URL('../../ledger/fabric/chaincode/server.ts', import.meta.url);
fabricDataPath('the data path on Fabric, on the bench peer', () => BenchNetwork.start({ program }));

it.each([
  ['runs faster than real time', 10, 0],
  ['is another than real time', 1, 3_600_000],
])('is refused to a ward whose time %s: the channel would refuse every command', async (_, rate, aheadMs) => {
  const toml = 'ledger = { backend = "fabric", fabric = { connection = "/nowhere" } }';
  const clock = { rate, originRealMs: Date.now(), originWardMs: Date.now() + aheadMs };
  await expect(openRig({ toml, clock })).rejects.toMatchObject({ code: 'FABRIC_NEEDS_REAL_TIME' });
});
