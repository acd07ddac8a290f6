// SPDX-License-Identifier: Apache-2.0
/** Other people's code as programs: Tessera's fsck, a judge of notes and proofs, a log by Tessera's POSIX driver. Built once, from test/interop/. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MODULE = fileURLToPath(new URL('../interop/', import.meta.url));
/** The first build compiles Tessera, and may have to fetch the modules. */
const BUILD_TIMEOUT_MS = 180_000;
/** fsck hangs on some damage; a log of a test takes it a second. */
const FSCK_TIMEOUT_MS = 20_000;
const WRITE_TIMEOUT_MS = 120_000;
const run = promisify(execFile);

/** On the build machine a missing Go fails the suite instead. */
export const GO_MISSING = process.env['CI'] !== 'true' && spawnSync('go', ['version']).error !== undefined;

export interface Question {
  readonly kind: 'checkpoint' | 'cosigned' | 'policy' | 'proof' | 'inclusion' | 'consistency';
  readonly [field: string]: string | number | Uint8Array | readonly Uint8Array[];
}

export interface Judgement {
  readonly ok: boolean;
  readonly error?: string;
  readonly size?: number;
  /** Base64. */
  readonly root?: string;
  /** Seconds since 1970. */
  readonly time?: number;
}

export interface WrittenLog {
  readonly vkey: string;
  readonly entriesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Flags of writelog; a duration as Go writes it. */
export interface WriteOptions {
  readonly dir: string;
  readonly entries: number;
  readonly bytes: number;
  readonly 'in-flight': number;
  readonly 'checkpoint-interval'?: string;
}

export class GoPrograms {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Builds into `folder` what go.mod pins: fsck as a tool, and the programs of ours. */
  static async build(folder: string): Promise<GoPrograms> {
    await run('go', ['build', '-o', folder, 'tool', './cmd/...'], { cwd: MODULE, timeout: BUILD_TIMEOUT_MS });
    return new GoPrograms(folder);
  }

  /** The size and root that fsck vouches for in its closing line, or undefined: its exit code is 0 on damage too. */
  async fsck(url: string, keyFile: string): Promise<{ size: number; root: string } | undefined> {
    const args = ['-ui=false', '-N', '4', `-storage_url=${url}`, `-public_key=${keyFile}`];
    const child = spawn(join(this.#folder, 'fsck'), args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: FSCK_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const closing = /Successfully fsck'd log with size (\d+) and root \S+ \(([0-9a-f]{64})\)/;
    const [, size, root] = closing.exec(await text(child.stderr)) ?? [];
    return size === undefined || root === undefined ? undefined : { size: Number(size), root };
  }

  /** One judgement for each question, in order. */
  async judge(questions: readonly Question[]): Promise<Judgement[]> {
    const child = spawn(join(this.#folder, 'judge'), { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(questions.map((question) => `${JSON.stringify(question, bytesAsBase64)}\n`).join(''));
    const [answers] = await Promise.all([text(child.stdout), once(child, 'close')]);
    const judged = answers.split('\n').filter((line) => line !== '');
    if (judged.length !== questions.length)
      throw new Error(`${judged.length} answers to ${questions.length} questions`);
    return judged.map((line) => JSON.parse(line));
  }

  async writeLog(options: WriteOptions): Promise<WrittenLog> {
    const args = Object.entries(options).map(([name, value]) => `-${name}=${value}`);
    const { stdout } = await run(join(this.#folder, 'writelog'), args, { timeout: WRITE_TIMEOUT_MS });
    return JSON.parse(stdout);
  }
}

/** A Buffer has become an object by the time a replacer sees its value; its holder still has the bytes. */
function bytesAsBase64(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const held = this[key];
  return held instanceof Uint8Array ? Buffer.from(held).toString('base64') : value;
}
