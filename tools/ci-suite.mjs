// Runs one npm script of tests for the build machine and leaves its vitest report in a folder. A test worker that a signal ended has said
// nothing of its tests, good or bad: its files run once more by themselves, and that counts. It is never silent: what happened, and the
// stack of the core where there is one and a debugger, goes to the output. A second death is a failure.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const KEPT_OUTPUT_CHARACTERS = 1_000_000;
const [script, folder] = process.argv.slice(2);
const reportOf = (name) => join(folder, `${name.replace(':', '-')}.json`);

const first = await run(script, reportOf(script), []);
const died = [...first.output.matchAll(/exited unexpectedly with signal (\w+) .*test file (\S+)/g)];
const files = [...new Set(died.map(([, , file]) => relative('', file)))];
// Whatever else went wrong besides is not made good by a second run.
const others = Number(/Vitest caught (\d+) unhandled error/.exec(first.output)?.[1] ?? 0) - died.length;
if (first.code === 0 || died.length === 0 || others > 0) process.exit(first.code);

for (const [, signal, file] of died) console.log(`a test worker was ended by ${signal} in ${relative('', file)}`);
for (const core of readdirSync('.').filter((name) => /^core\b/.test(name))) tellStack(core);
console.log('these files run once more, by themselves:', ...files);
const second = await run(script, reportOf(`${script}-again`), files);
replaceResults(reportOf(script), reportOf(`${script}-again`));
process.exit(second.code);

function run(name, report, more) {
  const args = ['run', name, '--', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...more];
  const child = spawn('npm', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const [stream, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    stream.setEncoding('utf8').on('data', (text) => {
      to.write(text);
      output = (output + text).slice(-KEPT_OUTPUT_CHARACTERS);
    });
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? 1, output: plain(output) })));
}

/** The files that ran again stand in the report with what they said then; a failure of another file stays. */
function replaceResults(report, again) {
  const whole = JSON.parse(readFileSync(report, 'utf8'));
  const later = JSON.parse(readFileSync(again, 'utf8')).testResults;
  const names = new Set(later.map(({ name }) => name));
  whole.testResults = [...whole.testResults.filter(({ name }) => !names.has(name)), ...later];
  writeFileSync(report, JSON.stringify(whole));
  rmSync(again);
}

function tellStack(core) {
  const { stdout } = spawnSync('gdb', ['-batch', '-ex', 'bt 40', 'node_modules/.bin/node', core], { encoding: 'utf8' });
  console.log(`${core}:\n${stdout ?? 'no debugger here'}`);
}

function plain(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a terminal are control characters
  return text.replaceAll(/\u001b\[[\d;]*m/g, '');
}
