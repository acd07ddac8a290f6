// SPDX-License-Identifier: Apache-2.0
/** The long-running programs of a network: they outlive who started them, and are found again by files that name their process. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Time that a program has to end by itself before it is killed, and then to be gone. */
const END_MS_MAX = 10_000;
const LOOK_MS = 20;

export class Processes {
  readonly #run: string;
  readonly #logs: string;

  constructor(dir: string) {
    this.#run = join(dir, 'run');
    this.#logs = join(dir, 'log');
  }

  /** Starts a program unless it runs. */
  start(name: string, { command, args, env = {} }: Launch): void {
    if (this.isAlive(name)) return;
    for (const folder of [this.#run, this.#logs]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const log = openSync(join(this.#logs, `${name}.log`), 'a', 0o600);
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    // A program that cannot be started is not alive, and the wait for its health says so.
    child.on('error', () => undefined);
    child.unref();
    if (child.pid !== undefined) writeFileSync(this.#file(name), `${child.pid} ${startOf(child.pid)}`, { mode: 0o600 });
  }

  isAlive(name: string): boolean {
    return this.#pid(name) !== undefined;
  }

  signal(name: string, signal: NodeJS.Signals): void {
    const pid = this.#pid(name);
    if (pid !== undefined) process.kill(pid, signal);
  }

  async kill(name: string): Promise<void> {
    this.signal(name, 'SIGKILL');
    await this.#gone(name, END_MS_MAX);
  }

  /** Ends all of them, and whoever does not listen by force. */
  async stopAll(): Promise<void> {
    const names = existsSync(this.#run) ? readdirSync(this.#run) : [];
    for (const name of names) for (const signal of ['SIGTERM', 'SIGCONT'] as const) this.signal(name, signal);
    for (const name of names) {
      if (!(await this.#gone(name, END_MS_MAX))) await this.kill(name);
      rmSync(this.#file(name), { force: true });
    }
  }

  async #gone(name: string, withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    while (this.isAlive(name)) {
      if (performance.now() > deadline) return false;
      await sleep(LOOK_MS);
    }
    return true;
  }

  /** The process that we started under this name, and not one that has its number now. */
  #pid(name: string): number | undefined {
    if (!existsSync(this.#file(name))) return undefined;
    const [pid, start] = readFileSync(this.#file(name), 'utf8').split(' ');
    return startOf(Number(pid)) === start ? Number(pid) : undefined;
  }

  #file(name: string): string {
    return join(this.#run, name);
  }
}

/** When a process began, in the kernel's ticks (proc_pid_stat(5), fields 3 and 22); empty for one that has ended. */
function startOf(pid: number): string {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return '';
  const fields = readFileSync(file, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields[0] === 'Z' ? '' : (fields[19] ?? '');
}
