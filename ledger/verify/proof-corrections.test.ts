// SPDX-License-Identifier: Apache-2.0
/** Corrections in the proof of one reading: it says what was said of it, and nobody can put a word in, take one from it or turn it to another reading. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { nobleCrypto } from '../crypto/noble.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { verifyCommand } from './cli.ts';
import type { CorrectionEvidence } from './correction-evidence.ts';
import { Evidence } from './evidence.ts';
import { encodeProofFile, MAX_CORRECTIONS, parseProofFile } from './proof-file.ts';
import { correctionMaker, type MadeEntry, withdrawalMaker } from './testing/correction-maker.ts';
import { gatewaySigning, honestReading, makeProof, makeProofFile, vkey } from './testing/proof-maker.ts';
import { CORRECTION_STEPS, runSteps, STEPS, verifyProof } from './verify.ts';

const { correctedMs } = honestReading(3);
const make = correctionMaker(gatewaySigning);
const takeBack = withdrawalMaker(gatewaySigning);
const wrong = make({ fromMs: correctedMs, toMs: correctedMs }, 'in-error');
const foreign = make({ fromMs: correctedMs - 1000, toMs: correctedMs, vital: 'spo2' }, 'another-patient');
const corrections = [wrong, foreign];
const entries = corrections.map(({ entry }) => entry);
const flipped = (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));

/** The honest file with its corrections changed after all was signed. */
function changed(change: (honest: readonly CorrectionEvidence[]) => readonly CorrectionEvidence[]): string {
  return makeProof({ corrections, extra: (honest) => ({ corrections: change(honest.corrections) }) });
}
const first = (change: Partial<CorrectionEvidence>) => changed(([one, ...rest]) => [{ ...one!, ...change }, ...rest]);
const saying = (...said: MadeEntry[]) => verifyProof(makeProof({ corrections: said }), vkey, nodeCrypto);

describe.each([
  ['node:crypto', nodeCrypto],
  ['@noble', nobleCrypto],
])('the proof of a marked reading, with %s', (_, crypto) => {
  it('says all that was said, which of it stands, and that the reading is in the record', () => {
    const result = verifyProof(makeProof({ corrections }), vkey, crypto);
    expect(result).toMatchObject({ ok: true, reading: { vital: 'spo2' }, corrected: { reason: 'another-patient' } });
    expect(result.corrections?.map(({ by, why, reason }) => [by, why, reason])).toEqual([
      ['Ada', 'sensor fell off', 'in-error'],
      ['Ada', 'sensor fell off', 'another-patient'],
    ]);
    expect(result.steps.map(({ name }) => name)).toEqual([...STEPS, ...CORRECTION_STEPS].map(({ name }) => name));
  });
});

describe('a correction of something else', () => {
  it.each([
    ['of another vital sign', { fromMs: correctedMs, toMs: correctedMs, vital: 'temperature' }],
    ['of the moment before', { fromMs: 0, toMs: correctedMs - 1 }],
    ['of the moment after', { fromMs: correctedMs + 1, toMs: correctedMs + 1000 }],
  ])('%s does not stand over the reading', (_, range) => {
    const result = saying(make(range, 'in-error'));
    expect(result).toMatchObject({ ok: true, corrections: [{ reason: 'in-error' }] });
    expect(result.corrected).toBeUndefined();
  });
});

describe('a correction that was taken back', () => {
  const elsewhere = make({ fromMs: 0, toMs: correctedMs - 1 }, 'in-error');

  it('stands over nothing, and is shown with who took it back, when and why', () => {
    const result = saying(wrong, takeBack(wrong));
    expect(result).toMatchObject({
      ok: true,
      takenBack: [{ by: 'Ada', withdrawn: { by: 'Ben', why: 'the wrong hour' } }],
    });
    expect([result.corrected, result.corrections]).toEqual([undefined, result.takenBack]);
    expect(result.takenBack?.[0]?.withdrawn?.atMs).toBeGreaterThan(0);
  });

  it('lets the one before it stand again, also one that was said after it was taken back', () => {
    expect(saying(wrong, foreign, takeBack(foreign)).corrected).toMatchObject({ reason: 'in-error' });
    expect(saying(foreign, takeBack(foreign), wrong).corrected).toMatchObject({ reason: 'in-error' });
    expect(saying(wrong, foreign, takeBack(wrong)).corrected).toMatchObject({ reason: 'another-patient' });
  });

  it('is not shown as one of this reading if it never was', () => {
    const result = saying(elsewhere, takeBack(elsewhere));
    expect([result.ok, result.takenBack, result.corrections?.length]).toEqual([true, undefined, 1]);
  });

  const { privateKey } = generateKeyPairSync('ed25519');
  const first = takeBack(wrong);
  it.each<[string, readonly MadeEntry[]]>([
    ['what nobody said', [foreign, takeBack(wrong)]],
    ['what is said only later', [takeBack(wrong), wrong]],
    ['the same twice', [wrong, first, first]],
    ['a withdrawal', [wrong, first, takeBack(wrong, gatewaySigning, first)]],
    ['with a key of its own', [wrong, takeBack(wrong, privateKey)]],
    ['in words of a correction', [wrong, { ...first, opening: foreign.opening }]],
    ['one of two copies', [wrong, wrong, first]],
  ])('is refused where somebody takes back %s', (_what, said) => {
    const result = saying(...said);
    expect([result.ok, result.error?.code]).toEqual([false, 'PROOF_CORRECTION_REFUSED']);
  });
});

describe('somebody', () => {
  const strangers = make({ fromMs: 0, toMs: correctedMs }, 'in-error', generateKeyPairSync('ed25519').privateKey);

  it.each<[string, string, string, string]>([
    ['names one twice', changed(([one]) => [one!, one!]), 'corrections-once', 'PROOF_FILE_MALFORMED'],
    ['turns the order', changed((all) => all.toReversed()), 'corrections-once', 'PROOF_FILE_MALFORMED'],
    ['changes the command', first({ entry: flipped(wrong.entry) }), 'corrections-log', 'PROOF_NOT_IN_LOG'],
    ['names another place', first({ logIndex: 0 }), 'corrections-log', 'PROOF_NOT_IN_LOG'],
    ['changes the words', first({ opening: flipped(wrong.opening) }), 'corrections', 'PROOF_CORRECTION_REFUSED'],
    ['takes words of another', first({ opening: foreign.opening }), 'corrections', 'PROOF_CORRECTION_REFUSED'],
    ['signs its own', makeProof({ corrections: [strangers] }), 'corrections', 'PROOF_CORRECTION_REFUSED'],
    [
      'shows a batch as one',
      makeProof({ corrections: [{ ...wrong, entry: Uint8Array.of(0x82, 1, 0x40) }] }),
      'corrections',
      'PROOF_CORRECTION_REFUSED',
    ],
  ])('%s, and is found out at its step', (_what, text, step, code) => {
    const result = verifyProof(text, vkey, nodeCrypto);
    expect([result.ok, result.error?.code, result.steps.at(-1)?.name]).toEqual([false, code, step]);
    expect([result.reading, result.corrections, result.corrected]).toEqual([undefined, undefined, undefined]);
  });

  it.each<[string, string]>([
    ['corrections-once', changed((all) => all.toReversed())],
    ['corrections-log', first({ logIndex: 0 })],
  ])('would pass without the step "%s"', (step, text) => {
    const rest = CORRECTION_STEPS.filter(({ name }) => name !== step);
    expect(runSteps(rest, new Evidence(text, vkey, nodeCrypto)).ok).toBe(true);
  });
});

describe('the file', () => {
  const withField = (list: unknown): string => {
    const text = makeProof({ corrections });
    const extra = /^extra (\S+)$/m.exec(text)![1]!;
    const map = decodeCbor(Buffer.from(extra, 'base64')) as Map<number, never>;
    const bytes = encodeCbor(new Map(map).set(14, list as never));
    return text.replace(extra, Buffer.from(bytes).toString('base64'));
  };

  it('without a correction has no field for them, as before there were any', () => {
    const extra = /^extra (\S+)$/m.exec(makeProof())![1]!;
    const map = decodeCbor(Buffer.from(extra, 'base64')) as Map<number, unknown>;
    expect([...map.keys()]).toEqual(Array.from({ length: 13 }, (_, i) => i + 1));
  });

  it('comes back from the codec as it went in', () => {
    const given = makeProofFile({ corrections }).extra.corrections;
    expect(given.map(({ entry }) => entry)).toEqual(entries);
    const read = parseProofFile(encodeProofFile(makeProofFile({ corrections }))).extra.corrections;
    expect(read.map(({ logIndex, entry, opening }) => [logIndex, Buffer.from(entry), Buffer.from(opening)])).toEqual(
      given.map(({ logIndex, entry, opening }) => [logIndex, Buffer.from(entry), Buffer.from(opening)]),
    );
  });

  it.each<[string, unknown]>([
    ['an empty list', []],
    ['no list', 1],
    ['a correction of three fields', [[1, new Uint8Array(0), new Uint8Array(1)]]],
    ['a path that is no hashes', [[1, new Uint8Array(31), new Uint8Array(1), new Uint8Array(1)]]],
    [
      'more than may be',
      Array.from({ length: MAX_CORRECTIONS + 1 }, (_, i) => [
        i,
        new Uint8Array(0),
        new Uint8Array(1),
        new Uint8Array(1),
      ]),
    ],
  ])('with %s is refused', (_, list) => {
    expect(verifyProof(withField(list), vkey, nodeCrypto).error?.code).toBe('PROOF_FILE_MALFORMED');
  });
});

describe('the command', () => {
  it('says the correction in words, and that the reading is in the record unchanged', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lamplight-verify-'));
    const lines: string[] = [];
    const io = {
      stdout: { write: (text: string) => lines.push(text) },
      stderr: { write: (text: string) => lines.push(text) },
    };
    const file = join(folder, 'a.tlog-proof');
    await writeFile(file, makeProof({ corrections }));
    expect(await verifyCommand([file, '--key', vkey], io)).toBe(0);
    expect(lines.at(-1)).toMatch(
      /Verified: Oxygen saturation 97\.0 %.*\nCorrected: .* spo2: another-patient, says Ada/,
    );
    expect(lines.at(-1)).toContain('The reading itself is in the record, unchanged');
    await writeFile(file, makeProof({ corrections: [wrong, takeBack(wrong)] }));
    expect(await verifyCommand([file, '--key', vkey], io)).toBe(0);
    expect(lines.at(-1)).toMatch(/\nTaken back: .*in-error, says Ada .*; taken back by Ben .*: the wrong hour\n$/);
    expect(lines.at(-1)).not.toContain('Corrected');
    await writeFile(file, makeProof());
    expect(await verifyCommand([file, '--key', vkey], io)).toBe(0);
    expect(lines.at(-1)).not.toContain('Corrected');
    await rm(folder, { recursive: true });
  });
});
