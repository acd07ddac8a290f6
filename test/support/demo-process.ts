// SPDX-License-Identifier: Apache-2.0
/** `lamplight start --demo` as a person runs it, with its processes by name, so that a test can look at their memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FRONT_DOOR = fileURLToPath(new URL('../../lamplight.ts', import.meta.url));
const READY_MS_MAX = 90_000;
const KIB = 1024;

export interface DemoProcess extends AsyncDisposable {
  /** Address of the claim link. */
  readonly claim: string;
  /** Of `start` itself, which supervises the others. */
  readonly pid: number;
  /** The processes of `start`, by the verb that each runs. */
  readonly pids: ReadonlyMap<string, number>;
  /** All that it has printed. */
  said(): string;
  logLines(): Promise<string[]>;
}

/** Starts the demo on this data directory; resolves when it has told the claim link and a first live value. */
export async function startDemo(directory: string, env: NodeJS.ProcessEnv = process.env): Promise<DemoProcess> {
  const child = spawn(process.execPath, [FRONT_DOOR, 'start', '--demo', '--data', directory], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  let said = '';
  const ready = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('First live value') && claimIn(said) !== undefined) ready.resolve();
    });
  }
  child.once('exit', () => ready.reject(new Error(`the demo ended:\n${said}`)));
  const impatience = setTimeout(() => ready.reject(new Error(`the demo is not ready:\n${said}`)), READY_MS_MAX);
  try {
    await ready.promise;
  } catch (error) {
    await stop(child);
    throw error;
  } finally {
    clearTimeout(impatience);
  }
  return {
    claim: claimIn(said) ?? '',
    pid: child.pid ?? 0,
    pids: await childrenByVerb(child.pid ?? 0),
    said: () => said,
    logLines: async () => (await readFile(join(directory, 'lamplight.log'), 'utf8')).split('\n').filter(Boolean),
    [Symbol.asyncDispose]: () => stop(child),
  };
}

/** Resident memory as the kernel counts it. */
export async function residentBytes(pid: number): Promise<number> {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * KIB;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

function claimIn(said: string): string | undefined {
  return /Claim {2}(http:\S+)/.exec(said)?.[1];
}

async function childrenByVerb(pid: number): Promise<Map<string, number>> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);
  const verbs = children.map(async (child) => {
    const args = (await readFile(`/proc/${child}/cmdline`, 'utf8')).split('\0');
    // On a small machine Node has flags of its own before it.
    const [, verb] = args.slice(args.indexOf(FRONT_DOOR));
    return args.includes(FRONT_DOOR) && verb ? ([[verb, Number(child)]] as const) : [];
  });
  return new Map((await Promise.all(verbs)).flat());
}
