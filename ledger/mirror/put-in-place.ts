// SPDX-License-Identifier: Apache-2.0
/**
 * Puts a healed log where the damaged one lies, which is kept aside. Two folders cannot change places in one step, so meanwhile the file
 * `format` says that nobody may open the log: a crash at any point leaves it so, and the next recovery finds all the parts.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NodeFiles, syncFile } from '../log/files.ts';
import { encodeFormat, encodeUnfinishedFormat, FORMAT_FILE } from '../log/format.ts';
import type { VerifierKey } from '../log/note.ts';

export interface Places {
  /** Folder of the log, of the healed one, and where the damaged one goes. */
  readonly log: string;
  readonly healed: string;
  readonly evidence: string;
}

/** Moves everything; `passed` is called before each step, so that a test can end it there. */
export async function putInPlace(
  { log, healed, evidence }: Places,
  key: VerifierKey,
  passed: (step: string) => void = () => undefined,
): Promise<void> {
  const files = new NodeFiles(log);
  const format = await files.read(FORMAT_FILE);
  passed('evidence');
  await mkdir(evidence, { recursive: true });
  if (format) await new NodeFiles(evidence).writeAtomic(FORMAT_FILE, format);
  passed('close');
  await files.writeAtomic(FORMAT_FILE, encodeUnfinishedFormat(key));
  await moveAll(log, evidence, passed);
  await moveAll(healed, log, passed);
  passed('open');
  await files.writeAtomic(FORMAT_FILE, encodeFormat(key));
  // COMMIT POINT. The healed log is whole in its place and may be opened.
  passed('tidy');
  await rm(healed, { recursive: true });
}

async function moveAll(from: string, to: string, passed: (step: string) => void): Promise<void> {
  for (const name of (await readdir(from)).filter((one) => one !== FORMAT_FILE)) {
    passed(`move ${name}`);
    await rename(join(from, name), join(to, name));
  }
  await syncFile(to);
  await syncFile(from);
}
