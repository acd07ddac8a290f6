// SPDX-License-Identifier: Apache-2.0
/** The plainest host: a map. It asks for its state over promises and carries reads as bytes, as a far one must. */
import { nodeCrypto } from '../../crypto/node.ts';
import { apply, type Caller } from '../apply.ts';
import { ContractError } from '../errors.ts';
import { type RemoteState, withFetched } from '../fetched-state.ts';
import type { ContractHost, Reply } from '../host.ts';
import { MapState } from '../map-state.ts';
import {
  decodeReadResult,
  encodeReadArgs,
  type ReadArgs,
  type ReadName,
  type ReadResult,
  runReadBytes,
} from '../reads.ts';
import { decodeSignedCommand, type SignedCommand } from '../signed-command.ts';

export class MemoryHost implements ContractHost {
  readonly state = new MapState();
  readonly #callerOf: (signed: SignedCommand) => Caller;
  readonly #nowMs: () => number;

  constructor(callerOf: (signed: SignedCommand) => Caller, nowMs: () => number) {
    this.#callerOf = callerOf;
    this.#nowMs = nowMs;
  }

  async submit(bytes: Uint8Array): Promise<Reply> {
    try {
      const signed = decodeSignedCommand(bytes, nodeCrypto.sha256);
      const context = { caller: this.#callerOf(signed), nowMs: this.#nowMs(), crypto: nodeCrypto };
      const answer = await withFetched(this.#remote, (state) => apply(state, signed, context));
      if (answer.kind !== 'already') this.state.write(answer.writes);
      return answer;
    } catch (error) {
      if (error instanceof ContractError) return { kind: 'refused', code: error.code, detail: error.message };
      throw error;
    }
  }

  async read<N extends ReadName>(name: N, args: ReadArgs<N>): Promise<ReadResult<N>> {
    const bytes = encodeReadArgs(name, args);
    return decodeReadResult(
      name,
      await withFetched(this.#remote, (state) => runReadBytes(state, name, bytes, nodeCrypto)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  readonly #remote: RemoteState = {
    get: async (key) => this.state.get(key),
    range: async (prefix) => this.state.range(prefix),
  };
}
