// SPDX-License-Identifier: Apache-2.0
/** The chaincode over a peer in memory: the conformance suite of every home of the ledger, and what only Fabric has. */
import shim from 'fabric-shim';
import { beforeEach, describe, expect, it } from 'vitest';
import { bytesToHex } from '../../codec/hex.ts';
import { parseRefusal } from '../../contract/answer.ts';
import type { Caller } from '../../contract/apply.ts';
import type { Command } from '../../contract/commands.ts';
import type { ContractHost, Reply } from '../../contract/host.ts';
import { decodeReadResult, encodeReadArgs, type ReadArgs, type ReadName } from '../../contract/reads.ts';
import { decodeSignedCommand } from '../../contract/signed-command.ts';
import { conformance } from '../../contract/testing/conformance.ts';
import { digest, NOW_MS, Organisation } from '../../contract/testing/world.ts';
import { nodeCrypto } from '../../crypto/node.ts';
import { decodeEvent, decodeReply, OPEN, PURGE, READ, SEALED, SUBMIT } from '../wire.ts';
import { createChaincode } from './chaincode.ts';
import { MemoryPeer, type Outcome } from './testing/memory-stub.ts';

const SEALED_BYTES = Buffer.from('sealed details');

conformance('the chaincode over a peer in memory', async () => {
  const host = new StubHost(newPeer());
  return { host, restart: async () => new StubHost(host.peer), close: async () => undefined };
});

describe('on Fabric', () => {
  const [north, south] = [new Organisation('NorthMSP', 'stub'), new Organisation('SouthMSP', 'stub')];
  let peer: MemoryPeer;
  beforeEach(async () => {
    peer = newPeer();
    for (const org of [north, south]) for (const make of [org.register(), org.registerGateway()]) await hand(org, make);
  });
  const hand = (by: Organisation, command: Command, over: { caller?: Caller; sealed?: Uint8Array } = {}) =>
    peer.invoke({
      args: [Buffer.from(SUBMIT), by.sign(command)],
      caller: over.caller ?? (command.device ? by.gatewayCaller : by.adminCaller),
      ...(over.sealed && { transient: new Map([[SEALED, over.sealed]]) }),
    });
  const ask = (name: string, caller: Caller, ...args: (string | Uint8Array)[]) =>
    peer.invoke({ args: [name, ...args].map((arg) => Buffer.from(arg)), caller });

  it('lets nobody hand in what another organisation, role or gateway signed, or without a role', async () => {
    const grant = north.grant('c', south);
    const strangers: Caller[] = [
      south.gatewayCaller,
      north.adminCaller,
      { ...north.gatewayCaller, device: south.device },
    ];
    for (const caller of strangers) expect(codeOf(await hand(north, grant, { caller }))).toBe('CALLER_REFUSED');
    const caller = { org: north.org, role: 'other' as never };
    expect(codeOf(await hand(north, grant, { caller }))).toBe('CALLER_REFUSED');
    expect((await hand(north, grant)).status).toBe(200);
  });

  it('commits the evidence of a fork, and nothing of any other refusal', async () => {
    await hand(north, north.openLog());
    await hand(north, north.anchor(0, ['a', 'b']));
    const before = new Map(peer.values);
    expect(codeOf(await hand(north, north.anchor(1, ['a', 'b', 'c'])))).toBe('STALE');
    expect(peer.values).toEqual(before);
    const fork = await hand(north, north.anchor(2, ['x', 'b']));
    expect(fork.status).toBe(200);
    expect(decodeReply(fork.payload!)).toMatchObject({ kind: 'refused', code: 'FORK' });
    expect(decodeEvent(fork.event!.payload)).toMatchObject({ type: 'fork', size: 2 });
    expect([...peer.values.keys()].filter((key) => !before.has(key))).toEqual([expect.stringMatching(/^inc~/)]);
  });

  it('tells of each change in one event', async () => {
    const command = north.openLog();
    const { event } = await hand(north, command);
    const { id } = decodeSignedCommand(north.sign(command), nodeCrypto.sha256);
    const originHash = bytesToHex(north.originHash);
    expect(event?.name).toBe('openLog');
    expect(decodeEvent(event!.payload)).toEqual({ type: 'openLog', id: bytesToHex(id), originHash, size: 0 });
    expect((await hand(north, command)).event).toBeUndefined();
  });

  it('gives the keys of an owner the policy of its peers when they are made, and never another', async () => {
    const owners = ({ policies }: Outcome) =>
      [...policies].map(([key, policy]) => [
        key.slice(0, 4),
        ...new shim.KeyEndorsementPolicy(policy as never).listOrgs(),
      ]);
    peer = newPeer();
    expect(owners(await hand(north, north.register()))).toEqual([['org~', 'NorthMSP']]);
    expect(owners(await hand(south, south.register()))).toEqual([['org~', 'SouthMSP']]);
    expect(owners(await hand(north, north.registerGateway()))).toEqual([['dev~', 'NorthMSP']]);
    expect(owners(await hand(north, north.openLog()))).toEqual([['log~', 'NorthMSP']]);
    expect(owners(await hand(north, north.grant('c', south)))).toEqual([['con~', 'NorthMSP']]);
    for (const command of [north.anchor(0, ['a']), north.revoke('c'), north.access(), north.register({ version: 2 })])
      expect(owners(await hand(north, command))).toEqual([]);
  });

  it('writes a key without a policy with every command, so that the majority is always asked', async () => {
    const commands = [
      north.openLog(),
      north.anchor(0, ['a']),
      north.grant('c', south),
      north.revoke('c'),
      north.access(),
    ];
    for (const command of commands) {
      const before = new Set(peer.values.keys());
      await hand(north, command);
      const fresh = [...peer.values.keys()].filter((key) => !before.has(key) && !/^(org|dev|log|con)~/.test(key));
      expect(fresh).not.toEqual([]);
    }
  });

  it('keeps sealed details for members, and purges them for who put them there', async () => {
    const details = digest('details');
    await hand(north, north.access(), { sealed: SEALED_BYTES });
    expect(Buffer.from((await ask(OPEN, south.gatewayCaller, north.org, details)).payload!)).toEqual(SEALED_BYTES);
    // South names the same commitment in a command of its own: that gives it no power over what North put there.
    await hand(south, south.access(), { sealed: Buffer.from('other') });
    await ask(PURGE, south.gatewayCaller, details);
    expect([...peer.sealed.keys()]).toEqual([`NorthMSP~${bytesToHex(details)}`]);
    const replaced = await hand(north, north.access({ at: NOW_MS + 1 }), { sealed: Buffer.from('other') });
    expect(codeOf(replaced)).toBe('CONFLICT');
    await hand(north, north.admin('setDeviceStatus', { target: north.device, status: 'suspended' }));
    expect(codeOf(await ask(PURGE, north.gatewayCaller, details))).toBe('SENDER_INACTIVE');
    expect((await ask(PURGE, north.adminCaller, details)).status).toBe(200);
    expect(peer.sealed.size).toBe(0);
  });

  it('takes sealed details only where a command has a commitment for them, and of a bounded size', async () => {
    await hand(north, north.grant('c', south));
    expect(codeOf(await hand(north, north.revoke('c'), { sealed: SEALED_BYTES }))).toBe('COMMAND_MALFORMED');
    const large = new Uint8Array(65_537);
    expect(codeOf(await hand(north, north.access(), { sealed: large }))).toBe('COMMAND_MALFORMED');
    expect(peer.sealed.size).toBe(0);
  });

  it('answers a code to whatever it is asked, and reports a defect of its own', async () => {
    const bad = [['else'], [READ, 'getAll'], [READ, 'getHead', 'x'], [PURGE, 'short'], [OPEN, 'NorthMSP'], [SUBMIT]];
    for (const [name = '', ...args] of bad) expect(codeOf(await ask(name, north.adminCaller, ...args))).toMatch(/_/);
    const reported: unknown[] = [];
    peer = new MemoryPeer(
      createChaincode((error) => reported.push(error)),
      () => NOW_MS,
    );
    peer.values.get = () => {
      throw new TypeError('a defect');
    };
    expect(await hand(north, north.register())).toMatchObject({ status: 500, message: 'CHAINCODE_FAILED' });
    expect(reported).toHaveLength(1);
  });
});

/** The home as a client sees it. */
class StubHost implements ContractHost {
  readonly peer: MemoryPeer;
  constructor(peer: MemoryPeer) {
    this.peer = peer;
  }
  async submit(bytes: Uint8Array): Promise<Reply> {
    const outcome = await this.peer.invoke({ args: [Buffer.from(SUBMIT), bytes], caller: callerFor(bytes) });
    if (outcome.status === 200) return decodeReply(outcome.payload!);
    return { kind: 'refused', ...parseRefusal(outcome.message!)! };
  }
  async read<N extends ReadName>(name: N, args: ReadArgs<N>) {
    const parts = [Buffer.from(READ), Buffer.from(name), encodeReadArgs(name, args)];
    const { payload } = await this.peer.invoke({ args: parts, caller: { org: 'NorthMSP', role: 'admin' } });
    return decodeReadResult(name, payload!);
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Everybody hands in what they signed themselves; for bytes that are no command it does not matter who does. */
function callerFor(bytes: Uint8Array): Caller {
  try {
    const { org, device } = decodeSignedCommand(bytes, nodeCrypto.sha256).command;
    return device ? { org, role: 'gateway', device } : { org, role: 'admin' };
  } catch {
    return { org: 'NorthMSP', role: 'admin' };
  }
}

function newPeer(): MemoryPeer {
  const fail = (error: unknown): never => {
    throw error;
  };
  return new MemoryPeer(createChaincode(fail), () => NOW_MS);
}

function codeOf({ message = '' }: Outcome): string | undefined {
  return parseRefusal(message)?.code;
}
