// SPDX-License-Identifier: Apache-2.0
/** Calls to a worker over a real thread: answers, coded errors, events, and what its death does to those who wait. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { type Handlers, WorkerCallError, WorkerCalls } from './worker-calls.ts';

interface TestHandlers extends Handlers {
  readonly double: (n: number) => number;
  readonly late: (n: number) => Promise<number>;
  readonly coded: (_: undefined) => never;
  readonly plain: (_: undefined) => never;
  readonly uncloneable: (_: undefined) => unknown;
  readonly tell: (detail: string) => void;
  readonly never: (_: undefined) => Promise<never>;
  readonly die: (_: undefined) => void;
}

const SOURCE = `
  import { parentPort } from 'node:worker_threads';
  import { serveCalls } from ${JSON.stringify(new URL('./worker-calls.ts', import.meta.url).href)};
  const emit = serveCalls(parentPort, {
    double: (n) => 2 * n,
    late: (n) => new Promise((resolve) => setTimeout(() => resolve(n), 20)),
    coded: () => { throw Object.assign(new Error('no room'), { code: 'JOURNAL_FULL', class: 'transient', advice: 'make room' }); },
    plain: () => { throw 'just text'; },
    uncloneable: () => () => {},
    tell: (detail) => emit('told', detail),
    never: () => new Promise(() => {}),
    die: () => process.exit(3),
  });`;

const newWorker = () => new Worker(new URL(`data:text/javascript,${encodeURIComponent(SOURCE)}`));

function open(onEvent?: (event: string, detail: unknown) => void): WorkerCalls<TestHandlers> {
  return new WorkerCalls(newWorker(), onEvent);
}

describe('worker calls', () => {
  it('are answered each with its own answer, in whatever order these come', async () => {
    await using calls = open();
    const slow = calls.call('late', 1);
    expect(await calls.call('double', 21)).toBe(42);
    expect(await slow).toBe(1);
  });

  it('carry a coded error across with code, class, advice and message', async () => {
    await using calls = open();
    const error = await calls.call('coded', undefined).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WorkerCallError);
    expect(error).toMatchObject({
      code: 'JOURNAL_FULL',
      class: 'transient',
      advice: 'make room',
      message: 'no room',
    });
  });

  it('carry what is thrown without being an error, answers that cannot be cloned, and unknown names as errors', async () => {
    await using calls = open();
    await expect(calls.call('plain', undefined)).rejects.toMatchObject({ message: 'just text', code: undefined });
    await expect(calls.call('uncloneable', undefined)).rejects.toBeInstanceOf(WorkerCallError);
    await expect(calls.call('nothing' as 'double', 1)).rejects.toThrow('no such call: nothing');
    expect(await calls.call('double', 2)).toBe(4);
  });

  it('deliver events beside the answers', async () => {
    const events: unknown[] = [];
    await using calls = open((event, detail) => events.push([event, detail]));
    await calls.call('tell', 'a batch was sealed');
    expect(events).toEqual([['told', 'a batch was sealed']]);
  });

  it('are all rejected when the worker dies, and so is every later one', async () => {
    await using calls = open();
    const waiting = [calls.call('never', undefined), calls.call('never', undefined)];
    const outcomes = Promise.allSettled(waiting);
    void calls.call('die', undefined).catch(() => undefined);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await calls.failed).toMatchObject({ message: 'the worker ended with code 3' });
    await expect(calls.call('double', 1)).rejects.toThrow('the worker ended with code 3');
  });

  it('are answered to the last when the worker is closed, which then ends by itself', async () => {
    const worker = newWorker();
    const exit = once(worker, 'exit');
    const calls = new WorkerCalls<TestHandlers>(worker);
    const slow = calls.call('late', 7);
    await Promise.all([calls[Symbol.asyncDispose](), calls[Symbol.asyncDispose]()]);
    expect(await slow).toBe(7);
    // A worker that was ended from outside would say 1.
    expect(await exit).toEqual([0]);
  });

  it('tell no failure when the worker is closed on purpose, but still reject what is never answered', async () => {
    const calls = open();
    let failed = false;
    void calls.failed.then(() => {
      failed = true;
    });
    const waiting = calls.call('never', undefined).catch((error: unknown) => error);
    await calls[Symbol.asyncDispose]();
    expect(await waiting).toBeInstanceOf(Error);
    expect(failed).toBe(false);
    await expect(calls.call('double', 1)).rejects.toBeInstanceOf(Error);
  });
});
