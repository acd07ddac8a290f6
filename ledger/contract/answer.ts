// SPDX-License-Identifier: Apache-2.0
/** What the contract answers to a command. A refusal is a value, not an exception: a host decides what to do with it. */
import { type CodedError, LEDGER_ERRORS, LedgerError, type LedgerErrorCode } from '../errors.ts';
import type { CommandType } from './commands.ts';
import { CONTRACT_ERRORS, ContractError, type ContractErrorCode } from './errors.ts';
import type { Write } from './state.ts';

/** One per accepted command. Ids are hex. */
export interface ContractEvent {
  readonly type: CommandType | 'fork';
  readonly id: string;
  readonly originHash?: string;
  readonly size?: number;
}

export interface Accepted {
  readonly kind: 'accepted';
  readonly writes: readonly Write[];
  readonly event: ContractEvent;
}
/** It holds as the command says, so nothing is written. */
export interface Already {
  readonly kind: 'already';
}
export type RefusalCode = ContractErrorCode | Extract<LedgerErrorCode, `NOTE_${string}` | `CHECKPOINT_${string}`>;
export interface Refused {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  readonly detail: string;
  /** The record of a fork; a refusal writes nothing else. */
  readonly writes: readonly Write[];
  readonly event?: ContractEvent;
}
export type Answer = Accepted | Already | Refused;

export const ALREADY: Already = { kind: 'already' };

export function refused(code: RefusalCode, detail: string): Refused {
  return { kind: 'refused', code, detail, writes: [] };
}

/** `CODE: text`, and `STALE <held>`: of an error on Fabric only the text survives. */
export function refusalText({ code, detail }: Pick<Refused, 'code' | 'detail'>): string {
  return code === 'STALE' ? `STALE ${detail}` : `${code}: ${detail}`;
}

/** The refusal in a text from a peer, which may hold other words around it; undefined if there is none. */
export function parseRefusal(text: string): { code: RefusalCode; detail: string } | undefined {
  const [, code = '', detail = ''] = /\b([A-Z]+(?:_[A-Z]+)*)(?:: | (?=\d))([^\n]*)/.exec(text) ?? [];
  const known = Object.hasOwn(CONTRACT_ERRORS, code) || Object.hasOwn(LEDGER_ERRORS, code);
  return known ? { code: code as RefusalCode, detail } : undefined;
}

/** A refusal as an error, for who cannot go on without what was refused. */
export function refusalError({ code, detail }: Pick<Refused, 'code' | 'detail'>): CodedError<string> {
  return code in CONTRACT_ERRORS
    ? new ContractError(code as ContractErrorCode, detail)
    : new LedgerError(code as LedgerErrorCode, detail);
}
