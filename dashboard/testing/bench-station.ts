// SPDX-License-Identifier: Apache-2.0
/** A whole station for tests but for the gateway: real accounts and server, a link that only notes what it is asked, time in the test's hand. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Response } from '../../gateway/messages.ts';
import { type AccountStore, openAccountStore } from '../accounts/account-store.ts';
import type { Role } from '../accounts/role.ts';
import { SignIn } from '../accounts/sign-in.ts';
import { Counters } from '../counters.ts';
import { BoardAccesses } from '../feed/board-accesses.ts';
import { LiveHub } from '../feed/live-hub.ts';
import type { Command } from '../gateway-link.ts';
import type { Operations } from '../operations.ts';
import { buildServer } from '../server.ts';
import { WardState } from '../ward-state.ts';

export interface BenchStation extends AsyncDisposable {
  readonly server: FastifyInstance;
  readonly accounts: AccountStore;
  readonly hub: LiveHub;
  readonly state: WardState;
  /** What the gateway was asked. */
  readonly asked: Command[];
  /** Routes that failed by a fault of ours. */
  readonly faults: string[];
  /** What the gateway answers. */
  answer: Omit<Response, 'id'>;
  /** What its operations server says. */
  operations: Operations | null;
  nowMs: number;
  /** The cookie of a new session of a person with these roles. */
  cookieFor(...roles: Role[]): string;
  /** The same for a person of some ward; the station's own is gw1. */
  cookieOf(ward: string, ...roles: Role[]): string;
}

export async function openBenchStation(): Promise<BenchStation> {
  const folder = mkdtempSync(join(tmpdir(), 'station-'));
  mkdirSync(join(folder, 'page/assets'), { recursive: true });
  writeFileSync(join(folder, 'page/index.html'), '<title>Lamplight</title>');
  writeFileSync(join(folder, 'page/assets/main.js'), 'void 0;');
  let drawn = 0;
  const monotonicMs = () => bench.nowMs;
  const deps = {
    nowMs: monotonicMs,
    monotonicMs,
    random: (bytes: number) => new Uint8Array(bytes).fill(++drawn),
    counters: new Counters(),
  };
  const accounts = openAccountStore(join(folder, 'accounts.db'), deps);
  const state = new WardState();
  const asked: Command[] = [];
  const link = {
    request: async (command: Command) => {
      asked.push(command);
      return { id: '1', ...bench.answer };
    },
  };
  const accesses = new BoardAccesses({ ...deps, link, state });
  const hub = new LiveHub({ ...deps, state, accounts, accesses });
  const faults: string[] = [];
  const signIn = new SignIn(accounts, deps);
  const onFault = (fault: { route: string }) => faults.push(fault.route);
  const server = await buildServer({
    accounts,
    signIn,
    hub,
    state,
    link,
    history: {
      trend: async (question) => JSON.stringify(question),
      proof: async () => 'proof',
      stays: async () => [],
      vkey: async () => 'vkey',
    },
    operations: async () => bench.operations,
    ward: 'gw1',
    monotonicMs,
    pageDir: join(folder, 'page'),
    onFault,
  });
  const bench: BenchStation = {
    ...{ server, accounts, hub, state, asked, faults },
    answer: { ok: true },
    operations: null,
    nowMs: 1_800_000_000_000,
    cookieFor: (...roles) => bench.cookieOf('gw1', ...roles),
    cookieOf: (ward, ...roles) => {
      const name = `${ward === 'gw1' ? '' : `${ward} `}${roles.join(' ') || 'nobody'}`.slice(0, 40);
      if (accounts.passwordHash(name) === null) accounts.addAccount({ name, roles, ward }, 'hash');
      return `lamplight=${accounts.openSession(name)}`;
    },
    [Symbol.asyncDispose]: async () => {
      await hub[Symbol.asyncDispose]();
      await server.close();
      await accounts[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
  return bench;
}
