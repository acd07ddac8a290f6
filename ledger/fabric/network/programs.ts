// SPDX-License-Identifier: Apache-2.0
/** Fabric's programs: those in a folder, or those that the official images hold. */
import { execFile } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FabricError } from '../errors.ts';

const execute = promisify(execFile);

type Tool = 'cryptogen' | 'configtxgen' | 'osnadmin' | 'peer';
type Daemon = 'orderer' | 'peer';
type Environment = Readonly<Record<string, string>>;

export interface Programs {
  /** Runs a program to its end; gives what it printed. Rejects with FABRIC_PROGRAM_FAILED. */
  run(tool: Tool, args: readonly string[], env?: Environment): Promise<string>;
  /** The path of a program that stays. */
  daemon(name: Daemon): string;
}

const RUN_MS_MAX = 120_000;
/** The images have some hundred megabytes. */
const PULL_MS_MAX = 900_000;
const DOCKER_ANSWER_MS_MAX = 10_000;
const OUTPUT_BYTES_MAX = 10_000_000;
const SAID_CHARACTERS_MAX = 600;
const NAMES = ['cryptogen', 'configtxgen', 'osnadmin', 'peer', 'orderer'] as const;
/** The first has all but the orderer. */
const IMAGES = ['hyperledger/fabric-tools:2.5.16', 'hyperledger/fabric-orderer:2.5.16'];

/** The programs in a folder. Throws FABRIC_PROGRAMS_MISSING, which names the first that is not there. */
export function programsIn(folder: string): Programs {
  const missing = missingIn(folder);
  if (missing) throw new FabricError('FABRIC_PROGRAMS_MISSING', `no ${missing} in that folder`);
  return {
    daemon: (name) => join(folder, name),
    run: (tool, args, env) => runToEnd(join(folder, tool), args, RUN_MS_MAX, env),
  };
}

/**
 * The programs of the official images, copied into the folder unless they are there: so they run as plain processes here too. Rejects with
 * FABRIC_PROGRAMS_MISSING if Docker does not answer, and FABRIC_PROGRAM_FAILED.
 */
export async function programsFromDocker(folder: string, docker = 'docker'): Promise<Programs> {
  if (missingIn(folder)) {
    if (!(await answers(docker))) throw new FabricError('FABRIC_PROGRAMS_MISSING');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const image of IMAGES) {
      const container = (await runToEnd(docker, ['create', image], PULL_MS_MAX)).trim();
      await runToEnd(docker, ['cp', `${container}:/usr/local/bin/.`, folder], RUN_MS_MAX);
      await runToEnd(docker, ['rm', '--volumes', container], RUN_MS_MAX);
    }
  }
  return programsIn(folder);
}

async function runToEnd(path: string, args: readonly string[], timeout: number, env?: Environment): Promise<string> {
  try {
    const options = { env: { ...process.env, ...env }, timeout, maxBuffer: OUTPUT_BYTES_MAX };
    const { stdout, stderr } = await execute(path, args, options);
    return stdout || stderr;
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr || error).trim();
    const command = `${path.split('/').at(-1)} ${args.slice(0, 3).join(' ')}`;
    throw new FabricError('FABRIC_PROGRAM_FAILED', `${command}: ${said.slice(-SAID_CHARACTERS_MAX)}`, { cause: error });
  }
}

async function answers(docker: string): Promise<boolean> {
  try {
    await runToEnd(docker, ['info'], DOCKER_ANSWER_MS_MAX);
    return true;
  } catch (error) {
    if (error instanceof FabricError) return false;
    throw error;
  }
}

function missingIn(folder: string): string | undefined {
  return NAMES.find((name) => !isExecutable(join(folder, name)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}
