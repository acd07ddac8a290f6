#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/** The front door: one command, one verb per job. Reads argv, the environment and signals; a verb is handed everything it needs. */
import { SIMULATE_USAGE } from './devices/sim/usage.ts';
import { closest } from './gateway/closest.ts';
import type { Command, Io } from './gateway/command.ts';

interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  /** Loaded only when asked for: `lamplight verify` must not wait for a broker. */
  readonly load: () => Promise<Command>;
}

export const VERBS: readonly Verb[] = [
  {
    name: 'start',
    summary: 'run gateway and nurse station; with --demo also a ward of virtual patients',
    usage: `start [--demo] [--data DIR] [--rate N] [--seed S] [--recording DIR [--record NAME]]

  --demo            own data directory (./.lamplight/demo), demo keys, virtual sensors
  --data DIR        data directory (default ./lamplight-data)
  --rate N          let ward time run N times as fast (demo)
  --seed S          seed of the virtual patients (demo)
  --recording DIR   replay recorded patients (WFDB files) instead; --record NAME chooses one (demo)

Ctrl-C stops gracefully, a second Ctrl-C at once.`,
    load: async () => (await import('./gateway/start.ts')).startCommand,
  },
  {
    name: 'gateway',
    summary: 'run the bedside gateway alone',
    usage: 'gateway [--data DIR] [--demo | --prepare] [--rate N --clock-origin MS]',
    load: async () => (await import('./gateway/main.ts')).gatewayCommand,
  },
  {
    name: 'dashboard',
    summary: 'run the nurse station alone',
    usage: 'dashboard [--data DIR] [--credentials FILE] [--host HOST | --in-container] [--port PORT]',
    load: async () => (await import('./dashboard/main.ts')).dashboardCommand,
  },
  {
    name: 'simulate',
    summary: 'play virtual sensors, or recorded patients, over real transports',
    usage: SIMULATE_USAGE,
    load: async () => (await import('./devices/index.ts')).simulateCommand,
  },
  {
    name: 'devices',
    summary: 'list, add, rotate and remove the devices that may sign in',
    usage: `devices list [--json] [--data DIR]
  devices add HANDLE --kind senml|nonin-df2 [--interval-ms N] [--label TEXT] [--url URL] [--data DIR]
  devices rotate HANDLE [--data DIR]
  devices remove HANDLE [--data DIR]

A secret is printed once and kept nowhere.`,
    load: async () => (await import('./gateway/devices-command.ts')).devicesCommand,
  },
  {
    name: 'patients',
    summary: 'admit, link and discharge, through the running gateway',
    usage: `patients list [--json] [--data DIR]
  patients admit BED [--name NAME] [--device HANDLE] [--confirm] [--data DIR]
  patients link BED HANDLE [--confirm] [--data DIR]
  patients unlink HANDLE [--data DIR]
  patients discharge BED [--data DIR]`,
    load: async () => (await import('./gateway/patients-command.ts')).patientsCommand,
  },
  {
    name: 'consent',
    summary: 'grant, revoke and list consents, through the running gateway',
    usage: `consent list [--json] [--data DIR]
  consent grant (--bed B | --stay ID) --grantor NAME --grantee NAME --as relative|outside-doctor|researcher
                --until TIME [--from TIME] [--to TIME] [--what TEXT] [--org ORG] [--data DIR]
  consent revoke ID [--data DIR]

  --until     the consent ends then; --from and --to: what it covers (default: the stay, until it ends)
  --org ORG   organisation of the grantee in the ledger (default: this one)

Names and scope stay sealed on this machine; the ledger holds random ids and commitments. The treating team needs no consent.`,
    load: async () => (await import('./gateway/consent-command.ts')).consentCommand,
  },
  {
    name: 'decode',
    summary: 'decode sensor bytes: one JSON object per line in, one per line out',
    usage: `decode senml     lines {"body": "[...]"}
  decode serial    lines {"model": "nonin-df2", "hex": "..."}`,
    load: async () => (await import('./gateway/decode-command.ts')).decodeCommand,
  },
  {
    name: 'correct',
    summary: 'say of readings that they are in error or another patient’s; the originals stay provable',
    usage: `correct (--bed B | --stay ID) --from TIME --to TIME [--vital KEY] --reason in-error|another-patient --why TEXT [--data DIR]
correct --withdraw ID --why TEXT [--data DIR]
correct list (--bed B | --stay ID) [--json] [--data DIR]

A correction goes into the log; who said it, and why, is shown with the readings from then on. It can be taken back once (ID: as listed), which is shown as well.`,
    load: async () => (await import('./gateway/correct-command.ts')).correctCommand,
  },
  {
    name: 'prove',
    summary: 'write a proof file for one reading',
    usage: `prove (--bed B | --stay ID) --vital KEY --at TIME | --id DEVICE/EPOCH/SEQUENCE [--out FILE] [--data DIR]
        [--as ROLE] [--consent ID] [--emergency REASON]

The gateway must run: the read is put on record first. --as: nurse (default), physician, or under a consent relative, outside-doctor, researcher.`,
    load: async () => (await import('./gateway/prove.ts')).proveCommand,
  },
  {
    name: 'export',
    summary: 'write readings of one stay as a CSV file, with a proof beside it',
    usage: `export --format csv (--bed B | --stay ID) [--from TIME] [--to TIME] [--vital KEY]... --out FILE [--data DIR]
         [--as ROLE] [--consent ID] [--emergency REASON]
         [--profile machine|excel [--locale TAG] [--time-zone ZONE] [--delimiter ","|";"]]

  --profile machine   RFC 4180, UTF-8, times in UTC (default)
  --profile excel     for a spreadsheet: local time with offset, byte order mark, no text that a spreadsheet would run;
                      --locale de writes decimal commas and semicolons
  --time-zone ZONE    of the local times (default: this machine's)

Writes FILE and FILE.proof. The gateway must run: the read is put on record first, as the role that --as names (nurse if it is left out;
relative, outside-doctor and researcher read under the consent that --consent names).`,
    load: async () => (await import('./gateway/export/export-command.ts')).exportCommand,
  },
  {
    name: 'verify',
    summary: 'check the proof of a reading or of an export, offline',
    usage: `verify FILE --key VKEY [--policy FILE] [--csv FILE] [--json]

  --policy FILE   demand the cosignatures that this policy asks for (C2SP tlog-policy)`,
    load: async () => (await import('./ledger/index.ts')).verifyCommand,
  },
  {
    name: 'verifier',
    summary: 'write the verifier as one HTML file that works in any browser, offline',
    usage: 'verifier --out FILE',
    load: async () => (await import('./ledger/index.ts')).verifierCommand,
  },
  {
    name: 'doctor',
    summary: 'say what is wrong with this installation, and what to do',
    usage: `doctor [--fix] [--json] [--data DIR]

  --fix   mends what is safe to mend: permissions, a missing database

Exits with 1 when something is a problem.`,
    load: async () => (await import('./gateway/doctor/doctor-command.ts')).doctorCommand,
  },
  {
    name: 'record',
    summary: 'check the whole record: every batch against its chain and the log',
    usage: `record check [--data DIR] [--key VKEY] [--json]

Also while the gateway runs. Opens every batch and shows none. --key: the log's verifier key as you noted it (default: identity.json's).`,
    load: async () => (await import('./gateway/record-command.ts')).recordCommand,
  },
  {
    name: 'ledger',
    summary: 'show the head of the log, check all of it, heal it; be a witness or a mirror of another',
    usage: `ledger head [--data DIR] [--json]
  ledger fsck [--data DIR] [--key VKEY] [--json]
  ledger identity [--data DIR] [--json]
  ledger witness --log VKEY... [--data DIR] [--key-file FILE] [--name NAME] [--listen HOST:PORT]
  ledger recover --from URL|DIR... [--data DIR] [--policy FILE] [--key VKEY] [--json]
  ledger mirror URL|DIR --key VKEY [--data DIR] [--policy FILE] [--once]

  recover   heals a damaged, truncated or altered log from mirrors or backups, as far as signed checkpoints (with a policy:
            cosigned ones) prove it, and keeps the log as it was in log.damaged-N; the gateway must not run
  witness   remembers the newest checkpoint of each log and cosigns only what extends it (C2SP tlog-witness). Makes its
            key on the first start and prints it; listens on 127.0.0.1:8471 unless told otherwise
  mirror    keeps a copy of a published log (C2SP tlog-tiles) in DIR/log, each step proved before it is stored`,
    load: async () => (await import('./gateway/ledger-command.ts')).ledgerCommand,
  },
];

/** Exit codes: 0 done, 1 refused or not verified, 2 wrong use. */
export async function lamplight(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? io.stderr : io.stdout).write(overview());
    return name === undefined ? 2 : 0;
  }
  const verb = VERBS.find((candidate) => candidate.name === name);
  if (verb === undefined)
    return unknown(
      'verb',
      name,
      VERBS.map((known) => known.name),
      io,
    );
  if (rest.includes('--help') || rest.includes('-h')) {
    io.stdout.write(`lamplight ${verb.name}: ${verb.summary}\n\n  ${verb.usage}\n`);
    return 0;
  }
  try {
    const command = await verb.load();
    return await command(rest, io);
  } catch (error) {
    if (codeOf(error)?.startsWith('ERR_PARSE_ARGS')) {
      io.stderr.write(`${(error as Error).message}\n\n  ${verb.usage}\n`);
      return 2;
    }
    io.stderr.write(`${words(error, io)}\n`);
    return 1;
  }
}

function overview(): string {
  const lines = VERBS.map((verb) => `  ${verb.name.padEnd(10)} ${verb.summary}`);
  return `lamplight VERB [options]\n\n${lines.join('\n')}\n\n"lamplight VERB --help" shows the options of a verb.\n`;
}

function unknown(what: string, name: string, known: readonly string[], io: Io): number {
  const suggestion = closest(name, known);
  io.stderr.write(
    `There is no ${what} "${name}".${suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`}\n`,
  );
  io.stderr.write(`Known: ${known.join(', ')}.\n`);
  return 2;
}

/** `CODE: message` and the advice; the words of an unexpected error are shown only on request, since they may quote data. */
function words(error: unknown, io: Io): string {
  if (io.env['LAMPLIGHT_DEBUG'] === '1' && error instanceof Error) return error.stack ?? error.message;
  if (error instanceof Error && 'advice' in error) return `${codeOf(error)}: ${error.message}\n${error.advice}`;
  const kind = codeOf(error) ?? (error instanceof Error ? error.name : 'unknown');
  return `INTERNAL: Lamplight met something it did not expect (${kind}).\nRun it again with LAMPLIGHT_DEBUG=1 and report what it prints.`;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** npm passes a Ctrl-C on that the terminal has sent already: within this time, two are one. */
const SAME_SIGNAL_MS = 500;

/** The first request to stop is graceful, the second is obeyed at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstMs = Number.POSITIVE_INFINITY;
  const stop = () => {
    if (performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(130);
    if (!controller.signal.aborted) firstMs = performance.now();
    controller.abort();
  };
  process.on('SIGTERM', stop);
  if (process.channel === undefined) {
    process.on('SIGINT', stop);
    process.on('SIGHUP', stop);
    return controller.signal;
  }
  // A child of `start`: Ctrl-C reaches it too, but the parent says when. When the parent is gone, so is the reason to run.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  process.once('disconnect', () => controller.abort());
  process.channel.unref();
  return controller.signal;
}

if (import.meta.main) {
  const { stdout, stderr, stdin, env } = process;
  const io = { stdout, stderr, stdin, env, signal: stopSignal() };
  const fail = (error: unknown) => {
    stderr.write(`${words(error, io)}\n`, () => process.exit(1));
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  // A reader that went away (`| head`) is no error.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  // Nobody hears how it goes: an export, or a ward, goes on all the same, and the exit code says how it went.
  stderr.on('error', () => undefined);
  const code = await lamplight(process.argv.slice(2), io);
  stdout.write('', () => process.exit(code));
}
