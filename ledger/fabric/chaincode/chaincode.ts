// SPDX-License-Identifier: Apache-2.0
/**
 * The contract as chaincode: takes the state from the peer, lets the pure contract judge, and writes what it says. Nothing here reads a
 * clock, a random number or a file: every endorser must come to the same bytes.
 */
import { type Refused, refusalText } from '../../contract/answer.ts';
import { apply } from '../../contract/apply.ts';
import { ContractError } from '../../contract/errors.ts';
import { type RemoteState, withFetched } from '../../contract/fetched-state.ts';
import { READS, type ReadName, runReadBytes } from '../../contract/reads.ts';
import { decodeSignedCommand } from '../../contract/signed-command.ts';
import type { Write } from '../../contract/state.ts';
import { nodeCrypto } from '../../crypto/node.ts';
import { CodedError } from '../../errors.ts';
import { encodeEvent, encodeReply, OPEN, PURGE, READ, SUBMIT } from '../wire.ts';
import { callerOf } from './caller.ts';
import { ownerPolicy } from './owner.ts';
import { keepSealed, openSealed, purgeSealed } from './sealed.ts';
import type { Stub } from './stub.ts';

/** What goes back to the peer, which endorses nothing with status 500. */
export interface Response {
  readonly status: 200 | 500;
  readonly message?: string;
  readonly payload?: Uint8Array;
}
export interface Chaincode {
  Init(stub: Stub): Promise<Response>;
  Invoke(stub: Stub): Promise<Response>;
}

type Transaction = (stub: Stub, args: readonly Uint8Array[]) => Promise<Response>;

const TRANSACTIONS: ReadonlyMap<string, Transaction> = new Map<string, Transaction>([
  [SUBMIT, submit],
  [READ, read],
  [OPEN, async (stub, [org, commitment]) => done(await openSealed(stub, textOf(org), commitment))],
  [PURGE, async (stub, [commitment]) => done(await purgeSealed(stub, callerOf(stub), commitment))],
]);

/** `report` gets what is a defect of the program; the client learns only that there was one. */
export function createChaincode(report: (error: unknown) => void): Chaincode {
  return {
    Init: async () => done(),
    async Invoke(stub) {
      try {
        const [name, ...args] = stub.getBufferArgs();
        const run = TRANSACTIONS.get(textOf(name));
        return run ? await run(stub, args) : refuse({ code: 'COMMAND_MALFORMED', detail: 'an unknown transaction' });
      } catch (error) {
        // The shim answers nothing to an exception: the peer would wait until its deadline.
        if (error instanceof CodedError) return refuse({ code: error.code, detail: error.message });
        report(error);
        return { status: 500, message: 'CHAINCODE_FAILED' };
      }
    },
  };
}

async function submit(stub: Stub, [bytes = new Uint8Array()]: readonly Uint8Array[]): Promise<Response> {
  const signed = decodeSignedCommand(bytes, nodeCrypto.sha256);
  const context = { caller: callerOf(stub), nowMs: stub.getDateTimestamp().getTime(), crypto: nodeCrypto };
  const answer = await withFetched(stateOf(stub), (state) => apply(state, signed, context));
  // An error commits nothing; the evidence of a fork must be committed, so it alone is an answer.
  if (answer.kind === 'refused' && answer.code !== 'FORK') return refuse(answer);
  if (answer.kind === 'accepted') await keepSealed(stub, signed.command);
  if (answer.kind !== 'already') {
    for (const write of answer.writes) await put(stub, write);
    if (answer.event) stub.setEvent(answer.event.type, encodeEvent(answer.event));
  }
  return done(encodeReply(answer));
}

/** Any member of the channel may read: the state holds nothing about persons. */
async function read(stub: Stub, [name, args = new Uint8Array()]: readonly Uint8Array[]): Promise<Response> {
  const known = textOf(name);
  if (!Object.hasOwn(READS, known)) throw new ContractError('COMMAND_MALFORMED', 'an unknown read');
  return done(await withFetched(stateOf(stub), (state) => runReadBytes(state, known as ReadName, args, nodeCrypto)));
}

async function put(stub: Stub, write: Write): Promise<void> {
  const policy = ownerPolicy(write);
  const isNew = policy !== undefined && !present(await stub.getState(write.key));
  await stub.putState(write.key, write.value);
  if (isNew) await stub.setStateValidationParameter(write.key, policy);
}

function stateOf(stub: Stub): RemoteState {
  return {
    get: async (key) => present(await stub.getState(key)),
    async range(prefix) {
      const found: [string, Uint8Array][] = [];
      // Prefixes end in `~`; DEL comes right after it, and in no key.
      for await (const { key, value } of stub.getStateByRange(prefix, `${prefix.slice(0, -1)}\x7f`))
        found.push([key, Uint8Array.from(value)]);
      return found;
    },
  };
}

function present(value: Uint8Array): Uint8Array | undefined {
  return value.length > 0 ? Uint8Array.from(value) : undefined;
}

function textOf(bytes: Uint8Array = new Uint8Array()): string {
  return new TextDecoder().decode(bytes);
}

function done(payload: Uint8Array = new Uint8Array()): Response {
  return { status: 200, payload };
}

function refuse(refusal: { readonly code: string; readonly detail: string }): Response {
  return { status: 500, message: refusalText(refusal as Pick<Refused, 'code' | 'detail'>) };
}
