// SPDX-License-Identifier: Apache-2.0
/** A verb in a process of its own, as a part that the supervisor can start, watch and stop. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { GatewayError } from './errors.ts';
import type { Part } from './supervisor.ts';

/** After SIGTERM a child has this long before SIGKILL; shorter than the supervisor's own deadline. */
const CHILD_STOP_MS = 8000;
/** A child that says nothing for this long after its start is taken for dead. On a box with much else to do one took more than half a minute. */
const CHILD_READY_MS = 90_000;
const LAST_WORDS_BYTES = 4096;

export interface ChildOptions {
  readonly name: string;
  /** Arguments of Node: the program and its own arguments. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes every JSON object that the child prints as a line on stdout. */
  readonly onMessage: (message: Readonly<Record<string, unknown>>) => void;
  /** Takes what it prints on stderr. */
  readonly onStderr: (text: string) => void;
  /** It ended without being asked to, perhaps before it was ready; `lastWords` is the end of its stderr. */
  readonly onDeath: (how: string, lastWords: string, wasReady: boolean) => void;
}

/** The part is up once the child has printed a line with `"ready": true`. It dies with GatewayError PROCESS_ENDED. */
export function childPart(options: ChildOptions): Part {
  return {
    name: options.name,
    async start(stop) {
      // The IPC channel carries no message: its end tells the child that this process is gone, also after kill -9.
      const child = spawn(process.execPath, options.args, {
        env: options.env,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      }) as ChildProcessByStdio<null, Readable, Readable>;
      const kill = () => child.kill('SIGKILL');
      process.once('exit', kill);
      let stopping = false;
      let lastWords = '';
      let wasReady = false;
      const ready = Promise.withResolvers<void>();
      const failed = Promise.withResolvers<unknown>();
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        lastWords = (lastWords + text).slice(-LAST_WORDS_BYTES);
        options.onStderr(text);
      });
      createInterface(child.stdout).on('line', (line) => {
        const message = parseObject(line);
        if (message === undefined) return;
        options.onMessage(message);
        if (message['ready'] !== true) return;
        wasReady = true;
        ready.resolve();
      });
      const ended = once(child, 'close').then(([code, signal]) => {
        process.off('exit', kill);
        const how = signal === null ? `code ${code}` : `signal ${signal}`;
        if (!stopping) options.onDeath(how, lastWords, wasReady);
        failed.resolve(new GatewayError('PROCESS_ENDED', `${options.name}, ${how}`));
      }, failed.resolve);
      const end = async () => {
        stopping = true;
        child.kill('SIGTERM');
        const deadline = setTimeout(kill, CHILD_STOP_MS);
        await ended;
        clearTimeout(deadline);
      };
      const impatience = setTimeout(kill, CHILD_READY_MS);
      stop.addEventListener('abort', end, { once: true });
      await Promise.race([ready.promise, failed.promise.then((error) => Promise.reject(error))]).finally(() => {
        clearTimeout(impatience);
        // From now on its owner says when: the parts end in their order.
        stop.removeEventListener('abort', end);
      });
      return { failed: failed.promise, [Symbol.asyncDispose]: end };
    },
  };
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Not meant for us: a child may print words too.
    return undefined;
  }
}
