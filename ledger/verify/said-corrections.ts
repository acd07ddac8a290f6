// SPDX-License-Identifier: Apache-2.0
/**
 * The corrections of a proof, opened one after the other in the order of the log: what was said of readings, and what of it was taken back.
 * Each is a command that this gateway signed, with the details that it commits to.
 */
import { equalBytes } from '../codec/bytes.ts';
import { bytesToHex } from '../codec/hex.ts';
import type { CommandOf } from '../contract/commands.ts';
import { type Details, openDetails } from '../contract/details.ts';
import { ContractError } from '../contract/errors.ts';
import { commandInEntry, decodeSignedCommand, ID_BYTES, type SignedCommand } from '../contract/signed-command.ts';
import { LedgerError } from '../errors.ts';
import type { ShownCorrection } from './correction.ts';
import type { CorrectionEvidence } from './correction-evidence.ts';
import type { VerifierCrypto } from './crypto.ts';

export class SaidCorrections {
  readonly #crypto: VerifierCrypto;
  readonly #gatewayKey: Uint8Array;
  readonly #shown: ShownCorrection[] = [];
  /** Place in `shown`, by the id of the command. */
  readonly #places = new Map<string, number>();

  constructor(crypto: VerifierCrypto, gatewayKey: Uint8Array) {
    this.#crypto = crypto;
    this.#gatewayKey = gatewayKey;
  }

  /** In the order of the log; one that was taken back says so. */
  get shown(): readonly ShownCorrection[] {
    return this.#shown;
  }

  /**
   * Takes the next entry, a correction or the withdrawal of one. Throws PROOF_CORRECTION_REFUSED if it is neither, is not signed by the
   * gateway, has other details than it commits to, stands here already, or takes back what does not stand.
   */
  take({ entry, opening }: CorrectionEvidence): true {
    try {
      const { command, id } = this.#signedIn(entry);
      if (command.type !== 'recordCorrection' && command.type !== 'withdrawCorrection')
        throw refused('the entry is another command');
      const details = openDetails(opening, command.details, this.#crypto.sha256);
      if (command.type === 'recordCorrection') this.#say(bytesToHex(id), command, details);
      else this.#takeBack(command, details);
      return true;
    } catch (error) {
      if (error instanceof ContractError) throw refused(error.code);
      throw error;
    }
  }

  #signedIn(entry: Uint8Array): SignedCommand {
    const bytes = commandInEntry(entry);
    if (!bytes) throw refused('the entry is no command');
    const { sha256, ed25519Verify } = this.#crypto;
    const signed = decodeSignedCommand(bytes, sha256);
    const { device } = signed.command;
    const isOfGateway = device && equalBytes(device, sha256(this.#gatewayKey).subarray(0, ID_BYTES));
    if (!isOfGateway || !ed25519Verify(this.#gatewayKey, signed.message, signed.signature))
      throw refused('the signature');
    return signed;
  }

  #say(id: string, { reason, at }: CommandOf<'recordCorrection'>, details: Details): void {
    if (details.kind !== 'correction') throw refused('details of something else');
    // A second copy would still stand after the first was taken back.
    if (this.#places.has(id)) throw refused('it stands here already');
    const { by, why, fromMs, toMs, vital } = details;
    this.#places.set(
      id,
      this.#shown.push({ reason, atMs: at, by, why, fromMs, toMs, vital, withdrawn: undefined }) - 1,
    );
  }

  #takeBack({ correction, at }: CommandOf<'withdrawCorrection'>, details: Details): void {
    if (details.kind !== 'withdrawal') throw refused('details of something else');
    const place = this.#places.get(bytesToHex(correction));
    const said = place === undefined ? undefined : this.#shown[place];
    if (place === undefined || !said || said.withdrawn) throw refused('what it takes back does not stand');
    this.#shown[place] = { ...said, withdrawn: { atMs: at, by: details.by, why: details.why } };
  }
}

function refused(detail: string): LedgerError {
  return new LedgerError('PROOF_CORRECTION_REFUSED', detail);
}
