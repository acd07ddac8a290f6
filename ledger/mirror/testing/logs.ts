// SPDX-License-Identifier: Apache-2.0
/** Logs on disks in memory, for tests: honest ones, and two histories under one key. */
import { generateKeyPairSync } from 'node:crypto';
import { ed25519PublicKey } from '../../crypto/ed25519.ts';
import { nodeCrypto } from '../../crypto/node.ts';
import { type Log, openLog } from '../../log/log.ts';
import { cosignatureLine, parseNote, type VerifierKey, verifierKey } from '../../log/note.ts';
import { FaultyFiles } from '../../log/testing/faulty-files.ts';
import { makeWitnessSigner } from '../../witness/testing/keys.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const NAME = 'log.example';
export const logKey: VerifierKey = verifierKey(NAME, ed25519PublicKey(privateKey), nodeCrypto.sha256);
export const witnesses = ['w1', 'w2'].map((name) => makeWitnessSigner(`${name}.example`));

export const entryOf = (i: number, history = 'honest', forkedFrom = 0): Uint8Array =>
  new TextEncoder().encode(`${i < forkedFrom ? 'honest' : history} entry ${i} ${'x'.repeat(i % 30)}`);

/** The log after a checkpoint at each of the sizes; `disk` goes on with an earlier one. */
export async function grownLog(
  sizes: readonly number[],
  { disk, history = 'honest', forkedFrom = 0 }: { disk?: FaultyFiles; history?: string; forkedFrom?: number } = {},
): Promise<FaultyFiles> {
  const files = new FaultyFiles(disk ? { disk } : {});
  const onFatal = () => undefined;
  const schedule = () => () => undefined;
  const log = await openLog({
    directory: '',
    name: NAME,
    key: privateKey,
    files,
    onFatal,
    schedule,
    segmentMaxBytes: 16_384,
  });
  for (const size of sizes) {
    const from = log.size;
    const entries = Array.from({ length: size - from }, (_, i) => ({
      outbox: from + i + 1,
      entry: entryOf(from + i, history, forkedFrom),
    }));
    await log.append(entries);
    await log.publish();
  }
  await log[Symbol.asyncDispose]();
  return files;
}

/** The log in a folder, as its gateway opens it. */
export function openGrownLog(directory: string): Promise<Log> {
  return openLog({ directory, name: NAME, key: privateKey, onFatal: () => undefined, schedule: () => () => undefined });
}

/** Puts the lines of witnesses under the published checkpoint. */
export function cosign(files: FaultyFiles, ...by: readonly number[]): void {
  files.tamper('checkpoint', (bytes) => {
    const note = new TextDecoder().decode(bytes);
    const lines = by.map((i) => cosignatureLine(parseNote(note).text, witnesses[i]!, 1_795_000_000));
    return new TextEncoder().encode(note + lines.join(''));
  });
}
