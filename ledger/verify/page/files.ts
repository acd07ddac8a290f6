// SPDX-License-Identifier: Apache-2.0
/** Files that a person drops: which of them is what, told by their content, and their bytes piece by piece. */
import { EXPORT_FIRST_LINE } from '../export-proof.ts';

export type FileKind = 'proof' | 'csv' | 'policy' | 'key';

/** Enough to tell what a file is. */
const BEGINNING_BYTES = 4096;
/** Far above any key or policy. */
const MAX_TEXT_BYTES = 64 * 1024;
/** As the proof file's codec has it: nothing longer can be one. */
const MAX_PROOF_BYTES = 4 * 1024 * 1024;
const VKEY = /^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+\s*$/;
const POLICY_LINE = /^(?:log|witness|group|quorum)[ \t]/m;
const PROOF_LINE = /^(?:c2sp\.org\/tlog-proof@v1|lamplight\/export-proof@v1)\n/;

/** What nothing speaks for is taken for a proof: the check then says what is wrong with it. */
export async function kindOf(file: File): Promise<FileKind> {
  const beginning = await file.slice(0, BEGINNING_BYTES).text();
  if (PROOF_LINE.test(beginning)) return 'proof';
  if (VKEY.test(beginning)) return 'key';
  if (/\.csv$/i.test(file.name)) return 'csv';
  return POLICY_LINE.test(beginning) ? 'policy' : 'proof';
}

export async function isExportProof(file: Blob): Promise<boolean> {
  return (await file.slice(0, EXPORT_FIRST_LINE.length).text()) === EXPORT_FIRST_LINE;
}

/** A key or a policy. */
export function shortText(file: Blob): Promise<string> {
  return file.slice(0, MAX_TEXT_BYTES).text();
}

/** The proof of a reading; what is beyond its limit is left out, and the codec refuses it for its length. */
export function proofText(file: Blob): Promise<string> {
  return file.slice(0, MAX_PROOF_BYTES).text();
}

/** The bytes of a file, so that the whole is never in memory. */
export async function* chunksOf(file: Blob): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}
