// SPDX-License-Identifier: Apache-2.0
/** Makes corrections for tests, as a gateway puts them into its log, or as another key signs them. */
import type { KeyObject } from 'node:crypto';
import { commitTo, type DetailsOf } from '../../contract/details.ts';
import { commandEntry, signCommand } from '../../contract/signed-command.ts';
import { ed25519PublicKey, ed25519Sign } from '../../crypto/ed25519.ts';
import { sha256 } from '../../crypto/sha256.ts';

export interface MadeCorrection {
  readonly entry: Uint8Array;
  readonly opening: Uint8Array;
  readonly reason: 'in-error' | 'another-patient';
  readonly details: Omit<DetailsOf<'correction'>, 'kind'>;
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
    const { opening, commitment } = commitTo({ kind: 'correction', ...details }, new Uint8Array(16).fill(5), sha256);
    const device = sha256(ed25519PublicKey(gatewayKey)).slice(0, 16);
    const command = { type: 'recordCorrection', org: 'gw-1', device, at: AT_MS, reason, details: commitment } as const;
    const signed = signCommand(command, (message) => ed25519Sign(message, signing));
    return { entry: commandEntry(signed), opening, reason, details };
  };
}
