// SPDX-License-Identifier: Apache-2.0
/** What a home of the ledger offers, embedded or Fabric. The conformance suite is written against this. */
import type { Answer } from './answer.ts';
import type { ReadArgs, ReadName, ReadResult } from './reads.ts';

/** An answer as it reaches the sender. */
export type Reply = Pick<Answer, 'kind'> & { readonly code?: string; readonly detail?: string };

export interface ContractHost extends AsyncDisposable {
  /**
   * Hands a signed command in; resolves when the answer is durable. A refusal is a reply; rejects only if the answer is not known.
   */
  submit(signed: Uint8Array): Promise<Reply>;
  read<N extends ReadName>(name: N, args: ReadArgs<N>): Promise<ReadResult<N>>;
}
