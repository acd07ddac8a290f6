// SPDX-License-Identifier: Apache-2.0
/** One access as the gateway logs it: the command logAccess, ready for the log. */
import type { KeyObject } from 'node:crypto';
import { hexToBytes } from '../codec/hex.ts';
import { ed25519PublicKey, ed25519Sign } from '../crypto/ed25519.ts';
import { sha256 } from '../crypto/sha256.ts';
import type { CommandOf } from './commands.ts';
import { commitTo } from './details.ts';
import { commandEntry, commandId, ID_BYTES, signCommand } from './signed-command.ts';

/** Who read what of whom; it lies sealed in the side store and is shown to the patient and the auditor. */
export interface AccessRecord {
  /** 32 hex digits. */
  readonly stay: string;
  readonly by: string;
  readonly purpose: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly atMs: number;
  /** Who it is that reads, and what that rests on; the treating team under the admission if it is left out. */
  readonly terms?: AccessTerms;
}

/** What the rules of the contract judge, and what stands in the log in the clear: codes, never a person. */
export type AccessTerms = Pick<
  CommandOf<'logAccess'>,
  'basis' | 'decision' | 'reader' | 'purpose' | 'consent' | 'reason'
>;

/** The treating team: it needs no consent, so none is named. */
const TREATING_TEAM: AccessTerms = { basis: 'admission', decision: 'allowed', reader: 'nurse', purpose: 'care' };

export interface AccessEntry {
  /** 16 bytes, from the content. */
  readonly id: Uint8Array;
  /** The signed command, as a host takes it. */
  readonly signed: Uint8Array;
  /** Who and whose stand in it only as a commitment. */
  readonly entry: Uint8Array;
  /** What the commitment covers: `openDetails` reads it. */
  readonly opening: Uint8Array;
}

/** `salt`: 16 random bytes, new for each. `signing`: the gateway's Ed25519 key. Times are whole milliseconds. */
export function accessEntry(access: AccessRecord, org: string, signing: KeyObject, salt: Uint8Array): AccessEntry {
  const { by, fromMs, toMs, purpose: what, atMs: at } = access;
  const details = { kind: 'access', by, stay: hexToBytes(access.stay), fromMs, toMs, what } as const;
  const { opening, commitment } = commitTo(details, salt, sha256);
  const device = sha256(ed25519PublicKey(signing)).slice(0, ID_BYTES);
  const terms = access.terms ?? TREATING_TEAM;
  const command = { type: 'logAccess', org, device, at, ...terms, details: commitment } as const;
  const signed = signCommand(command, (message) => ed25519Sign(message, signing));
  return { id: commandId(signed, sha256), signed, entry: commandEntry(signed), opening };
}
