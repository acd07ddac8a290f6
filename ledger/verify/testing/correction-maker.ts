// SPDX-License-Identifier: Apache-2.0
/** Makes corrections and withdrawals for tests, as a gateway puts them into its log, or as another key signs them. */
import type { KeyObject } from 'node:crypto';
import type { Command } from '../../contract/commands.ts';
import { commitTo, type Details, type DetailsOf } from '../../contract/details.ts';
import { commandEntry, commandId, commandInEntry, signCommand } from '../../contract/signed-command.ts';
import { ed25519PublicKey, ed25519Sign } from '../../crypto/ed25519.ts';
import { sha256 } from '../../crypto/sha256.ts';

/** As a proof shows it. */
export interface MadeEntry {
  readonly entry: Uint8Array;
  readonly opening: Uint8Array;
}
export interface MadeCorrection extends MadeEntry {
  readonly reason: 'in-error' | 'another-patient';
  readonly details: Omit<DetailsOf<'correction'>, 'kind'>;
}
export interface MadeWithdrawal extends MadeEntry {
  readonly withdraws: MadeCorrection;
}

const AT_MS = 1_795_000_000_000;

/** Of the gateway with this key; `signing` is another's who pretends to be it. */
export function correctionMaker(gatewayKey: KeyObject) {
  return (
    range: { readonly fromMs: number; readonly toMs: number; readonly vital?: string },
    reason: MadeCorrection['reason'],
    signing = gatewayKey,
  ): MadeCorrection => {
    const details = { by: 'Ada', stay: new Uint8Array(16), why: 'sensor fell off', ...range };
    const { opening, commitment } = committed({ kind: 'correction', ...details });
    const command = { type: 'recordCorrection', ...senderOf(gatewayKey), reason, details: commitment } as const;
    return { entry: entryOf(command, signing), opening, reason, details };
  };
}

/** Takes back what `correctionMaker` made; `other` is the command that it names instead. */
export function withdrawalMaker(gatewayKey: KeyObject) {
  return (withdraws: MadeCorrection, signing = gatewayKey, other: MadeEntry = withdraws): MadeWithdrawal => {
    const { opening, commitment } = committed({ kind: 'withdrawal', by: 'Ben', why: 'the wrong hour' });
    const correction = commandId(commandInEntry(other.entry) ?? other.entry, sha256);
    const command = { type: 'withdrawCorrection', ...senderOf(gatewayKey), correction, details: commitment } as const;
    return { entry: entryOf(command, signing), opening, withdraws };
  };
}

const committed = (details: Details) => commitTo(details, new Uint8Array(16).fill(5), sha256);

function senderOf(gatewayKey: KeyObject) {
  return { org: 'gw-1', device: sha256(ed25519PublicKey(gatewayKey)).slice(0, 16), at: AT_MS };
}

function entryOf(command: Command, signing: KeyObject): Uint8Array {
  return commandEntry(signCommand(command, (message) => ed25519Sign(message, signing)));
}
