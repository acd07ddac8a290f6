// SPDX-License-Identifier: Apache-2.0
/** Calls between the main loop and a worker thread: named, answered in any order, with coded errors carried across. */
import { setFlagsFromString } from 'node:v8';
import { type MessagePort, type Transferable, Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Bounds of a worker's heap. Without them V8 takes the machine for the measure: a nursery of 48 MB, and four times what is in use before
 * it collects. What a worker needs is a tenth of this.
 */
export const WORKER_HEAP = { maxYoungGenerationSizeMb: 12, maxOldGenerationSizeMb: 256 } as const;

/**
 * Node takes the types off a .ts file with WebAssembly, in every thread anew. Once a thread has called from it often enough, V8 puts faster
 * code in the place of the wrapper, and may free what it still needs: SIGSEGV in NativeModule::FreeCode (Node 24.21, rare: one of some
 * thousand workers). With this budget no wrapper is ever replaced.
 */
const KEEP_WRAPPERS = `--wasm-wrapper-tiering-budget=${2 ** 31 - 1}`;

/** For a worker to finish what it was asked; then it is ended in the middle of it. */
const END_MS_MAX = 2000;
/** The last thing that a worker is told. */
const END = 'end';

interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: unknown;
}
interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: CarriedError;
}
interface CarriedError {
  readonly code?: string;
  readonly class?: string;
  readonly advice?: string;
  readonly message: string;
  readonly stack?: string;
}

/** What a worker can be asked: each name with its argument and answer, both structured-clonable. */
export type Handlers = { readonly [name: string]: (args: never) => unknown };

/** An error that was thrown in a worker; `code`, `class` and `advice` are those of the coded error there. */
export class WorkerCallError extends Error {
  readonly code: string | undefined;
  readonly class: string | undefined;
  readonly advice: string | undefined;

  constructor(carried: CarriedError) {
    super(carried.message);
    this.name = 'WorkerCallError';
    this.code = carried.code;
    this.class = carried.class;
    this.advice = carried.advice;
    if (carried.stack) this.stack = carried.stack;
  }
}

/**
 * The worker's side: answers calls until it is told to end, and what it was asked before that is done. Then nothing is left to keep the
 * thread, and it ends. Returns a function that sends an event to the main loop.
 */
export function serveCalls(port: MessagePort, handlers: Handlers): (event: string, detail?: unknown) => void {
  let running = 0;
  let isEnding = false;
  const endIfDone = () => {
    if (isEnding && running === 0) port.close();
  };
  port.on('message', async (call: Call | typeof END) => {
    if (call === END) {
      isEnding = true;
      return endIfDone();
    }
    running += 1;
    try {
      const handler = handlers[call.name] as ((args: unknown) => unknown) | undefined;
      if (!handler) throw new Error(`no such call: ${call.name}`);
      port.postMessage({ id: call.id, value: await handler(call.args) } satisfies Answer);
    } catch (error) {
      port.postMessage({ id: call.id, error: carry(error) } satisfies Answer);
    }
    running -= 1;
    endIfDone();
  });
  return (event, detail) => port.postMessage({ event, detail });
}

/** Every worker thread of ours begins here. */
export function startWorker(module: URL, options: WorkerOptions = {}): Worker {
  setFlagsFromString(KEEP_WRAPPERS);
  return new Worker(module, options);
}

/** The main loop's side of one worker. */
export class WorkerCalls<H extends Handlers> implements AsyncDisposable {
  /** Resolves with the reason when the worker ends without being told to. */
  readonly failed: Promise<unknown>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  readonly #fail: (reason: unknown) => void;
  readonly #exited = Promise.withResolvers<void>();
  #nextId = 1;
  #closing = false;
  /** Why the worker is gone: nothing that is asked from then on would ever be answered. */
  #ended: { readonly reason: unknown } | undefined;

  constructor(worker: Worker, onEvent: (event: string, detail: unknown) => void = () => {}) {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.failed = promise;
    this.#fail = resolve;
    this.#worker = worker;
    worker.on('message', (message: Answer | { event: string; detail: unknown }) => {
      if ('event' in message) onEvent(message.event, message.detail);
      else this.#settle(message);
    });
    worker.on('error', (error) => this.#end(error));
    worker.on('exit', (code) => {
      this.#end(new Error(`the worker ended with code ${code}`));
      this.#exited.resolve();
    });
  }

  /** Rejects with WorkerCallError for what the worker threw, and with the reason if it is gone or goes before it answers. */
  call<Name extends keyof H & string>(
    name: Name,
    args: Parameters<H[Name]>[0],
    transfer: readonly Transferable[] = [],
  ): Promise<Awaited<ReturnType<H[Name]>>> {
    if (this.#ended) return Promise.reject(this.#ended.reason);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    this.#worker.postMessage({ id, name, args } satisfies Call, [...transfer]);
    return promise as Promise<Awaited<ReturnType<H[Name]>>>;
  }

  /** The worker ends of its own accord: to be ended amid its files and sockets is for one that does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#worker.postMessage(END);
    const impatience = setTimeout(() => void this.#worker.terminate(), END_MS_MAX);
    await this.#exited.promise;
    clearTimeout(impatience);
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.error) waiting?.reject(new WorkerCallError(answer.error));
    else waiting?.resolve(answer.value);
  }

  #end(reason: unknown): void {
    // An error is followed by an exit: the error says more.
    this.#ended ??= { reason };
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
    if (!this.#closing) this.#fail(reason);
  }
}

function carry(error: unknown): CarriedError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, class: errorClass, advice } = error as Partial<WorkerCallError>;
  return {
    message: error.message,
    ...(code !== undefined && { code: String(code) }),
    ...(errorClass !== undefined && { class: errorClass }),
    ...(advice !== undefined && { advice }),
    ...(error.stack !== undefined && { stack: error.stack }),
  };
}
