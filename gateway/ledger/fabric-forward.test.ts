// SPDX-License-Identifier: Apache-2.0
/** What is handed on to Fabric: commands of the log in its order, none of them twice but after a crash, accesses never. */
import { describe, expect, it } from 'vitest';
import { Organisation } from '../../ledger/contract/testing/world.ts';
import {
  type CommandType,
  commandEntry,
  decodeSignedCommand,
  heartbeatEntry,
  type Reply,
  sha256,
} from '../../ledger/index.ts';
import { settled } from '../testing/held-timers.ts';
import { type FabricForwardDeps, openFabricForward } from './fabric-forward.ts';

const north = new Organisation('NorthMSP', 'forward');
const LOG = [
  north.register(),
  north.registerGateway(),
  north.openLog(),
  north.access(),
  north.grant('c', north),
  north.revoke('c'),
].map((command) => commandEntry(north.sign(command)));
const FOR_FABRIC = ['registerOrg', 'registerDevice', 'openLog', 'grantConsent', 'revokeConsent'];
const typeOf = (signed: Uint8Array): CommandType => decodeSignedCommand(signed, sha256).command.type;

function bench(over: Partial<FabricForwardDeps> = {}) {
  const handed: string[] = [];
  const refused: unknown[] = [];
  const entries: Uint8Array[] = [heartbeatEntry('ward-3', 1), ...LOG];
  const state = { published: entries.length, cursor: 0, reply: { kind: 'accepted' } as Reply };
  const deps: FabricForwardDeps = {
    log: {
      get publishedSize() {
        return state.published;
      },
      entriesFrom: async (index) => entries.slice(index, index + 3),
    },
    enqueue: (signed) => {
      handed.push(typeOf(signed));
      return { answer: Promise.resolve(state.reply) };
    },
    submitAsAdministrator: async (signed) => {
      handed.push(typeOf(signed));
      return state.reply;
    },
    read: async () => ({}) as never,
    sealedOf: async () => undefined,
    cursor: {
      read: async () => state.cursor,
      write: async (next) => {
        state.cursor = next;
      },
    },
    onRefused: (error) => refused.push(error),
    onUnanswered: () => undefined,
    ...over,
  };
  const run = async () => {
    const { sendOldest } = await openFabricForward(deps);
    while ((await sendOldest()) > 0);
    await settled();
  };
  return { handed, refused, state, run };
}

describe('the way to Fabric', () => {
  it('takes the commands of the log in its order, and no access', async () => {
    const { handed, state, run } = bench();
    await run();
    expect([handed, state.cursor]).toEqual([FOR_FABRIC, LOG.length + 1]);
    await run();
    expect(handed).toEqual(FOR_FABRIC);
  });

  it('takes nothing that no head covers yet', async () => {
    const { handed, state, run } = bench();
    state.published = 2;
    await run();
    expect(handed).toEqual(['registerOrg']);
    state.published = 4;
    await run();
    expect(handed).toEqual(FOR_FABRIC.slice(0, 3));
  });

  it('comes again with what it has not noted after a crash', async () => {
    let broken = true;
    const { handed, run } = bench({
      cursor: {
        read: async () => 0,
        write: async () => {
          if (broken) throw new Error('the disk');
        },
      },
    });
    await expect(run()).rejects.toThrow('the disk');
    broken = false;
    await run();
    expect(handed).toEqual([...FOR_FABRIC.slice(0, 2), ...FOR_FABRIC]);
  });

  it('waits for the administrator unless somebody has registered the gateway', async () => {
    const without = { submitAsAdministrator: undefined };
    const waiting = bench(without);
    await expect(waiting.run()).rejects.toMatchObject({ code: 'FABRIC_ADMIN_NEEDED' });
    expect(waiting.handed).toEqual([]);
    const registered = bench({ ...without, read: async () => ({ device: {} }) as never });
    await registered.run();
    expect(registered.handed).toEqual(FOR_FABRIC.slice(2));
  });

  it('passes over what no contract reads, and says so', async () => {
    const unreadable = Uint8Array.of(0x82, 2, 0x80);
    const entriesFrom = async (index: number) => [unreadable, ...LOG].slice(index);
    const { handed, refused, run } = bench({ log: { publishedSize: LOG.length + 1, entriesFrom } });
    await run();
    expect(handed).toEqual(FOR_FABRIC);
    expect(refused).toMatchObject([{ code: 'COMMAND_MALFORMED' }]);
  });

  it('tells people what Fabric refuses and the log holds', async () => {
    const { refused, state, run } = bench();
    state.reply = { kind: 'refused', code: 'CONFLICT', detail: 'another' };
    await run();
    expect(refused).toHaveLength(FOR_FABRIC.length);
    expect(refused[0]).toMatchObject({ code: 'CONFLICT' });
  });
});
