// SPDX-License-Identifier: Apache-2.0
/** The examples of docs/formats.md are what the code writes and reads: a changed byte in the document fails here. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeSenml } from '../devices/index.ts';
import { decodeDf2 } from '../devices/serial/nonin-df2.ts';
import { dataPaths } from '../gateway/data-directory.ts';
import { decodeRows } from '../gateway/journal/rows.ts';
import { nodeCrypto } from '../ledger/crypto/node.ts';
import { xaesKey } from '../ledger/crypto/xaes.ts';
import { parseVerifierKey } from '../ledger/log/note.ts';
import { scanSegment } from '../ledger/log/segment.ts';
import { decodeBundle } from '../ledger/log/tile.ts';
import { openColumns, packColumns, readingsOf } from '../ledger/record/columns.ts';
import { decodeKeyRecord, openEpochKey, openStayKey } from '../ledger/record/epoch-key.ts';
import { decodeHeader } from '../ledger/record/header.ts';
import { decodeLeafZero } from '../ledger/record/leaf-zero.ts';
import { decodeReading } from '../ledger/record/reading-codec.ts';
import { openEnvelope } from '../ledger/record/seal.ts';
import { nobleCrypto, verifyProof } from '../ledger/verify/index.ts';
import * as examples from './support/format-examples.ts';
import { expectedVectors, RANDOMISED, type Vectors } from './support/format-vectors.ts';

const page = readFileSync(new URL('../docs/formats.md', import.meta.url), 'utf8');
const documented = vectorsOf(page);

/** Blocks fenced as `hex` or `text` whose first line is `name: NAME`; the white space of hex is for the eye only. */
function vectorsOf(markdown: string): Map<string, string> {
  const vectors = new Map<string, string>();
  for (const [, kind, name, body] of markdown.matchAll(/^```(hex|text)\nname: (\S+)\n([\s\S]*?)\n```$/gm)) {
    expect(vectors.has(name!), `${name} stands twice`).toBe(false);
    vectors.set(name!, kind === 'hex' ? body!.replaceAll(/\s/g, '') : `${body}\n`);
  }
  return vectors;
}

function bytes(name: string, vectors: Vectors = documented): Uint8Array {
  return Uint8Array.from(Buffer.from(vectors.get(name) ?? '', 'hex'));
}

/** `text` with the character at `at` made another one of the same kind. */
function changed(text: string, at: number): string {
  const other = text[at] === '0' ? '1' : '0';
  return text.slice(0, at) + other + text.slice(at + 1);
}

/** Names of the examples that differ from what the code writes; what cannot even be computed differs. */
function mismatches(vectors: Vectors): string[] {
  try {
    return [...expectedVectors(vectors)].filter(([name, text]) => vectors.get(name) !== text).map(([name]) => name);
  } catch (error) {
    return [String(error)];
  }
}

/** The first, middle and last character of each example, and every byte of the columns, which are not compared but opened. */
function placesIn(markdown: string): number[] {
  const blocks = [...markdown.matchAll(/^name: (\S+)\n([\s\S]*?)\n```$/gm)].filter(([, name]) => !isRandomised(name));
  return blocks.flatMap(([whole, name, body = '']) => {
    const start = markdown.indexOf(whole) + whole.length - 4 - body.length;
    const all = [...body].flatMap((char, i) => (/\s/.test(char) ? [] : [start + i]));
    return name === 'columns' ? all.filter((_, i) => i % 2 === 0) : [all[0]!, all[all.length >> 1]!, all.at(-1)!];
  });
}

function isRandomised(name: string | undefined): boolean {
  return RANDOMISED.some((known) => known === name);
}

async function wrapsOpen(vectors: Vectors): Promise<void> {
  const record = decodeKeyRecord(bytes('key-record', vectors));
  expect(Buffer.from(record.streamTag).toString('hex')).toBe(vectors.get('stream-tag'));
  expect(record.epoch).toBe(examples.EPOCH);
  for (const [id, key] of [
    ['care-team', examples.careTeamKem],
    ['gateway', examples.gatewayKem],
  ] as const) {
    const opened = await openEpochKey(record, id, key, examples.gatewayKey);
    expect(opened.export()).toEqual(Buffer.from(examples.seed('epoch key')));
  }
  const stayWrap = bytes('stay-key-wrap', vectors);
  const stayKey = await openStayKey(stayWrap, examples.STAY, 'care-team', examples.careTeamKem);
  expect(stayKey.export()).toEqual(Buffer.from(examples.seed('stay key')));
}

describe('docs/formats.md', () => {
  it('has an example for every vector of the code, and no other', () => {
    const expected = [...expectedVectors(documented).keys(), ...RANDOMISED];
    expect([...documented.keys()].toSorted()).toEqual(expected.toSorted());
  });

  it.each([...expectedVectors(documented).keys()])('%s is what the code writes', (name) => {
    expect(documented.get(name)).toBe(expectedVectors(documented).get(name));
  });

  it('holds wraps that open to the key of the example', async () => {
    await wrapsOpen(documented);
  });

  it('would not pass with any other byte in a wrap', async () => {
    for (const name of RANDOMISED) {
      const text = documented.get(name)!;
      for (let at = 0; at < text.length; at += 2) {
        const forged = new Map(documented).set(name, changed(text, at));
        await expect(wrapsOpen(forged), `${name}, byte ${at / 2}`).rejects.toThrow();
      }
    }
  });

  it('would fail with any other character in an example', () => {
    for (const at of placesIn(page)) {
      expect(mismatches(vectorsOf(changed(page, at))), `near ${page.slice(at - 20, at + 20)}`).not.toEqual([]);
    }
  });

  it('names every file of the data directory', () => {
    const { directory, ...files } = dataPaths('/data');
    const section = page.slice(page.indexOf('## Data directory'));
    for (const path of Object.values(files)) expect(section).toContain(`\`${path.slice(directory.length + 1)}\``);
  });
});

describe('the examples, read back', () => {
  it('readings, leaf 0, header', () => {
    const read = (['reading-value', 'reading-flagged', 'reading-absent'] as const).map((n) => decodeReading(bytes(n)));
    expect(read).toEqual(examples.readings);
    expect(decodeLeafZero(bytes('leaf-zero'))).toEqual(examples.leafZero);
    expect(decodeHeader(bytes('header'))).toMatchObject({ epoch: examples.EPOCH, number: examples.BATCH_NUMBER });
  });

  it('columns: the deflated ones are the plain ones, and hold the readings', () => {
    expect(readingsOf(openColumns(bytes('columns')))).toEqual(examples.readings);
    // Another deflate may pack tighter or looser; what it packs is the same.
    const packed = packColumns(bytes('leaf-zero'), examples.readings);
    expect(readingsOf(openColumns(packed))).toEqual(examples.readings);
  });

  it('the envelope opens with the epoch key, and every leaf is proved', () => {
    const opened = openEnvelope(bytes('envelope'), xaesKey(examples.seed('epoch key')), examples.gatewayKey);
    expect(opened.readings).toEqual(examples.readings);
    expect(opened.leafZero).toEqual(examples.leafZero);
    expect(opened.signedPart).toEqual(bytes('signed-part'));
    expect(Buffer.from(opened.prove(1).salt).toString('hex')).toBe(documented.get('salt-1'));
  });

  it('journal rows, log frame, bundle, verifier key', () => {
    expect(decodeRows(bytes('journal-rows')).map((row) => row.kind)).toEqual(['reading', 'gap']);
    const [frame] = scanSegment(bytes('segment')).entries;
    expect([frame!.outbox, frame!.entry]).toEqual([2, bytes('log-entry-batch')]);
    expect(decodeBundle(bytes('entry-bundle'), 3)[1]).toEqual(bytes('log-entry-batch'));
    const vkey = documented.get('verifier-key')!.trim();
    expect(parseVerifierKey(vkey, nodeCrypto.sha256).name).toBe(examples.LOG_NAME);
  });

  it('SenML and DF2 give the measurements that the page names', () => {
    const senml = decodeSenml(new TextEncoder().encode(documented.get('senml')!.trimEnd()));
    expect(
      senml.ok && senml.value.measurements.map((m) => [m.vital, m.value ?? m.absent, m.sequence, m.deviceTimeMs]),
    ).toEqual([
      ['temperature', { mantissa: 3660, exponent: -2 }, 0, examples.START_MS],
      ['heartRate', { mantissa: 310, exponent: 0 }, 1, examples.START_MS],
      ['spo2', 'sensor-off', 2, examples.START_MS + 500],
    ]);
    expect(decodeDf2(bytes('nonin-df2')).map((m) => [m.vital, m.value?.mantissa])).toEqual([
      ['pulseRate', 200],
      ['spo2', 97],
    ]);
  });

  it.each([
    ['node:crypto', nodeCrypto],
    ['@noble', nobleCrypto],
  ])('the proof file verifies with %s', (_, crypto) => {
    const result = verifyProof(documented.get('proof-file')!, documented.get('verifier-key')!.trim(), crypto);
    expect(result.error).toBeUndefined();
    expect(result.reading).toEqual(examples.valueReading);
    expect(result.corrected).toBeUndefined();
  });

  it('the proof file of a marked reading verifies, and says what was said of it and what was taken back', () => {
    const vkey = documented.get('verifier-key')!.trim();
    expect(verifyProof(documented.get('proof-file-corrected')!, vkey, nodeCrypto)).toMatchObject({
      ok: true,
      reading: examples.valueReading,
      corrected: { reason: 'in-error', by: 'nurse', why: 'sensor fell off' },
    });
    const taken = verifyProof(documented.get('proof-file-withdrawn')!, vkey, nodeCrypto);
    expect(taken).toMatchObject({ ok: true, takenBack: [{ withdrawn: { why: 'it was the wrong hour' } }] });
    expect(taken.corrected).toBeUndefined();
  });
});
