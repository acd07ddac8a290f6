// SPDX-License-Identifier: Apache-2.0
/**
 * How much memory a running Node process really holds: its inspector is opened (SIGUSR1), garbage is collected in the main thread and
 * in every worker, and what is left is summed. Resident memory alone says more about when the collector ran than about a leak. What V8
 * compiled is counted by itself: it grows for an hour after a start, as one function after the other becomes hot, and ends with the program.
 */
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The process must have been started with `NODE_OPTIONS=--inspect-port=0`, so that each finds a free port. */
export interface HeapProbe extends AsyncDisposable {
  /** What is in use after a collection, of all threads. */
  collected(): Promise<HeldBytes>;
}

export interface HeldBytes {
  /** V8's heap but for `code`, and what it holds outside (buffers). */
  readonly data: number;
  /** Machine code, bytecode, and V8's notes to them. */
  readonly code: number;
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: { readonly sessionId?: string; readonly message?: string };
}

const OPEN_TRIES = 50;
const OPEN_TRY_MS = 100;
/** Asked in each thread, for the inspector does not tell the spaces of the heap apart. */
const CODE_BYTES = `process.getBuiltinModule('node:v8').getHeapSpaceStatistics()
  .filter(({ space_name }) => /^(code|trusted)_/.test(space_name)).reduce((sum, space) => sum + space.space_used_size, 0)`;

export async function openHeapProbe(pid: number): Promise<HeapProbe> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await inspectorUrl(pid));
  await once(socket, 'open');
  const session = new Session((text) => socket.send(text));
  const workers = new Map<string, Session>();
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Answer;
    const { sessionId = '', message: inner = '{}' } = message.params ?? {};
    if (message.method === 'NodeWorker.attachedToWorker') {
      const send = (text: string) => void session.ask('NodeWorker.sendMessageToWorker', { sessionId, message: text });
      workers.set(sessionId, new Session(send));
    } else if (message.method === 'NodeWorker.detachedFromWorker') workers.delete(sessionId);
    else if (message.method === 'NodeWorker.receivedMessageFromWorker') workers.get(sessionId)?.take(JSON.parse(inner));
    else session.take(message);
  });
  await session.ask('NodeWorker.enable', { waitForDebuggerOnStart: false });
  return {
    collected: async () => {
      const threads = await Promise.all([session, ...workers.values()].map(collected));
      return threads.reduce((sum, { data, code }) => ({ data: sum.data + data, code: sum.code + code }));
    },
    [Symbol.asyncDispose]: async () => socket.close(),
  };
}

async function collected(session: Session): Promise<HeldBytes> {
  await session.ask('HeapProfiler.collectGarbage', {});
  const usage = await session.ask('Runtime.getHeapUsage', {});
  const { usedSize = 0, embedderHeapUsedSize = 0, backingStorageSize = 0 } = usage as Record<string, number>;
  const answer = await session.ask('Runtime.evaluate', { expression: CODE_BYTES, returnByValue: true });
  const code = (answer as { result: { value: number } }).result.value;
  return { data: usedSize - code + embedderHeapUsedSize + backingStorageSize, code };
}

/** One thread's end of the inspector: questions and their answers. */
class Session {
  readonly #send: (text: string) => void;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #next = 1;

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  async ask(method: string, params: object): Promise<unknown> {
    const id = this.#next++;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    this.#send(JSON.stringify({ id, method, params }));
    const { result, error } = await promise;
    if (error) throw new Error(`inspector: ${method}: ${error.message}`);
    return result;
  }

  take(answer: Answer): void {
    if (answer.id === undefined) return;
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }
}

async function inspectorUrl(pid: number): Promise<string> {
  for (let tries = 0; tries < OPEN_TRIES; tries++) {
    for (const port of await listeningPorts(pid)) {
      const targets = await fetch(`http://127.0.0.1:${port}/json/list`).then(
        (answer) => (answer.ok ? (answer.json() as Promise<{ webSocketDebuggerUrl?: string }[]>) : []),
        () => [],
      );
      const url = Array.isArray(targets) ? targets[0]?.webSocketDebuggerUrl : undefined;
      if (url !== undefined) return url;
    }
    await sleep(OPEN_TRY_MS);
  }
  throw new Error(`process ${pid} opened no inspector`);
}

/** Ports of 127.0.0.1 that the process listens on, the newest socket first. */
async function listeningPorts(pid: number): Promise<number[]> {
  const links = (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''));
  const inodes = new Set((await Promise.all(links)).map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1);
  const LISTENING = '0A';
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = '', , state, , , , , , inode]) =>
        state === LISTENING && local.startsWith('0100007F') && inodes.has(inode),
    )
    .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16))
    .reverse();
}
