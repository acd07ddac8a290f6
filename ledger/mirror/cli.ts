// SPDX-License-Identifier: Apache-2.0
/** `lamplight ledger mirror`: follows a log until it is told to stop. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ExitCode, RunningIo } from '../cli-io.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { NodeFiles } from '../log/files.ts';
import { parseVerifierKey } from '../log/note.ts';
import type { Http } from '../witness/bounded-fetch.ts';
import { readPolicy } from '../witness/policy-file.ts';
import { MirrorError } from './errors.ts';
import { type Mirror, openMirror } from './mirror.ts';
import { folderSource, httpSource, type LogSource } from './source.ts';

const DEFAULT_DATA = 'lamplight-mirror';
const LOG_FOLDER = 'log';
const POLL_MS = 10_000;

/**
 * `URL|DIR --key VKEY [--data DIR] [--policy FILE] [--once]`: keeps a copy in DIR/log and says when it has grown, and when the log
 * shows less than the copy holds. The data directory, which exists, has no other process. Throws MirrorError, WitnessError for a bad policy, LedgerError.
 */
export async function ledgerMirror(argv: readonly string[], io: RunningIo): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      data: { type: 'string', default: DEFAULT_DATA },
      policy: { type: 'string' },
      once: { type: 'boolean', default: false },
    },
  });
  const [from, ...more] = positionals;
  if (from === undefined || more.length > 0 || values.key === undefined) {
    io.stderr.write('One log and its verifier key are needed: ledger mirror URL --key VKEY\n');
    return 2;
  }
  const mirror = await openMirror({
    source: sourceAt(from, io.signal),
    files: new NodeFiles(join(values.data, LOG_FOLDER)),
    key: parseVerifierKey(values.key, nodeCrypto.sha256),
    policy: await readPolicy(values.policy),
    crypto: nodeCrypto,
  });
  if (values.once) {
    const { kind, size } = await mirror.step();
    io.stdout.write(`${WORDS[kind]}: ${size} entries\n`);
    return kind === 'waiting' || kind === 'behind' ? 1 : 0;
  }
  await follow(mirror, io);
  return 0;
}

const WORDS = {
  grown: 'copied',
  same: 'nothing new',
  behind: 'the log shows an older checkpoint than the copy holds',
  waiting: 'the log shows no checkpoint that is accepted',
} as const;

async function follow(mirror: Mirror, io: RunningIo): Promise<void> {
  let last: keyof typeof WORDS | 'silent' | undefined;
  while (!io.signal.aborted) {
    try {
      const { kind, size } = await mirror.step();
      const isNews = kind === 'grown' || last === 'silent' || (kind !== 'same' && kind !== last);
      if (isNews) io.stdout.write(`${WORDS[kind]}: ${size} entries\n`);
      last = kind;
    } catch (error) {
      if (!(error instanceof MirrorError) || error.class !== 'transient') throw error;
      if (last !== 'silent' && !io.signal.aborted) io.stderr.write(`${error.code}: ${error.message}\n`);
      last = 'silent';
    }
    await sleep(POLL_MS, undefined, { signal: io.signal }).catch(() => io.signal.aborted);
  }
}

/** An address (http, https), or a folder that holds a log or a data directory. */
export function sourceAt(where: string, signal: AbortSignal): LogSource {
  return /^https?:\/\//.test(where) ? httpSource(where, HTTP, signal) : folderSource(where);
}

/** The machine's own, for the composition roots of this folder. */
export const HTTP: Http = {
  fetch,
  timers: {
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  },
};
