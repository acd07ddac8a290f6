// SPDX-License-Identifier: Apache-2.0
/** A data directory whose log is damaged and healed, for tests, and the histories and mirrors that they need. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { nodeCrypto } from '../../crypto/node.ts';
import { NodeFiles } from '../../log/files.ts';
import { fsck } from '../../log/fsck.ts';
import { formatVerifierKey } from '../../log/note.ts';
import { FaultyFiles } from '../../log/testing/faulty-files.ts';
import { heldTimers } from '../../witness/testing/web.ts';
import { openMirror } from '../mirror.ts';
import { type RecoverOptions, type RecoverReport, recoverFromMirrors } from '../recovery.ts';
import { filesSource, type LogSource } from '../source.ts';
import { grownLog, logKey, openGrownLog } from './logs.ts';

export const SIZE = 600;
export const FIRST_SEGMENT = 'segment/0000000000000000';
export const whole = await grownLog([5, 300, SIZE]);
export const older = await grownLog([5, 300]);
/** Other histories under the same key, of the same size and of a larger one. */
export const fork = await grownLog([SIZE], { history: 'forked', forkedFrom: 100 });
export const forkedTail = await grownLog([700], { disk: older, history: 'forked', forkedFrom: 300 });

let directory: string;

/** Gives each test of the file a data directory of its own. */
export function useDirectory(): void {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lamplight-recover-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
}

/** Path in the log's folder. */
export const at = (path = ''): string => join(directory, 'log', path);
export const folders = async (): Promise<string[]> => (await readdir(directory)).sort();
export const source = (files: FaultyFiles, name = 'mirror'): LogSource => filesSource(files, name);

/** Makes this log of memory the only thing in the data directory. */
export async function put(files: FaultyFiles): Promise<void> {
  await rm(directory, { recursive: true });
  const disk = new NodeFiles(at());
  for (const path of files.paths()) await disk.writeAtomic(path, (await files.read(path))!);
}

/** Nothing is left of it but its head. */
export async function putHeadOf(files: FaultyFiles): Promise<void> {
  await put(files);
  await rm(at('segment'), { recursive: true });
  await rm(at('tile'), { recursive: true });
}

export async function change(path: string, by: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  await writeFile(at(path), by(await readFile(at(path))));
}

export const flip =
  (index: number) =>
  (bytes: Uint8Array): Uint8Array =>
    bytes.with(index, bytes[index]! ^ 1);

/** What a mirror of this log keeps: no segments. */
export async function mirrorOf(log: FaultyFiles, name = 'mirror'): Promise<LogSource> {
  const files = new FaultyFiles();
  await (await openMirror({ files, key: logKey, source: source(log), policy: undefined, crypto: nodeCrypto })).step();
  return source(files, name);
}

export function recover(mirrors: readonly LogSource[], options: Partial<RecoverOptions> = {}): Promise<RecoverReport> {
  const http = { fetch: () => Promise.reject(new TypeError('fetch failed')), timers: heldTimers() };
  return recoverFromMirrors({
    directory,
    key: undefined,
    policy: undefined,
    mirrors,
    http,
    crypto: nodeCrypto,
    ...options,
  });
}

/** What recovery throws; nothing but its own half-built folder may be another after it. */
export async function refusal(mirrors: readonly LogSource[], options: Partial<RecoverOptions> = {}): Promise<unknown> {
  const before = await listing();
  const error = await recover(mirrors, options).then(
    () => undefined,
    (refused: unknown) => refused,
  );
  const after = await listing();
  for (const file of Object.keys(after)) if (file.includes('log.healing-')) delete after[file];
  expect(after).toEqual(before);
  return error;
}

/** fsck finds nothing, and the gateway opens it and goes on after the outbox number that it ends with. */
export async function assertHealed(size = SIZE): Promise<void> {
  const report = await fsck(new NodeFiles(at()), nodeCrypto, formatVerifierKey(logKey));
  expect(report).toMatchObject({ damage: [], head: { size }, sequenced: size });
  await using log = await openGrownLog(at());
  expect([log.size, log.highestOutbox]).toEqual([size, size]);
}

/** Every file with its content. */
export async function listing(): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, (await readFile(file)).toString('hex')])),
  );
}
