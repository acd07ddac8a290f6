// SPDX-License-Identifier: Apache-2.0
/** The verifier: an honest proof holds; each lie fails at its own step with its own code; without that step it would have passed. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../codec/cbor.ts';
import { nobleCrypto } from '../crypto/noble.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { decodeLeafZero, encodeLeafZero } from '../record/leaf-zero.ts';
import { encodeReading } from '../record/reading-codec.ts';
import { verifyCommand } from './cli.ts';
import { Evidence } from './evidence.ts';
import { encodeProofFile, type ProofExtra, parseProofFile } from './proof-file.ts';
import { honestReading, type Lies, makeProof, makeProofFile, vkey } from './testing/proof-maker.ts';
import { runSteps, STEPS, verifyProof } from './verify.ts';
import { readingInWords } from './words.ts';

const stranger = generateKeyPairSync('ed25519').privateKey;
const HOUR_MS = 3_600_000;
const flip = (bytes: Uint8Array, at = 5): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
const shown = (change: Parameters<typeof honestReading>[1]) => (honest: ProofExtra) => ({
  reading: { ...honest.reading, bytes: encodeReading(honestReading(3, change)) },
});
const sealed = (header: Uint8Array) => encodeCbor([header, new Uint8Array(32)]);

/** Who lies about what, and at which step and code it ends. */
const LIES: readonly (readonly [string, Lies, string, string])[] = [
  ['checkpoint of another key', { checkpointKey: stranger }, 'checkpoint', 'PROOF_CHECKPOINT_REFUSED'],
  [
    'changed checkpoint',
    { file: (f) => ({ checkpoint: f.checkpoint.replace('\n11\n', '\n12\n') }) },
    'checkpoint',
    'PROOF_CHECKPOINT_REFUSED',
  ],
  ['gateway key without endorsement', { endorsingKey: stranger }, 'gateway-key', 'PROOF_GATEWAY_KEY_REFUSED'],
  ['signature', { extra: (e) => ({ signature: flip(e.signature) }) }, 'signature', 'PROOF_SIGNATURE_REFUSED'],
  [
    'header, changed after it was signed',
    { extra: (e) => ({ signedPart: flip(e.signedPart, 12) }) },
    'signature',
    'PROOF_SIGNATURE_REFUSED',
  ],
  ['log path', { file: (f) => ({ logPath: f.logPath.map((h) => flip(h)) }) }, 'log', 'PROOF_NOT_IN_LOG'],
  ['index', { file: () => ({ index: 7 }) }, 'log', 'PROOF_NOT_IN_LOG'],
  ['batch that was never logged', { entry: encodeCbor([1, new Uint8Array(32)]) }, 'log', 'PROOF_NOT_IN_LOG'],
  ['header of a later version', { header: { version: 3 } }, 'header', 'PROOF_HEADER_MALFORMED'],
  ['header that is none', { signedPart: sealed(Uint8Array.of(0)) }, 'header', 'PROOF_HEADER_MALFORMED'],
  ['header that is no CBOR', { signedPart: Uint8Array.of(0x9f) }, 'header', 'PROOF_HEADER_MALFORMED'],
  ['leaf 0, its label', { extra: relabelled }, 'leaf-zero', 'PROOF_LEAF_ZERO_REFUSED'],
  [
    'leaf 0, its salt',
    { extra: (e) => ({ leafZero: { ...e.leafZero, salt: flip(e.leafZero.salt) } }) },
    'leaf-zero',
    'PROOF_LEAF_ZERO_REFUSED',
  ],
  [
    'leaf 0, its path',
    { extra: (e) => ({ leafZero: { ...e.leafZero, path: e.leafZero.path.slice(1) } }) },
    'leaf-zero',
    'PROOF_LEAF_ZERO_REFUSED',
  ],
  ['count of the batch', { leafZero: { count: 3 } }, 'leaf-zero', 'PROOF_LEAF_ZERO_REFUSED'],
  ['root in the header', { header: { root: new Uint8Array(32) } }, 'leaf-zero', 'PROOF_LEAF_ZERO_REFUSED'],
  ['gateway', { leafZero: { gateway: 'gw-2' } }, 'gateway', 'PROOF_GATEWAY_DIFFERS'],
  [
    'reading that is none',
    { extra: (e) => ({ reading: { ...e.reading, bytes: Uint8Array.of(0xa0) } }) },
    'reading',
    'PROOF_READING_MALFORMED',
  ],
  ['unit', { extra: shown({ unit: '/min' }) }, 'unit', 'PROOF_UNIT_REFUSED'],
  ['unit, by the gateway itself', { reading: { unit: '/min' } }, 'unit', 'PROOF_UNIT_REFUSED'],
  ['code, by the gateway itself', { reading: { mdc: 147842 } }, 'unit', 'PROOF_UNIT_REFUSED'],
  ['vital that nobody knows, by the gateway itself', { reading: { vital: 'toString' } }, 'unit', 'PROOF_UNIT_REFUSED'],
  ['device', { extra: shown({ device: 'oxi-8' }) }, 'device', 'PROOF_DEVICE_UNKNOWN'],
  ['device, by the gateway itself', { reading: { device: 'oxi-8' } }, 'device', 'PROOF_DEVICE_UNKNOWN'],
  [
    'device, for another of the batch',
    { extra: shown({ device: 'wear-1' }) },
    'reading-path',
    'PROOF_READING_NOT_IN_BATCH',
  ],
  [
    'time out of the window',
    { extra: shown({ correctedMs: 1_795_000_000_000 + HOUR_MS }) },
    'time',
    'PROOF_TIME_OUTSIDE',
  ],
  [
    'time out of the window, by the gateway itself',
    { reading: { correctedMs: 1_795_000_000_000 } },
    'time',
    'PROOF_TIME_OUTSIDE',
  ],
  [
    'time in the window',
    { extra: shown({ correctedMs: 1_795_000_002_999 }) },
    'reading-path',
    'PROOF_READING_NOT_IN_BATCH',
  ],
  ['value', { extra: shown({ value: { mantissa: 980, exponent: -1 } }) }, 'reading-path', 'PROOF_READING_NOT_IN_BATCH'],
  [
    'value, equal but not as sent',
    { extra: shown({ value: { mantissa: 97, exponent: 0 } }) },
    'reading-path',
    'PROOF_READING_NOT_IN_BATCH',
  ],
  [
    'salt',
    { extra: (e) => ({ reading: { ...e.reading, salt: flip(e.reading.salt) } }) },
    'reading-path',
    'PROOF_READING_NOT_IN_BATCH',
  ],
  [
    'path',
    { extra: (e) => ({ reading: { ...e.reading, path: e.reading.path.map((h) => flip(h)) } }) },
    'reading-path',
    'PROOF_READING_NOT_IN_BATCH',
  ],
  ['leaf index', { extra: () => ({ leafIndex: 4 }) }, 'reading-path', 'PROOF_READING_NOT_IN_BATCH'],
];

function relabelled(honest: ProofExtra): Partial<ProofExtra> {
  const leaf = decodeLeafZero(honest.leafZero.bytes);
  const devices = leaf.devices.map((device) => ({ ...device, label: 'verified', badge: 'A' as const }));
  return { leafZero: { ...honest.leafZero, bytes: encodeLeafZero({ ...leaf, devices }) } };
}

describe.each([
  ['node:crypto', nodeCrypto],
  ['@noble', nobleCrypto],
])('with %s', (_, crypto) => {
  it('an honest proof holds, step by step, and its reading can be said in words', () => {
    const result = verifyProof(makeProof(), vkey, crypto);
    expect(result).toMatchObject({ ok: true, reading: { vital: 'spo2' } });
    expect(result.steps.map(({ name }) => name)).toEqual(STEPS.map(({ name }) => name));
    expect(readingInWords(result.reading!)).toBe(
      'Oxygen saturation 97.0 % from device oxi-7, measured 2026-11-18T11:06:43.000Z (time: device)',
    );
  });

  it.each(LIES)('a lie about the %s is caught at its step', (_, lies, step, code) => {
    const result = verifyProof(makeProof(lies), vkey, crypto);
    expect(result).toMatchObject({ ok: false, error: { code } });
    expect(result.steps.at(-1)).toMatchObject({ name: step, ok: false });
    expect(result.reading).toBeUndefined();
  });
});

describe('each step is needed', () => {
  // The steps that decode have no such lie: what they refuse, no later step could read.
  const decoding = ['file', 'header', 'reading'];

  it.each(STEPS.map(({ name }) => name).filter((name) => !decoding.includes(name)))(
    'without "%s" its lies pass',
    (name) => {
      const rest = STEPS.filter((step) => step.name !== name);
      const passed = LIES.filter(
        ([, lies, step]) => step === name && runSteps(rest, new Evidence(makeProof(lies), vkey, nodeCrypto)).ok,
      );
      expect(passed.length).toBeGreaterThan(0);
    },
  );

  it.each(['header', 'reading'])('"%s" is the first to read its part', (name) => {
    const before = STEPS.slice(
      0,
      STEPS.findIndex((step) => step.name === name),
    );
    const lies = LIES.filter(([, , step]) => step === name);
    expect(lies.length).toBeGreaterThan(0);
    for (const [, lie] of lies) {
      const evidence = new Evidence(makeProof(lie), vkey, nodeCrypto);
      expect(before.every((step) => step.holds(evidence))).toBe(true);
    }
  });
});

describe('from outside', () => {
  it('a wrong key, and a key that is none', () => {
    const other = vkey.replace('gateway.example', 'another.example');
    for (const key of [other, '', 'nonsense', `${vkey}x`]) {
      expect(verifyProof(makeProof(), key, nodeCrypto).error?.code).toBe('PROOF_CHECKPOINT_REFUSED');
    }
  });

  it('a file that is cut anywhere is refused, never accepted, at the file or at the checkpoint', () => {
    const text = makeProof();
    for (let length = 0; length < text.length; length += 7) {
      const { ok, error } = verifyProof(text.slice(0, length), vkey, nodeCrypto);
      expect(ok).toBe(false);
      expect(['PROOF_FILE_MALFORMED', 'PROOF_CHECKPOINT_REFUSED']).toContain(error!.code);
    }
  });

  test.prop([fc.nat(), fc.integer({ min: 0, max: 255 })], { numRuns: 400 })(
    'no changed character is accepted',
    (at, char) => {
      const text = makeProof();
      const changed = text.slice(0, at % text.length) + String.fromCharCode(char) + text.slice((at % text.length) + 1);
      const { ok, error } = verifyProof(changed, vkey, nodeCrypto);
      expect(ok).toBe(changed === text);
      if (!ok) expect(error!.code).toMatch(/^PROOF_/);
    },
  );

  test.prop([fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 200 })])(
    'random text and random parts give a coded refusal',
    (text, bytes) => {
      const junk = [
        text,
        `c2sp.org/tlog-proof@v1\n${text}`,
        `c2sp.org/tlog-proof@v1\nextra ${Buffer.from(bytes).toString('base64')}\nindex 0\n\n${text}`,
        makeProof({ signedPart: bytes }),
        makeProof({ extra: (e) => ({ reading: { ...e.reading, bytes } }) }),
        makeProof({ extra: (e) => ({ leafZero: { ...e.leafZero, bytes } }) }),
        makeProof({ file: () => ({ checkpoint: text }) }),
      ];
      for (const file of junk) expect(verifyProof(file, vkey, nodeCrypto).error?.code).toMatch(/^PROOF_/);
    },
  );

  it('more than a mebibyte is refused unread', () => {
    expect(verifyProof(makeProof() + '\n'.repeat(1 << 20), vkey, nodeCrypto).error?.code).toBe('PROOF_FILE_MALFORMED');
  });

  it('the codec gives back what it wrote', () => {
    const file = makeProofFile();
    const plain = (value: unknown) =>
      JSON.parse(
        JSON.stringify(value, (_, v) =>
          ArrayBuffer.isView(v) ? [...(v as Uint8Array)] : v?.type === 'Buffer' ? v.data : v,
        ),
      );
    expect(plain(parseProofFile(encodeProofFile(file)))).toEqual(plain(file));
  });
});

describe('readings in words', () => {
  it.each([
    [{ value: { mantissa: 3660, exponent: -2 } }, '36.60'],
    [{ value: { mantissa: -5, exponent: -2 } }, '-0.05'],
    [{ value: { mantissa: 12, exponent: 2 } }, '1200'],
    [{ value: { mantissa: 0, exponent: 2 } }, '0'],
  ])('%j keeps its digits', (change, text) => {
    expect(readingInWords(honestReading(1, change))).toContain(` ${text} %`);
  });

  it('says why there is no value', () => {
    const { value: _, ...rest } = honestReading(1);
    expect(readingInWords({ ...rest, absent: 'sensor-off' })).toContain('no value (sensor-off)');
  });
});

describe('the command', () => {
  it('prints each step, and exits 0, 1 or 2', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lamplight-verify-'));
    const lines: string[] = [];
    const io = {
      stdout: { write: (text: string) => lines.push(text) },
      stderr: { write: (text: string) => lines.push(text) },
    };
    const file = join(folder, 'a.tlog-proof');
    await writeFile(file, makeProof());
    expect(await verifyCommand([file, '--key', vkey], io)).toBe(0);
    expect(lines.at(-1)).toContain('ok      The batch is in the log');
    expect(lines.at(-1)).toContain('Verified: Oxygen saturation 97.0 %');
    await writeFile(file, makeProof({ reading: { unit: 'mm[Hg]' } }));
    expect(await verifyCommand([file, '--key', vkey], io)).toBe(1);
    expect(lines.at(-1)).toContain('FAILED  Its unit and code are those of its vital sign.\nPROOF_UNIT_REFUSED: ');
    expect(await verifyCommand([file, '--key', vkey, '--json'], io)).toBe(1);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ ok: false, error: { code: 'PROOF_UNIT_REFUSED' } });
    expect(await verifyCommand([file], io)).toBe(2);
    await rm(folder, { recursive: true });
  });
});
