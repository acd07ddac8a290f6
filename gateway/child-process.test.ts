// SPDX-License-Identifier: Apache-2.0
/** Real child processes: ready, dying, stopping when asked, and never outliving their parent. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type ChildOptions, childPart } from './child-process.ts';

/** A part whose child runs `code`, and a story of what was heard of it. */
function part(code: string, override: Partial<ChildOptions> = {}) {
  const story: string[] = [];
  const options: ChildOptions = {
    name: 'test',
    args: ['-e', code],
    env: {},
    onMessage: (message) => story.push(`says ${JSON.stringify(message)}`),
    onStderr: (text) => story.push(`stderr ${text.trim()}`),
    onDeath: (how, lastWords, wasReady) =>
      story.push(`died with ${how}${wasReady ? '' : ', never ready'}: ${lastWords.trim()}`),
    ...override,
  };
  return { story, part: childPart(options) };
}
const READY = `console.log('{"ready":true,"port":7}');`;
const STAY = 'setInterval(() => {}, 1000);';
const GO_ON = new AbortController().signal;

describe('child process', () => {
  it('is up when it says so, and ends when it is stopped', async () => {
    const { story, part: child } = part(`console.log('words'); ${READY} ${STAY}`);
    const running = await child.start(GO_ON);
    await running[Symbol.asyncDispose]();
    expect(story).toEqual(['says {"ready":true,"port":7}']);
    await running.failed;
  });

  it('tells how it died, with its last words', async () => {
    const { story, part: child } = part(`${READY} console.error('oh'); process.exitCode = 3; process.disconnect();`);
    const running = await child.start(GO_ON);
    await running.failed;
    expect(story.at(-1)).toBe('died with code 3: oh');
  });

  it('does not start when it ends before it is ready', async () => {
    const { story, part: child } = part('process.exit(1)');
    await expect(child.start(GO_ON)).rejects.toMatchObject({ code: 'PROCESS_ENDED' });
    expect(story).toEqual(['died with code 1, never ready: ']);
  });

  it('may refuse SIGTERM for a while, and is asked once', async () => {
    const { part: child } = part(
      `process.on('SIGTERM', () => setTimeout(() => process.exit(0), 50)); ${READY} ${STAY}`,
    );
    const running = await child.start(GO_ON);
    await running[Symbol.asyncDispose]();
    expect(String(await running.failed)).toContain('code 0');
  });

  it('is stopped while it still starts, and nobody calls that a death', async () => {
    const stop = new AbortController();
    const { story, part: child } = part(
      `process.on('SIGTERM', () => process.exit(0)); console.log('{"half":1}'); ${STAY}`,
      {
        onMessage: () => stop.abort(),
      },
    );
    await expect(child.start(stop.signal)).rejects.toMatchObject({ code: 'PROCESS_ENDED' });
    expect(story).toEqual([]);
  });

  it('is left to its owner once it is up', async () => {
    const stop = new AbortController();
    const { part: child } = part(`${READY} ${STAY}`);
    const running = await child.start(stop.signal);
    stop.abort();
    const first = await Promise.race([running.failed, new Promise((resolve) => setTimeout(resolve, 100, 'still up'))]);
    expect(first).toBe('still up');
    await running[Symbol.asyncDispose]();
  });

  it('hears of the end of its parent, even after kill -9', async () => {
    const grandchild = `process.once('disconnect', () => process.exit());
      console.log(JSON.stringify({ ready: true, pid: process.pid })); ${STAY}`;
    const module = new URL('./child-process.ts', import.meta.url).href;
    const code = `const { childPart } = await import(${JSON.stringify(module)});
      const onMessage = ({ pid }) => console.log(pid);
      const args = ['-e', ${JSON.stringify(grandchild)}];
      await childPart({ name: 'x', args, env: {}, onMessage, onStderr() {}, onDeath() {} }).start(new AbortController().signal); ${STAY}`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', code]);
    const [printed] = await once(parent.stdout, 'data');
    const pid = Number(String(printed));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
