// SPDX-License-Identifier: Apache-2.0
/** `lamplight ledger witness`: runs a witness until it is told to stop. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ExitCode, RunningIo } from '../cli-io.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { NodeFiles } from '../log/files.ts';
import { formatVerifierKey, parseVerifierKey } from '../log/note.ts';
import type { WitnessError } from './errors.ts';
import { openKeyFile } from './key-file.ts';
import { startWitnessServer } from './server.ts';
import { openWitness } from './witness.ts';
import { WitnessStore } from './witness-store.ts';

const DEFAULT_LISTEN = '127.0.0.1:8471';
const DEFAULT_DATA = 'lamplight-witness';
const KEY_FILE = 'witness.key';
const STATE_FOLDER = 'state';

/**
 * `--log VKEY... [--data DIR] [--key-file F] [--name NAME] [--listen HOST:PORT]`: makes its key on the first start, prints its verifier
 * key and address, and cosigns. The data directory, which exists, has no other process. Throws WitnessError, or LedgerError for a bad VKEY.
 */
export async function ledgerWitness(argv: readonly string[], io: RunningIo): Promise<ExitCode> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      log: { type: 'string', multiple: true },
      data: { type: 'string', default: DEFAULT_DATA },
      'key-file': { type: 'string' },
      name: { type: 'string' },
      listen: { type: 'string', default: DEFAULT_LISTEN },
    },
  });
  const address = /^(.+):(\d{1,5})$/.exec(values.listen);
  if (!values.log || !address) {
    io.stderr.write('The verifier key of at least one log is needed (--log VKEY), and --listen as HOST:PORT.\n');
    return 2;
  }
  const logs = values.log.map((vkey) => parseVerifierKey(vkey, nodeCrypto.sha256));
  const signer = await openKeyFile(values['key-file'] ?? join(values.data, KEY_FILE), values.name);
  const files = new NodeFiles(join(values.data, STATE_FOLDER));
  const store = new WitnessStore({ files, witness: signer.key, crypto: nodeCrypto });
  const stopped = Promise.withResolvers<WitnessError | undefined>();
  const witness = await openWitness({
    signer,
    logs,
    store,
    crypto: nodeCrypto,
    nowS: () => Math.floor(Date.now() / 1000),
    onFatal: stopped.resolve,
  });
  await using server = await startWitnessServer({
    witness,
    host: address[1]!.replace(/^\[(.+)\]$/, '$1'),
    port: Number(address[2]),
    monotonicMs: () => performance.now(),
    onError: (error) => io.stderr.write(`request failed: ${error instanceof Error ? error.name : 'unknown'}\n`),
  });
  io.stdout.write(`witness ${formatVerifierKey(signer.key)}\nhttp://${address[1]}:${server.port}/\n`);
  if (io.signal.aborted) return 0;
  io.signal.addEventListener('abort', () => stopped.resolve(undefined), { once: true });
  const failure = await stopped.promise;
  if (failure) throw failure;
  return 0;
}
