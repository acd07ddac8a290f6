// SPDX-License-Identifier: Apache-2.0
/** A policy from a file, for the verbs that take --policy. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { sha256 } from '../crypto/sha256.ts';
import { WitnessError } from './errors.ts';
import { type Policy, parsePolicy } from './policy.ts';

/** The policy in the file, or undefined where none is named. Throws POLICY_MALFORMED, also if the file cannot be read. */
export async function readPolicy(file: string | undefined): Promise<Policy | undefined> {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new WitnessError('POLICY_MALFORMED', `${basename(file)} cannot be read`, { cause });
  }
  return parsePolicy(text, sha256);
}
