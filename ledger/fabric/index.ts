// SPDX-License-Identifier: Apache-2.0
/** The door of the ledger on Fabric. The gateway enters by a dynamic import: an embedded installation never loads gRPC. */
import type { AnchorSource } from '../anchor/anchor-home.ts';
import { sha256 } from '../crypto/sha256.ts';
import type { CodedError } from '../errors.ts';
import { parseVerifierKey } from '../log/note.ts';
import type { Random } from './backoff.ts';
import { openFabricClient } from './client.ts';
import type { FabricConnection } from './connection.ts';
import { EventStore } from './event-store.ts';
import { FabricEvents } from './events.ts';
import { type AnchorSigning, FabricAnchor } from './fabric-anchor.ts';
import { openFabricDatabase } from './fabric-database.ts';
import { FabricHost } from './fabric-host.ts';
import type { PassFabricFaultPoint } from './fault-point.ts';
import { Outbox } from './outbox.ts';
import { OutboxStore } from './outbox-store.ts';
import type { Timers } from './pause.ts';

export { type FabricConnection, parseFabricConnection } from './connection.ts';
export { sealedCommitment } from './wire.ts';

export interface FabricLedgerOptions {
  readonly connection: FabricConnection;
  /** Folder of the outbox, of this process alone; made if it is not there. */
  readonly directory: string;
  readonly signing: AnchorSigning;
  readonly log: AnchorSource & { readonly vkey: string };
  /** Wall time. */
  readonly nowMs: () => number;
  readonly timers: Timers;
  readonly random: Random;
  /** A refusal for which nobody waits: the command was handed in before the last start. */
  readonly onUnclaimedRefusal?: (refusal: CodedError<string>, id: Uint8Array) => void;
  /** For the fault suite. */
  readonly passFaultPoint?: PassFabricFaultPoint;
}

export interface FabricLedger extends AsyncDisposable {
  readonly host: FabricHost;
  readonly anchor: FabricAnchor;
  readonly events: FabricEvents;
  /** Resolves after the end; rejects if disk or program fail: nothing goes to Fabric any more, and whoever supervises has to know. */
  readonly ended: Promise<void>;
  /** Named counters, for metrics. */
  counters(): Readonly<Record<string, number>>;
}

/**
 * Takes up what waits on disk. Resolves whether or not the network can be reached. Rejects with FABRIC_STORE_UNUSABLE.
 */
export async function openFabricLedger(options: FabricLedgerOptions): Promise<FabricLedger> {
  const { connection, directory, signing, log, nowMs, timers, random } = options;
  const { onUnclaimedRefusal = () => {}, passFaultPoint = () => {} } = options;
  const { mspId } = connection;
  const database = openFabricDatabase(directory);
  const client = openFabricClient(connection);
  const store = new OutboxStore(database);
  const outbox = new Outbox({ store, port: client, mspId, nowMs, timers, random, onUnclaimedRefusal, passFaultPoint });
  const events = new FabricEvents({ source: client, store: new EventStore(database), mspId, timers, random });
  const host = new FabricHost(outbox, client, mspId);
  const key = parseVerifierKey(log.vkey, sha256);
  const anchor = new FabricAnchor({ outbox, host, source: log, key, signing, nowMs });
  const ended = outbox.start();
  return {
    host,
    anchor,
    events,
    ended,
    counters: () => ({ ...outbox.counters(), ...events.counters() }),
    async [Symbol.asyncDispose]() {
      events.stop();
      outbox.stop();
      await client[Symbol.asyncDispose]();
      await outbox[Symbol.asyncDispose]();
      database.close();
    },
  };
}
