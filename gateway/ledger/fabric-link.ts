// SPDX-License-Identifier: Apache-2.0
/** The ledger's second home, on Fabric: opened only where the configuration says so, so that an embedded installation never loads gRPC. */
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { type AnchorHome, ed25519Sign, type Log as LedgerLog, NodeFiles } from '../../ledger/index.ts';
import type { Config } from '../config.ts';
import { GatewayError } from '../errors.ts';
import type { FollowerWork } from '../follower.ts';
import { readPrivateFile } from '../private-file.ts';
import type { Timers } from '../timers.ts';
import { openFabricForward } from './fabric-forward.ts';
import { deviceId } from './founding.ts';

export interface FabricLinkOptions {
  readonly config: Config['ledger'];
  /** Name of the organisation: it must be the MSP id of the connection. */
  readonly org: string;
  /** The gateway's Ed25519 key. */
  readonly signing: KeyObject;
  readonly log: LedgerLog;
  /** Folder of its outbox and cursor. */
  readonly directory: string;
  /** Reads a record of the side store, still sealed. */
  readonly sealedRecord: (commitment: Uint8Array) => Promise<Uint8Array | undefined>;
  readonly wardMs: () => number;
  readonly random: (length: number) => Uint8Array;
  readonly timers: Timers;
  readonly onRefused: (error: unknown) => void;
  readonly onUnanswered: () => void;
  readonly onFatal: (reason: unknown) => void;
}

export interface FabricLink extends AsyncDisposable {
  readonly home: AnchorHome;
  readonly forward: FollowerWork;
  counters(): Readonly<Record<string, number>>;
}

/** Above an endorsement and a submit that the peers take their time for. Real milliseconds. */
const ADMINISTRATOR_MS_MAX = 60_000;
const CURSOR_FILE = 'forwarded';

/** Undefined with `backend = "embedded"`. Throws FABRIC_CONNECTION_MISSING, FABRIC_ORGANISATION, and the codes of ledger/fabric. */
export async function openFabricLink(options: FabricLinkOptions): Promise<FabricLink | undefined> {
  const { config, org, signing, log, directory, wardMs, timers } = options;
  if (!config.fabric) return undefined;
  const { openFabricLedger, parseFabricConnection, sealedCommitment } = await import('../../ledger/fabric/index.ts');
  const read = async (path: string) => parseFabricConnection(await readConnection(path));
  const connection = await read(config.fabric.connection);
  if (connection.mspId !== org) throw new GatewayError('FABRIC_ORGANISATION', connection.mspId);
  const sign = (message: Uint8Array) => ed25519Sign(message, signing);
  const common = {
    signing: { org, device: deviceId(signing), sign },
    log,
    nowMs: wardMs,
    timers,
    random: () => Buffer.from(options.random(4)).readUInt32BE() / 2 ** 32,
  };
  await using opening = new AsyncDisposableStack();
  const own = { connection, directory: join(directory, 'gateway'), onUnclaimedRefusal: options.onRefused };
  const ledger = opening.use(await openFabricLedger({ ...common, ...own }));
  ledger.ended.catch(options.onFatal);
  const administrator = config.fabric.adminConnection;
  const files = new NodeFiles(directory);
  const forward = await openFabricForward({
    log,
    enqueue: (signed, sealed) => ledger.host.enqueue(signed, sealed),
    read: (name, args) => ledger.host.read(name, args),
    // Opened for one command: founding needs it once, and its file may lie in a safe afterwards.
    submitAsAdministrator:
      administrator === undefined
        ? undefined
        : async (signed, sealed) => {
            const folder = join(directory, 'administrator');
            const connection = await read(administrator);
            const asAdministrator = await openFabricLedger({ ...common, connection, directory: folder });
            let closed: Promise<void> | undefined;
            const close = () => (closed ??= asAdministrator[Symbol.asyncDispose]() as Promise<void>);
            // A close ends the wait: the follower comes again, and a stop need not wait for a network.
            const giveUp = timers.after(ADMINISTRATOR_MS_MAX, () => void close());
            return asAdministrator.host.submit(signed, sealed).finally(() => {
              giveUp();
              return close();
            });
          },
    sealedOf: async (command) => {
      const commitment = sealedCommitment(command);
      return commitment && options.sealedRecord(commitment);
    },
    cursor: {
      // What is no number begins anew: commands that the channel has are answered with "already".
      read: async () => Number(new TextDecoder().decode((await files.read(CURSOR_FILE)) ?? new Uint8Array())) || 0,
      write: (next) => files.writeAtomic(CURSOR_FILE, new TextEncoder().encode(String(next))),
    },
    onRefused: options.onRefused,
    onUnanswered: options.onUnanswered,
  });
  const parts = opening.move();
  return {
    home: ledger.anchor,
    forward,
    counters: () => ledger.counters(),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function readConnection(path: string): Promise<string> {
  const bytes = await readPrivateFile(path);
  if (!bytes) throw new GatewayError('FABRIC_CONNECTION_MISSING');
  return bytes.toString('utf8');
}
