// SPDX-License-Identifier: Apache-2.0
/** What the configuration files must say whatever else they say; that the real programs take them is shown in test/fabric. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { collections, configtx, cryptoConfig } from './channel-config.ts';
import { coreYaml, ordererYaml } from './node-config.ts';
import { Places } from './places.ts';
import { PORTS, topologyOf } from './topology.ts';

const topology = topologyOf();
const places = new Places('/net', topology);
const [orderer] = topology.orderers;
const texts = [
  cryptoConfig(topology),
  configtx(topology, places),
  ordererYaml(orderer!, topology, places),
  ...topology.orgs.map((org) => coreYaml(org, places, '/builder')),
].map((value) => JSON.stringify(value));

it('gives every part ports of its own', () => {
  const used = [...topology.orderers, ...topology.orgs].flatMap((place) =>
    Object.values(place).filter((value) => typeof value === 'number'),
  );
  expect(used.toSorted()).toEqual(PORTS.raft.toSorted());
  expect(new Set(used).size).toBe(PORTS.raft.length);
  expect(() => topologyOf({ ports: PORTS.raft.slice(1) })).toThrow(RangeError);
});

it('gives four orderers of SmartBFT ports, and an identity each', () => {
  const bft = topologyOf({ ordering: 'bft' });
  const used = [...bft.orderers, ...bft.orgs].flatMap((place) =>
    Object.values(place).filter((value) => typeof value === 'number'),
  );
  expect(used.toSorted()).toEqual(PORTS.bft.toSorted());
  expect(new Set(used).size).toBe(PORTS.bft.length);
  const there = new Places('/net', bft);
  const profile = JSON.stringify(configtx(bft, there));
  expect(profile).toContain('"OrdererType":"BFT"');
  expect(profile).toContain('"V3_0":true');
  bft.orderers.forEach((place, index) => {
    const server = join(there.orderer(place), 'tls', 'server.crt');
    const own = { Host: '127.0.0.1', Port: place.port, ClientTLSCert: server, ServerTLSCert: server };
    const wanted = { ...own, ID: index + 1, MSPID: 'OrdererMSP', Identity: there.ordererIdentity(place) };
    expect(profile).toContain(JSON.stringify(wanted));
  });
  // The row of every day has none of it.
  expect(JSON.stringify(configtx(topology, places))).not.toMatch(/BFT|V3_0|ConsenterMapping/);
});

it('listens on loopback only, and has TLS wherever a client or another organisation comes', () => {
  const addresses = texts.join(' ').match(/\d+\.\d+\.\d+\.\d+/g);
  expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
  for (const text of texts.slice(2)) expect(text).toMatch(/"(enabled|Enabled)":true,"(cert|PrivateKey)"/);
});

it('wants the majority of the organisations, each by its peer', () => {
  const profile = JSON.stringify(configtx(topology, places));
  expect(profile.match(/"Endorsement":\{"Type":"Signature","Rule":"OR\('(\w+)\.peer'\)"/g)).toHaveLength(2);
  for (const policy of ['LifecycleEndorsement', 'Endorsement'])
    expect(profile).toContain(`"${policy}":{"Type":"ImplicitMeta","Rule":"MAJORITY Endorsement"}`);
});

it('keeps sealed details with the members, for good', () => {
  const [collection] = collections(topology, 'sealed') as [Record<string, unknown>];
  expect(collection).toMatchObject({
    name: 'sealed',
    policy: "OR('HospMSP.member','RegMSP.member')",
    memberOnlyRead: true,
    memberOnlyWrite: true,
    blockToLive: 0,
  });
});
