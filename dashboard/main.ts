// SPDX-License-Identifier: Apache-2.0
/** `lamplight dashboard`: the composition root of the nurse station, the only reader of its arguments, clock and randomness. */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { openAccountStore } from './accounts/account-store.ts';
import { SignIn } from './accounts/sign-in.ts';
import { ensurePage, PAGE } from './build-page.ts';
import { Counters } from './counters.ts';
import { DashboardError } from './errors.ts';
import { BoardAccesses } from './feed/board-accesses.ts';
import { LiveHub } from './feed/live-hub.ts';
import { startGatewayLink } from './gateway-link.ts';
import { History, historyOptions } from './history/history.ts';
import { askOperations } from './operations.ts';
import { buildServer } from './server.ts';
import { readStationCredential } from './station-credential.ts';
import { WardState } from './ward-state.ts';

const HELP = `lamplight dashboard: the nurse station (server and web page), on this machine only

  --data DIR          folder of the account file        (default: lamplight-data)
  --credentials FILE  station credential of the gateway (default: DIR/station.json)
  --host HOST         loopback address to listen on     (default: 127.0.0.1)
  --in-container      listen on every address of a container, whose port is published on 127.0.0.1 of its host
  --port PORT         port to listen on, 0 for any free (default: 8080)
  --help              this text
`;

export interface CommandIo {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the command; without it SIGTERM and SIGINT do. */
  readonly signal?: AbortSignal;
}

/**
 * Runs the station until it is told to stop. Prints {"ready":true,"url","claim"} once it listens and {"firstLiveMs"} when the
 * first value has come from the gateway, one JSON object a line.
 * @returns exit code: 0 stopped, 1 could not run, 2 wrong use
 */
export async function dashboardCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    const options = optionsOf(argv);
    if (options.help) io.stdout.write(HELP);
    else await run(options, io);
    return 0;
  } catch (error) {
    if (!(error instanceof DashboardError)) throw error;
    io.stderr.write(`lamplight dashboard: ${error.message}\n  ${error.advice} (${error.code})\n`);
    if (error.cause instanceof Error) io.stderr.write(`  because: ${error.cause.message}\n`);
    return error.code === 'USAGE' || error.code === 'HOST_NOT_LOOPBACK' ? 2 : 1;
  }
}

interface Options {
  readonly data: string;
  readonly credentials: string;
  readonly host: string;
  readonly port: number;
  readonly help: boolean;
}

async function run(options: Options, { stdout, stderr, env, signal }: CommandIo): Promise<void> {
  const startedMs = performance.now();
  const monotonicMs = () => performance.now();
  const print = (line: object) => stdout.write(`${JSON.stringify(line)}\n`);
  await ensurePage(PAGE, (words) => stderr.write(`${words}\n`));
  await mkdir(options.data, { recursive: true, mode: 0o700 });

  const counters = new Counters();
  const deps = { nowMs: Date.now, random: randomBytes, counters };
  await using accounts = openAccountStore(join(options.data, 'accounts.db'), deps);
  const state = new WardState();
  const unlisten = state.listen(() => {
    if (!state.readings().some(({ value }) => value !== null)) return;
    unlisten();
    print({ firstLiveMs: Math.round(monotonicMs() - startedMs) });
  });
  const readCredential = () => readStationCredential(options.credentials);
  const linkDeps = { monotonicMs, newId: randomUUID, counters, readCredential };
  const credential = await readCredential();
  await using link = startGatewayLink(credential, state, linkDeps);
  await using history = new History(() => historyOptions(options.data, env));
  const accesses = new BoardAccesses({ link, state, counters, monotonicMs });
  await using hub = new LiveHub({ state, accounts, counters, monotonicMs, accesses }).start();
  const signIn = new SignIn(accounts, deps);
  // A line as the gateway's log has them.
  const onFault = (fault: object) =>
    stderr.write(
      `${JSON.stringify({ level: 'error', time: new Date().toISOString(), event: 'station-fault', ...fault })}\n`,
    );
  const operations = () => askOperations({ readCredential, nowMs: Date.now, counters });
  const ward = credential.gateway;
  const routes = { accounts, signIn, hub, state, link, history, operations, ward, monotonicMs };
  await using server = await buildServer({ ...routes, pageDir: PAGE.dist, onFault });
  const url = await listen(server, options);
  const claim = accounts.newClaim();
  print({ ready: true, url, claim: claim === null ? null : `${url}claim#${claim}` });
  await stopped(signal);
}

/** @throws DashboardError USAGE, HOST_NOT_LOOPBACK */
function optionsOf(argv: readonly string[]): Options {
  const { data = 'lamplight-data', credentials, host = '127.0.0.1', port = '8080', ...flags } = flagsOf(argv);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new DashboardError('USAGE', '--port');
  if (host !== '127.0.0.1' && host !== 'localhost') throw new DashboardError('HOST_NOT_LOOPBACK');
  return {
    data,
    credentials: credentials ?? join(data, 'station.json'),
    host: flags['in-container'] ? '0.0.0.0' : '127.0.0.1',
    port: Number(port),
    help: flags.help ?? false,
  };
}

function flagsOf(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = { data: text, credentials: text, host: text, port: text, 'in-container': flag, help: flag } as const;
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (cause) {
    throw new DashboardError('USAGE', undefined, { cause });
  }
}

/** @throws DashboardError PORT_TAKEN */
async function listen(server: Awaited<ReturnType<typeof buildServer>>, { host, port }: Options): Promise<string> {
  try {
    const address = new URL(await server.listen({ host, port }));
    // In a container it is the host's address that a person opens.
    return `http://127.0.0.1:${address.port}/`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      throw new DashboardError('PORT_TAKEN', String(port));
    throw error;
  }
}

async function stopped(signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return;
  if (signal !== undefined) await once(signal, 'abort');
  else await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
}
