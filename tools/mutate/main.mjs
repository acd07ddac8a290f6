// Mutation testing of pure cores: changes one operator at a time and asks whether a unit test beside the code notices.
//   npm run mutate -- 'ledger/merkle/*.ts' ['ledger/merkle/*.test.ts']
// The second glob says which tests may notice; without it, those of the mutated folder. What survives is printed, and written as JSON.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';

const root = fileURLToPath(new URL('../../', import.meta.url));
const [mutate, tests = `${dirname(mutate ?? '')}/**/*.test.ts`] = process.argv.slice(2);
if (mutate === undefined) {
  process.stderr.write("Say what to mutate: npm run mutate -- 'ledger/merkle/*.ts'\n");
  process.exit(2);
}

process.chdir(root);
process.env['MUTATE_TESTS'] = tests;
const folder = await mkdtemp(join(tmpdir(), 'lamplight-mutate-'));
// Tests read the independent vectors from beside the checkout; the copy that is mutated stands in `folder`.
const shared = join(root, '../shared');
if (existsSync(shared)) await symlink(shared, join(folder, 'shared'));
try {
  await new Stryker({
    mutate: [mutate, '!**/*.test.ts', '!**/testing/**', '!**/*.d.ts'],
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'tools/mutate/vitest.config.mjs', related: false },
    // A text is for people; no test should hold its words.
    mutator: { excludedMutations: ['StringLiteral'] },
    coverageAnalysis: 'perTest',
    concurrency: 1,
    timeoutMS: 60_000,
    tempDirName: folder,
    cleanTempDir: 'always',
    reporters: ['clear-text', 'json'],
    clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
    jsonReporter: { fileName: join(tmpdir(), 'lamplight-mutants.json') },
    // Not code: these would only be copied.
    ignorePatterns: ['dashboard/dist', 'docs', 'test/.cache', 'lamplight-data', '.lamplight', 'coverage'],
  }).runMutationTest();
} finally {
  await rm(folder, { recursive: true, force: true });
}
