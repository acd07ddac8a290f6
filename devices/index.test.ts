// SPDX-License-Identifier: Apache-2.0
/** The door is light: worker threads come in by it, and each would carry what it loads. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Names of the packages that a fresh process loads for this module, by whatever way. */
function packagesOf(module: string): string[] {
  const code = `
    import { registerHooks } from 'node:module';
    const urls = [];
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
    await import(${JSON.stringify(new URL(module, import.meta.url).href)});
    process.stdout.write(JSON.stringify(urls));
    process.exit();`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
  const urls = JSON.parse(printed) as string[];
  expect(urls.length).toBeGreaterThan(0);
  return [...new Set(urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []))];
}

describe('the door of the devices floor', () => {
  it('loads no package at all', () => {
    expect(packagesOf('./index.ts')).toStrictEqual([]);
  });

  it('would be caught loading the simulator, its schemas or the native binding', () => {
    expect(packagesOf('./sim/simulate.ts')).toEqual(expect.arrayContaining(['mqtt', 'zod']));
    expect(packagesOf('../node_modules/serialport/dist/index.js')).toContain('@serialport/bindings-cpp');
  });
});
