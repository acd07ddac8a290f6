// Sums the vitest reports (*.json) of a folder, and the steps that failed without one, into one closing line. Exits 1 when a test failed, when there is no report, or when one
// was skipped because a part is missing (excepted: Fabric's own programs and Docker's, which no registry of a build machine carries).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, unreported] = process.argv.slice(2);
const suites = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')).testResults);
const tests = suites.flatMap((suite) => suite.assertionResults);
const broken = suites.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0);
const passed = tests.filter((test) => test.status === 'passed');
const skipped = tests.filter(
  (test) => test.status !== 'passed' && test.status !== 'failed' && !/fabric|needs docker compose/i.test(test.fullName),
);
const failed =
  tests.filter((test) => test.status === 'failed').length + broken.length + skipped.length + Number(unreported);

for (const suite of broken) console.log(`did not run: ${suite.name}`);
for (const test of skipped) console.log(`skipped, so a part is missing: ${test.fullName}`);
console.log(`tests: ${passed.length} passed, ${failed} failed`);
process.exit(failed > 0 || passed.length === 0 ? 1 : 0);
