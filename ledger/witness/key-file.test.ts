// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeCrypto } from '../crypto/node.ts';
import { cosignatureLine, formatVerifierKey, openNote } from '../log/note.ts';
import { openKeyFile } from './key-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamplight-key-'));
  path = join(folder, 'witness.key');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the key file of a witness', () => {
  it('is made once, for its owner only, and gives the same key from then on', async () => {
    const made = await openKeyFile(path, 'w.example');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const again = await openKeyFile(path, 'another.example');
    expect(formatVerifierKey(again.key)).toBe(formatVerifierKey(made.key));
    const note = `text\n\n${cosignatureLine('text\n', again, 1_795_000_000)}`;
    expect(openNote(note, [made.key], nodeCrypto).signedBy.has(made.key)).toBe(true);
  });

  it('makes up a name that says nothing of the machine', async () => {
    expect((await openKeyFile(path)).key.name).toMatch(/^lamplight\.witness\/[0-9a-f]{8}$/);
  });

  it.each([
    ['that others may read', (text: string) => text, 0o640],
    ['of another version', (text: string) => text.replace('/1', '/2'), 0o600],
    ['that is cut short', (text: string) => text.slice(0, -9), 0o600],
    ['with a key that is none', (text: string) => text.replace(/\n[^\n]+\n$/, '\nAAAA\n'), 0o600],
    ['that is too long', (text: string) => text + 'x'.repeat(1024), 0o600],
  ])('one %s is refused', async (_, change, mode) => {
    await openKeyFile(path, 'w.example');
    await writeFile(path, change(await readFile(path, 'utf8')));
    await chmod(path, mode);
    await expect(openKeyFile(path)).rejects.toMatchObject({ code: 'WITNESS_KEY_FILE' });
  });
});
