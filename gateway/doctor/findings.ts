// SPDX-License-Identifier: Apache-2.0
/** From facts to findings: what is well, what is not, and what to do about it. Pure functions, one for each thing that can be wrong. */
import type { DeviceFact, Facts } from './facts.ts';

export interface Finding {
  readonly name: string;
  readonly level: 'ok' | 'warning' | 'problem';
  readonly what: string;
  /** What to do; absent when all is well. */
  readonly advice?: string;
  /** What of `doctor --fix` may mend it. */
  readonly fix?: 'modes' | 'series';
}

const PRIVATE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
const NODE_MAJOR = 24;
const NODE_MINOR_MIN = 21;
/** Below the limit by so much, there are hours left at a ward's pace, not days. */
const DISK_WARNING_PERCENT = 10;
const LAG_WARNING = 100;
const SILENT_WARNING_MS = 10 * 60_000;
const ANCHORED_WARNING_MS = 20 * 60_000;
/** What a time service slews is less; it sets the clock for more. */
const CLOCK_SET_PROBLEM_MS = 2_000;

/** All findings, in the order in which a person would mend them. */
export function findingsOf(facts: Facts): Finding[] {
  const first = [node(facts.nodeVersion), ...directory(facts)];
  // Whatever else was found would be about the wrong user, and its advice would do harm.
  if (facts.directory?.isOurs === false) return first;
  return [
    ...first,
    files(facts.privateFiles),
    ...facts.keyStores.map(keyStore),
    config(facts.config),
    disk(facts.disk),
    clock(facts.isClockSynchronised, facts.gateway.health?.clockSetMs),
    ...facts.ports.map((port) => portOf(port, facts.gateway.isRunning)),
    ...gateway(facts.gateway),
    log(facts.log),
    ...facts.series.map(series),
    devices(facts.devices, facts.gateway.isRunning),
    accounts(facts.accounts),
  ];
}

function node(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major === NODE_MAJOR && minor >= NODE_MINOR_MIN) return ok('node', `Node ${version}`);
  const advice = 'Start Lamplight through npm, or with node_modules/.bin/node: the right Node is installed with it.';
  return problem('node', `Node ${version} runs this, not ${NODE_MAJOR}.${NODE_MINOR_MIN} or newer.`, advice);
}

function directory({ directory: found, format }: Pick<Facts, 'directory' | 'format'>): Finding[] {
  if (!found) {
    const advice = 'Name it with --data, or start Lamplight once: "lamplight start" makes it.';
    return [problem('data', 'There is no data directory here.', advice)];
  }
  return [
    found.isOurs
      ? found.mode === DIRECTORY_MODE
        ? ok('data', 'The data directory is private.')
        : {
            ...problem('data', 'Other users can look into the data directory.', `Run chmod 700 on it.`),
            fix: 'modes' as const,
          }
      : problem(
          'data',
          'The data directory belongs to another user.',
          'Run the doctor as the user who runs Lamplight.',
        ),
    format.ok
      ? ok('format', 'It has the format of this version.')
      : problem('format', `It cannot be used: ${format.code}.`, 'Look the code up in docs/errors.md.'),
  ];
}

function files(privateFiles: Facts['privateFiles']): Finding {
  const foreign = privateFiles.filter(({ isOurs }) => !isOurs).map(({ name }) => name);
  if (foreign.length > 0)
    return problem(
      'files',
      `Of another user: ${foreign.join(', ')}.`,
      'Give them to the user who runs Lamplight (chown).',
    );
  const open = privateFiles.filter(({ mode }) => mode !== PRIVATE_MODE).map(({ name }) => name);
  if (open.length === 0) return ok('files', `${privateFiles.length} files with secrets are private.`);
  const advice = 'Find out who may have read them, then run chmod 600 on them.';
  return { ...problem('files', `Not private (mode 600): ${open.join(', ')}.`, advice), fix: 'modes' };
}

function keyStore({ role, opened, protection }: Facts['keyStores'][number]): Finding {
  const name = `keys (${role})`;
  if (opened.ok && protection === 'passphrase') return ok(name, 'They open with the passphrase.');
  if (opened.ok) {
    const advice = 'Good for a demo only. For patients start with a new data directory and a passphrase.';
    return warning(name, 'They lie in the clear: this is a demo.', advice);
  }
  if (opened.code === 'KEY_STORE_NO_PASSPHRASE') {
    const advice = 'Set LAMPLIGHT_PASSPHRASE_FILE for the doctor too, to have them looked at.';
    return warning(name, 'Not looked at: no passphrase was given.', advice);
  }
  if (opened.code === 'KEY_STORE_MISSING')
    return problem(
      name,
      'There are none.',
      'Before the first start this is right. Else restore them from their backup.',
    );
  return problem(name, `They do not open: ${opened.code}.`, 'Look the code up in docs/errors.md.');
}

function config({ state, detail }: Facts['config']): Finding {
  switch (state) {
    case 'good':
      return ok('configuration', 'lamplight.toml is valid.');
    case 'default':
      return ok('configuration', 'There is no lamplight.toml: defaults are in use.');
    case 'last-good':
      return warning('configuration', `The last good one is in use: ${detail}`, 'Mend the named line, then restart.');
    case 'invalid':
      return problem('configuration', `Not valid, and there is no good copy: ${detail}`, 'Mend the named line.');
  }
}

function disk({ usedPercent, waveformStopPercent, refusePercent }: Facts['disk']): Finding {
  const used = `${Math.round(usedPercent)} % of the disk are in use`;
  if (usedPercent >= refusePercent) return problem('disk', `${used}: no readings are stored.`, 'Free disk space now.');
  if (usedPercent >= waveformStopPercent)
    return problem('disk', `${used}: no waveforms are stored.`, 'Free disk space.');
  if (usedPercent >= waveformStopPercent - DISK_WARNING_PERCENT)
    return warning(
      'disk',
      `${used}.`,
      `At ${waveformStopPercent} % waveforms stop, at ${refusePercent} % readings: free space.`,
    );
  return ok('disk', `${used}.`);
}

function clock(isSynchronised: boolean | undefined, setMs = 0): Finding {
  if (Math.abs(setMs) > CLOCK_SET_PROBLEM_MS) {
    const what = `It was set by ${Math.round(setMs / 1000)} s while the gateway ran, which goes by the clock of its start.`;
    return problem(
      'clock',
      what,
      'Restart Lamplight once the clock is right: until then every time is off by as much.',
    );
  }
  if (isSynchronised === true) return ok('clock', 'The clock is synchronised.');
  const advice = 'Switch on systemd-timesyncd or chrony. Until then readings are marked with an untrusted time.';
  if (isSynchronised === false) return warning('clock', 'The clock is not synchronised.', advice);
  return warning('clock', 'This machine does not tell whether its clock is synchronised.', advice);
}

function portOf({ what, port, state }: Facts['ports'][number], isRunning: boolean): Finding {
  const name = `port (${what})`;
  if (state === 'refused') {
    const advice = 'Set a host of this machine and a port above 1023 in lamplight.toml.';
    return problem(name, `${port} cannot be listened on: no such address here, or not for this user.`, advice);
  }
  if (isRunning && state === 'free')
    return warning(name, `Nothing listens on ${port}.`, `Look at the log of the ${what}.`);
  if (isRunning || state === 'free') return ok(name, isRunning ? `${port} is in use.` : `${port} is free.`);
  return problem(name, `Another program uses ${port}.`, 'Stop it, or set another port in lamplight.toml.');
}

function gateway({ isRunning, broker, health }: Facts['gateway']): Finding[] {
  if (!isRunning) return [warning('gateway', 'It does not run.', 'Start it with "lamplight start", or its service.')];
  if (!broker?.ok) {
    const advice = 'Look at its log and restart it. A changed data directory needs a restart too.';
    return [problem('gateway', `It runs and does not answer: ${broker?.code ?? 'no credential'}.`, advice)];
  }
  if (!health)
    return [
      problem('gateway', 'It answers, but tells nothing of its health.', 'Restart it: it may be an older version.'),
    ];
  const { problems, seriesLagBatches, anchorLagEntries, anchored: homes } = health;
  const waiting = `${seriesLagBatches} batches wait for the series store, ${anchorLagEntries} entries for the log.`;
  const isBehind = Math.max(seriesLagBatches, anchorLagEntries) > LAG_WARNING;
  return [
    problems.length === 0
      ? ok('gateway', 'It runs, answers and is well.')
      : problem('gateway', problems.join(' '), 'See what each says; /healthz of the gateway tells when it is over.'),
    isBehind
      ? warning('lag', waiting, 'If the number grows, look at the series store and the disk.')
      : ok('lag', waiting),
    anchored(homes),
  ];
}

function anchored(homes: NonNullable<Facts['gateway']['health']>['anchored']): Finding {
  if (homes === null) {
    const advice = 'Ask a second clinic for a witness and set ledger.policyFile: it finds a disk that was put back.';
    return warning('anchored', 'Nobody outside this box remembers the log.', advice);
  }
  if (homes.alarm === 'ANCHOR_ACCUSED') {
    const advice =
      'Ask whoever runs that home what it holds, and look the code up in docs/errors.md. The gateway goes on.';
    return problem('anchored', `ALARM without proof: ${homes.alarm}.`, advice);
  }
  if (homes.alarm !== null) {
    const advice = 'Stop the gateway and keep its disk as evidence. Look the code up in docs/errors.md.';
    return problem('anchored', `ALARM: ${homes.alarm}.`, advice);
  }
  if (homes.waitingMs <= ANCHORED_WARNING_MS) return ok('anchored', `${homes.size} entries are confirmed outside.`);
  const minutes = Math.round(homes.waitingMs / 60_000);
  return warning(
    'anchored',
    `${homes.size} entries are confirmed outside; newer ones wait since ${minutes} minutes.`,
    'Check the network and whether the witnesses run. Nothing is lost.',
  );
}

function log(found: Facts['log']): Finding {
  if (found.ok) return ok('log', `${found.size ?? 0} entries are signed, and the newest tiles are there.`);
  if (found.code === 'LOG_RANGE' || found.code === 'IDENTITY_MISSING')
    return warning('log', 'Nothing is signed yet.', 'Right after a first start; else look at the log of the gateway.');
  return problem('log', `${found.code}: ${found.detail}`, 'Stop the gateway and run "lamplight ledger fsck".');
}

function series({ ok: isOk, works, what, advice }: Facts['series'][number]): Finding {
  if (works) return warning('series', what, advice);
  return isOk ? ok('series', what) : { ...problem('series', what, advice), fix: 'series' };
}

function devices(found: Facts['devices'], isRunning: boolean): Finding {
  if (found === undefined) {
    const advice = 'Put devices.json back from a backup: without it every device must be enrolled anew.';
    return problem('devices', 'The file of the devices cannot be read.', advice);
  }
  if (found.length === 0)
    return warning('devices', 'No device is enrolled.', '"lamplight devices add HANDLE" enrols one.');
  const isSilent = ({ silentMs }: DeviceFact) => silentMs === null || silentMs > SILENT_WARNING_MS;
  const silent = found.filter((device) => device.isLinked && !device.isEpisodic && isSilent(device));
  if (!isRunning || silent.length === 0) return ok('devices', `${found.length} are enrolled.`);
  const advice = 'Look at battery, distance and place on the patient.';
  return warning(
    'devices',
    `On a patient and not heard for 10 minutes, or not since the gateway started: ${silent.map(({ handle }) => handle).join(', ')}.`,
    advice,
  );
}

function accounts(count: number | undefined): Finding {
  if (count === undefined) {
    const advice =
      'Put accounts.db back from a backup. Without one remove the file: the next start prints a claim link for a first account.';
    return problem('accounts', 'The account file cannot be read: nobody can sign in.', advice);
  }
  if (count > 0) return ok('accounts', `${count} people can sign in.`);
  return warning('accounts', 'Nobody can sign in to the board.', 'Open the claim link that "lamplight start" prints.');
}

const ok = (name: string, what: string): Finding => ({ name, level: 'ok', what });
const warning = (name: string, what: string, advice: string): Finding => ({ name, level: 'warning', what, advice });
const problem = (name: string, what: string, advice: string): Finding => ({ name, level: 'problem', what, advice });
