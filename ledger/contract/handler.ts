// SPDX-License-Identifier: Apache-2.0
/** What the function of one command gets and gives. It runs only once sender, signature and permission are checked. */
import type { VerifierCrypto } from '../verify/crypto.ts';
import type { Already, ContractEvent, Refused } from './answer.ts';
import type { CommandOf, CommandType } from './commands.ts';
import type { SignedCommand } from './signed-command.ts';
import type { ReadState, Write } from './state.ts';

export interface HandlerInput<T extends CommandType> {
  readonly state: ReadState;
  readonly command: CommandOf<T>;
  readonly signed: SignedCommand;
  readonly crypto: VerifierCrypto;
}

/** A change: what is written, and what the event says beside type and id. */
export interface Change {
  readonly kind: 'change';
  readonly writes: readonly Write[];
  readonly event?: Pick<ContractEvent, 'originHash' | 'size'>;
}

export type Handler<T extends CommandType> = (input: HandlerInput<T>) => Change | Already | Refused;
export type Handlers = { readonly [T in CommandType]: Handler<T> };

export function change(writes: readonly Write[], event?: Change['event']): Change {
  return event ? { kind: 'change', writes, event } : { kind: 'change', writes };
}
