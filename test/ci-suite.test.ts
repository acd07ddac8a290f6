// SPDX-License-Identifier: Apache-2.0
/** What the build machine makes of a test worker that a signal ended: a second run for its file alone, and no mercy for anything else. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const GOOD = `test('good', () => {});`;
const BAD = `test('bad', () => { throw new Error('bad'); });`;
const DIES = `test('dies', async () => { process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {}); });`;
const DIES_ONCE = `if (!existsSync('died')) { writeFileSync('died', ''); ${DIES} } else ${GOOD}`;
const ESCAPES = `test('escapes', () => void Promise.reject(new Error('nobody caught it')));`;
const HEAD = `import { existsSync, writeFileSync } from 'node:fs'; import { test } from 'vitest';`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lamplight-ci-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'reports'));
  const scripts = { test: 'node node_modules/vitest/vitest.mjs run' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', scripts }));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs test files of these texts as the build machine does, up to its closing line. */
function build(...texts: string[]) {
  for (const [i, text] of texts.entries()) writeFileSync(join(folder, `${i}.test.js`), HEAD + text);
  const suite = tool('ci-suite.mjs', 'test', 'reports');
  const summary = tool('ci-summary.mjs', 'reports', '0');
  return { isGreen: suite.status === 0 && summary.status === 0, said: suite.stdout, sum: summary.stdout };
}

function tool(name: string, ...args: string[]) {
  return spawnSync(process.execPath, [join(ROOT, 'tools', name), ...args], { cwd: folder, encoding: 'utf8' });
}

describe('the suite on the build machine', () => {
  it('runs the file again whose worker a signal ended, and says so', () => {
    const { isGreen, said, sum } = build(DIES_ONCE, GOOD);
    expect(said).toContain('a test worker was ended by SIGSEGV in 0.test.js');
    expect(sum).toBe('tests: 2 passed, 0 failed\n');
    expect(isGreen).toBe(true);
  });

  it.each([
    ['a second death', [DIES, GOOD]],
    ['a test of another file that failed', [DIES_ONCE, BAD]],
    ['an error of another file that nobody caught', [DIES_ONCE, ESCAPES]],
    ['a test that failed, with no death beside it', [BAD, GOOD]],
  ])('is red for %s', (_, texts) => {
    expect(build(...texts).isGreen).toBe(false);
  });
});
