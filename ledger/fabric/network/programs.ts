// SPDX-License-Identifier: Apache-2.0
/** Fabric's programs: those in the folder FABRIC_BIN, or the official images where Docker answers. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FabricError } from '../errors.ts';

const execute = promisify(execFile);

export type Tool = 'cryptogen' | 'configtxgen' | 'osnadmin' | 'peer';
export type Daemon = 'orderer' | 'peer';

export interface Programs {
  /** Runs a program to its end; gives what it printed. Rejects with FABRIC_PROGRAM_FAILED. */
  run(tool: Tool, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** The path of a program that stays. */
  daemon(name: Daemon): string;
}

const RUN_MS_MAX = 120_000;
const OUTPUT_BYTES_MAX = 10_000_000;
const SAID_CHARACTERS = 600;
const NAMES = ['cryptogen', 'configtxgen', 'osnadmin', 'peer', 'orderer'] as const;

/** The programs in a folder. Throws FABRIC_PROGRAMS_MISSING, which names the first that is not there. */
export function programsIn(folder: string): Programs {
  const missing = NAMES.find((name) => !isExecutable(join(folder, name)));
  if (missing) throw new FabricError('FABRIC_PROGRAMS_MISSING', `no ${missing} in that folder`);
  return {
    daemon: (name) => join(folder, name),
    async run(tool, args, env = {}) {
      try {
        const options = { env: { ...process.env, ...env }, timeout: RUN_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX };
        const { stdout, stderr } = await execute(join(folder, tool), args, options);
        return stdout || stderr;
      } catch (error) {
        const said = String((error as { stderr?: string }).stderr ?? error).trim();
        const detail = `${tool} ${args.slice(0, 3).join(' ')}: ${said.slice(-SAID_CHARACTERS)}`;
        throw new FabricError('FABRIC_PROGRAM_FAILED', detail, { cause: error });
      }
    },
  };
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
