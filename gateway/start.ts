// SPDX-License-Identifier: Apache-2.0
/** `lamplight start`: runs the gateway and the nurse station (and the virtual ward of the demo) as processes, and says what happens. */
import { totalmem } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { childPart } from './child-process.ts';
import type { Io } from './command.ts';
import { type Config, loadConfig } from './config.ts';
import { dataPaths } from './data-directory.ts';
import { DEMO_REPLAY_DEVICE, prepareDemo } from './demo-ward.ts';
import { silentLog } from './log.ts';
import { openLogFile } from './log-file.ts';
import { createMetrics } from './metrics.ts';
import { prepareDirectory } from './prepare-directory.ts';
import { type NodeSettings, nodeSettings } from './small-box.ts';
import { type Part, Supervisor } from './supervisor.ts';
import { systemTimers } from './timers.ts';

const FRONT_DOOR = fileURLToPath(new URL('../lamplight.ts', import.meta.url));
const OPTIONS = {
  demo: { type: 'boolean' },
  data: { type: 'string' },
  rate: { type: 'string' },
  seed: { type: 'string' },
  recording: { type: 'string' },
  record: { type: 'string' },
} as const;
type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];
const NO_SETTINGS: NodeSettings = { flags: [], env: {} };

/** Runs until the process is asked to stop. Resolves with 0 after a graceful stop, 1 when a part kept dying. Throws GatewayError PROCESS_ENDED when one cannot start. */
export async function startCommand(argv: readonly string[], io: Io, program = FRONT_DOOR): Promise<number> {
  const options = parseArgs({ args: [...argv], options: OPTIONS }).values;
  const say = (text: string) => io.stdout.write(`${text}\n`);
  const directory = resolve(options.data ?? (options.demo ? '.lamplight/demo' : 'lamplight-data'));
  const shown = relative('.', directory) || '.';
  say(options.demo ? 'Lamplight demo: eight beds, virtual patients, every other part real.' : 'Lamplight starts.');
  await using ports = options.demo ? await prepareDemo(directory) : undefined;
  if (!ports) await prepareDirectory(directory, io);
  const { config } = await loadConfig(dataPaths(directory).config);

  if (options.demo) {
    say(`  Demo stores: their keys lie in the clear in ${shown}. Never use them for patients.`);
    say(`  Log: ${join(shown, 'lamplight.log')}. Ctrl-C stops.\n`);
  }

  const writeLog = options.demo
    ? openLogFile(join(directory, 'lamplight.log'))
    : (text: string) => io.stderr.write(text);
  const deps = { timers: systemTimers(), log: silentLog(), metrics: createMetrics() };
  const supervisor = new Supervisor(parts({ options, directory, config, io, say, writeLog, program }), deps);
  const stopAsked = new Promise<undefined>((asked) => {
    if (io.signal.aborted) asked(undefined);
    io.signal.addEventListener('abort', () => asked(undefined), { once: true });
  });
  await Promise.race([supervisor.start(), stopAsked]);
  const dead = await Promise.race([supervisor.gaveUp, stopAsked]);
  say(dead === undefined ? 'Stopping: finishing what was acknowledged ...' : `The ${dead} keeps ending; stopping.`);
  const late = await supervisor.stop();
  say(
    late.length === 0
      ? 'Stopped. Everything acknowledged is on disk.'
      : `Stopped; did not end in time: ${late.join(', ')}.`,
  );
  return dead === undefined ? 0 : 1;
}

interface Setting {
  readonly options: Options;
  readonly directory: string;
  readonly config: Config;
  readonly io: Io;
  readonly say: (text: string) => void;
  readonly writeLog: (text: string) => void;
  /** What the processes run: the front door. */
  readonly program: string;
}

/** The processes, in the order in which they start. All get the same clock. */
function parts(setting: Setting): Part[] {
  const { options, directory, config, say } = setting;
  const { broker, station } = config;
  const clock = ['--clock-origin', String(Date.now()), '--rate', options.rate ?? '1'];
  const data = ['--data', directory];
  const origin = options.recording === undefined ? 'synthetic' : 'recorded, de-identified';
  const demo = options.demo ? ['--demo', '--origin', origin] : [];
  const tellReady = (message: Readonly<Record<string, unknown>>) => {
    if (message['ready'] === true) say(`  gateway        ready, MQTT on 127.0.0.1:${message['brokerPort']}`);
  };
  const gatewayArgs = ['gateway', ...data, ...clock, ...demo];
  const node = nodeSettings(totalmem());
  const gateway = child(setting, { name: 'gateway', args: gatewayArgs, onMessage: tellReady, node });
  const dashboardArgs = ['dashboard', ...data, '--host', station.host, '--port', String(station.port)];
  const dashboard = child(setting, {
    name: 'dashboard',
    args: dashboardArgs,
    onMessage: (message) => announce(message, say),
    // A serial sensor does not send again: what it says is recorded, whatever keeps the station from coming up.
    isDispensable: !options.demo,
  });
  if (!options.demo) return [gateway, dashboard];
  const flags = (['seed', 'recording', 'record'] as const).flatMap((name) =>
    options[name] === undefined ? [] : [`--${name}`, options[name]],
  );
  const player = options.recording === undefined ? [] : ['--device', DEMO_REPLAY_DEVICE];
  const where = ['--broker', `mqtt://${broker.host}:${broker.port}`, '--gateway', config.gateway];
  const simulateArgs = [
    'simulate',
    '--credentials',
    dataPaths(directory).demoCredentials,
    ...where,
    ...clock,
    ...flags,
    ...player,
  ];
  const ward = child(setting, {
    name: 'simulate',
    args: simulateArgs,
    onMessage(message) {
      if (message['ready'] === true) say('  virtual ward   ready');
    },
  });
  return [gateway, ward, dashboard];
}

interface Child {
  readonly name: string;
  readonly args: readonly string[];
  readonly onMessage: (message: Readonly<Record<string, unknown>>) => void;
  readonly node?: NodeSettings;
  readonly isDispensable?: boolean;
}

function child(setting: Setting, { name, args, onMessage, node = NO_SETTINGS, isDispensable = false }: Child): Part {
  const { io, say, writeLog } = setting;
  const part = childPart({
    name,
    args: [...node.flags, setting.program, ...args],
    env: { ...io.env, ...node.env },
    onMessage,
    onStderr: writeLog,
    onDeath(how, lastWords, wasReady) {
      // A signal may have reached every process (systemd does so): the others end while the first is still being stopped.
      if (io.signal.aborted) return;
      say(`  The ${name} ended with ${how}${wasReady || isDispensable ? ' and is started again' : ''}.`);
      if (setting.options.demo && lastWords !== '') say(lastWords.trimEnd().replace(/^/gm, '    '));
    },
  });
  return { ...part, isDispensable };
}

function announce(message: Readonly<Record<string, unknown>>, say: (text: string) => void): void {
  if (message['ready'] === true) {
    say('  nurse station  ready');
    say(`\n  Open   ${message['url']}`);
    if (message['claim']) say(`  Claim  ${message['claim']}   (works once: makes the first administrator)`);
    say('');
  }
  // Since this process began: what a person waited, not what a part measured.
  if ('firstLiveMs' in message) say(`  First live value after ${(performance.now() / 1000).toFixed(1)} s`);
}
