// SPDX-License-Identifier: Apache-2.0
/** Entries that are almost a correction or its withdrawal: another command, details of another kind, another gateway's name. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Command } from '../contract/commands.ts';
import { commitTo, type Details } from '../contract/details.ts';
import { commandEntry, signCommand } from '../contract/signed-command.ts';
import { ed25519PublicKey, ed25519Sign } from '../crypto/ed25519.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { sha256 } from '../crypto/sha256.ts';
import { SaidCorrections } from './said-corrections.ts';
import { correctionMaker, type MadeEntry, withdrawalMaker } from './testing/correction-maker.ts';

const gateway = generateKeyPairSync('ed25519').privateKey;
const gatewayKey = ed25519PublicKey(gateway);
const device = sha256(gatewayKey).slice(0, 16);
const correction = correctionMaker(gateway)({ fromMs: 1, toMs: 2 }, 'in-error');
const withdrawal = withdrawalMaker(gateway)(correction);
const RANGE = { stay: new Uint8Array(16), fromMs: 1, toMs: 2 };
const MARK: Details = { kind: 'correction', by: 'Ada', ...RANGE, why: 'fell off' };
const BACK: Details = { kind: 'withdrawal', by: 'Ada', why: 'the wrong hour' };

/** A command that the gateway signed, with details of whatever kind. */
function made(details: Details, command: (details: Uint8Array) => Command): MadeEntry {
  const { opening, commitment } = commitTo(details, new Uint8Array(16).fill(5), sha256);
  return { entry: commandEntry(signCommand(command(commitment), (message) => ed25519Sign(message, gateway))), opening };
}
const mark = (sender: object) => (details: Uint8Array) =>
  ({ type: 'recordCorrection', org: 'gw-1', at: 1, reason: 'in-error', details, ...sender }) as Command;
const erasure = (details: Uint8Array) =>
  ({ type: 'recordErasure', org: 'gw-1', device, at: 1, reason: 'retention-ended', details }) as const;
const withdrawn = (details: Uint8Array) =>
  ({ type: 'withdrawCorrection', org: 'gw-1', device, at: 1, correction: new Uint8Array(16), details }) as const;

function take(...entries: readonly MadeEntry[]): SaidCorrections {
  const said = new SaidCorrections(nodeCrypto, gatewayKey);
  for (const { entry, opening } of entries) said.take({ logIndex: 0, logPath: [], entry, opening });
  return said;
}

describe('what was said', () => {
  it('is a correction that the gateway signed as itself, and what it took back', () => {
    expect(take(made(MARK, mark({ device }))).shown).toHaveLength(1);
    expect(take(correction, withdrawal).shown[0]!.withdrawn).toMatchObject({ by: 'Ben' });
  });

  it.each<[string, readonly MadeEntry[]]>([
    ['another command', [made({ ...MARK }, erasure)]],
    ['another command with a word of taking back', [made(BACK, erasure)]],
    ['a correction without a gateway', [made(MARK, mark({}))]],
    ['a correction in the name of another gateway', [made(MARK, mark({ device: new Uint8Array(16) }))]],
    ['a correction with details of a withdrawal', [made(BACK, mark({ device }))]],
    ['a correction with details of an erasure', [made({ kind: 'erasure', by: 'Ada', keys: [] }, mark({ device }))]],
    ['a withdrawal with details of a correction', [correction, made(MARK, withdrawn)]],
    ['a withdrawal of what was never said', [correction, made(BACK, withdrawn)]],
    ['the same withdrawal twice', [correction, withdrawal, withdrawal]],
    ['no command', [{ entry: Uint8Array.of(0x82, 1, 0x40), opening: correction.opening }]],
    ['bytes that only begin as a command', [{ entry: Uint8Array.of(0x82, 2, 0x40), opening: correction.opening }]],
  ])('is not %s', (_what, entries) => {
    expect(() => take(...entries)).toThrow(expect.objectContaining({ code: 'PROOF_CORRECTION_REFUSED' }));
  });

  it('is not a withdrawal whose details are of another kind, though it names a correction that stands', () => {
    const { opening, commitment } = commitTo(MARK, new Uint8Array(16).fill(5), sha256);
    const id = sha256(correction.entry.subarray(2)).slice(0, 16);
    const command = { ...withdrawn(commitment), correction: id };
    const entry = commandEntry(signCommand(command, (message) => ed25519Sign(message, gateway)));
    expect(() => take(correction, { entry, opening })).toThrow(
      expect.objectContaining({ code: 'PROOF_CORRECTION_REFUSED' }),
    );
  });
});
