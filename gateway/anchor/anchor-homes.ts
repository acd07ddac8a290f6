// SPDX-License-Identifier: Apache-2.0
/** The homes outside the box that the configuration names: the witnesses of a policy, and the channel on Fabric. None is a home too few to ask. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type AnchorHome, type Log as LedgerLog, openWitnessSet } from '../../ledger/index.ts';
import type { Config } from '../config.ts';
import { GatewayError } from '../errors.ts';
import type { Timers } from '../timers.ts';

export interface AnchorHomesOptions {
  readonly config: Config['ledger'];
  readonly log: Pick<LedgerLog, 'vkey' | 'consistencyProof'>;
  readonly timers: Timers;
}

/** The witnesses, if there is a policy. Throws POLICY_UNREADABLE and POLICY_MALFORMED. */
export async function openWitnesses({ config, log, timers }: AnchorHomesOptions): Promise<AnchorHome[]> {
  if (config.policyFile === undefined) return [];
  const policyText = await readPolicy(config.policyFile);
  const urls = Object.fromEntries(config.witness.map(({ name, url }) => [name, url]));
  return [openWitnessSet({ policyText, urls, vkey: log.vkey, source: log, fetch, timers })];
}

async function readPolicy(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new GatewayError('POLICY_UNREADABLE', basename(path), { cause });
  }
}
