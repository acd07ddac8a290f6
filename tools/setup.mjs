// Installs what is missing, then gets out of the way. Plain JavaScript without packages: it must run on the
// machine's own Node (18 or newer) before the pinned Node 24 exists. Progress goes to stderr, so that a verb's
// stdout stays its own.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const stampFile = `${root}node_modules/.lamplight`;
const APT_PACKAGES = {
  socat: 'socat',
  chromium: 'chromium',
  strace: 'strace',
  'mkfs.ext4': 'e2fsprogs',
  promtool: 'prometheus',
  influxd: 'influxdb',
};
const NO_NODE = `There is no Node 24 for this machine (${process.platform} ${process.arch}). Lamplight needs 64-bit Linux on x86 or ARM with glibc 2.28 or newer.`;

installPackages();
if (process.argv.includes('--test')) installTestPrograms();

function installPackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  const started = Date.now();
  say('Installing Lamplight for the first time (20 to 60 seconds; needs the npm registry once) ...');
  const ci = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const borrowed = ['exec', '--yes', '--package=npm@11.19.1', `--package=${pinnedNode()}`, '--', 'npm'];
  const args = npmIsFit() ? ci : [...borrowed, ...ci];
  const install = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (install.status !== 0) {
    fail(
      'npm could not install the packages. Check the network and free disk space (600 MB), then run the command again.',
    );
  }
  const node = spawnSync(`${root}node_modules/.bin/node`, ['-v'], { encoding: 'utf8' });
  if (node.status !== 0) fail(NO_NODE);
  writeFileSync(stampFile, wanted);
  say(`Installed in ${Math.round((Date.now() - started) / 1000)} s, with Node ${node.stdout.trim()}.`);
}

/**
 * npm 10 and older drop the pinned Node's link; npm 9 cannot read the lockfile's alias; and any npm leaves optional packages out, without a word,
 * where the Node that runs it is older than they ask for (the page builder's: 20.19, 22.12). All of these borrow npm 11 and the pinned Node.
 */
function npmIsFit() {
  const npm = Number(/npm\/(\d+)/.exec(process.env.npm_config_user_agent ?? '')?.[1] ?? 0);
  const [major, minor] = process.versions.node.split('.').map(Number);
  return npm >= 11 && (major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19));
}

/** The package that carries it, as the manifest names it. */
function pinnedNode() {
  const name = `node-linux-${process.arch}`;
  const version = JSON.parse(readFileSync(`${root}package.json`, 'utf8')).optionalDependencies[name];
  if (version === undefined) fail(NO_NODE);
  return `${name}@${version}`;
}

function installTestPrograms() {
  const missing = () => Object.keys(APT_PACKAGES).filter((program) => !onPath(program));
  const first = missing();
  if (first.length === 0) return;
  const packages = first.map((program) => APT_PACKAGES[program]).join(' ');
  const byHand = `apt-get update && apt-get install -y --no-install-recommends ${packages}`;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    complain(
      `Some suites need programs that are missing and will say "skipped". To run them:\n  sudo sh -c '${byHand}'`,
    );
    return;
  }
  say(`Installing what the tests need: ${packages} ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('sh', ['-c', `${byHand} >&2`], { stdio: ['ignore', 2, 2], env });
  if (missing().length > 0) complain(`Not everything could be installed; missing: ${missing().join(', ')}.`);
}

/** A missing program is a note for a person and a failure on the build machine. */
function complain(text) {
  if (process.env.CI === 'true') fail(text);
  say(text);
}

function onPath(program) {
  const folders = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':');
  return folders.some((folder) => folder !== '' && existsSync(`${folder}/${program}`));
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
