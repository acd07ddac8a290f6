// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run fabric:up` and `npm run fabric:down`: a Fabric network on this machine, to try Lamplight on or to learn from. Options: --dir
 * FOLDER (default .lamplight/fabric); up: --gateway DEVICE_ID writes a connection file for a gateway of HospMSP, --orderers raft|bft
 * (default raft) says what a new network has; down: --remove.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CodedError } from '../../errors.ts';
import { FabricError } from '../errors.ts';
import { openNetwork, removeNetwork, stopNetwork } from './network.ts';
import { programsFromDocker, programsIn } from './programs.ts';
import type { Orderers } from './topology.ts';

const DEFAULT_DIR = '.lamplight/fabric';
/** What came out of the official images, where FABRIC_BIN names no folder. */
const PROGRAMS_DIR = '.lamplight/fabric-programs';
const ORDERERS: readonly Orderers[] = ['raft', 'bft'];
const USAGE =
  'Use: npm run fabric:up|fabric:down -- [--dir FOLDER] [--gateway DEVICE_ID] [--orderers raft|bft] [--remove]';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function up(dir: string, deviceId: string | undefined, ordering: Orderers | undefined): Promise<void> {
  const folder = process.env['FABRIC_BIN'];
  // The official images are those of 2.5.16.
  if (!folder && ordering === 'bft') throw new FabricError('FABRIC_PROGRAMS_NO_BFT');
  const programs = folder ? programsIn(resolve(folder)) : await programsFromDocker(resolve(PROGRAMS_DIR));
  const network = await openNetwork({ dir, programs, ordering, nowMs: Date.now, say });
  if (deviceId) await network.writeGatewayConnection(network.topology.orgs[0]!, deviceId);
  const peers = network.topology.orgs.map(({ mspId, port }) => `${mspId} at 127.0.0.1:${port}`);
  say(`Fabric is up, channel ${network.topology.channel}: ${peers.join(', ')}. "npm run fabric:down" ends it.`);
}

async function down(dir: string, remove: boolean): Promise<void> {
  await (remove ? removeNetwork(dir) : stopNetwork(dir));
  say(
    remove
      ? 'Fabric is down, and what it kept is removed.'
      : 'Fabric is down; "npm run fabric:up" goes on with what it keeps.',
  );
}

/** 0 done, 1 refused, 2 wrong use. */
async function main(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const options = { dir: text, gateway: text, orderers: text, remove: { type: 'boolean' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const dir = resolve(values.dir ?? DEFAULT_DIR);
    const isDevice = values.gateway === undefined || /^[0-9a-f]{32}$/.test(values.gateway);
    const ordering = ORDERERS.find((name) => name === values.orderers);
    const isOrdering = values.orderers === ordering;
    if (positionals[0] === 'up' && isDevice && isOrdering) await up(dir, values.gateway, ordering);
    else if (positionals[0] === 'down') await down(dir, values.remove ?? false);
    else throw new TypeError(USAGE);
    return 0;
  } catch (error) {
    if (error instanceof TypeError) process.stderr.write(`${USAGE}\n`);
    else if (error instanceof CodedError) process.stderr.write(`${error.code}: ${error.message}\n${error.advice}\n`);
    else throw error;
    return error instanceof TypeError ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
