// SPDX-License-Identifier: Apache-2.0
/**
 * The follower that hands the log's commands on to the contract on Fabric: the very bytes that stand in the log, in its order, all but
 * accesses (they stay in the log, and reach Fabric under its anchored head) and what others anchored. Its cursor is an entry of the log; a
 * command that is handed on twice after a crash is `already` there.
 */
import {
  type Command,
  ContractError,
  type ContractHost,
  commandInEntry,
  decodeSignedCommand,
  ID_BYTES,
  type Log as LedgerLog,
  type Reply,
  refusalError,
  sha256,
} from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { FollowerWork } from '../follower.ts';

export interface FabricForwardDeps {
  readonly log: Pick<LedgerLog, 'publishedSize' | 'entriesFrom'>;
  /** Takes what the gateway signed; what it has taken reaches the ledger whatever happens to this process. */
  readonly enqueue: (signed: Uint8Array, sealed: Uint8Array | undefined) => { readonly answer: Promise<Reply> };
  readonly read: ContractHost['read'];
  /** Hands in what the administrator signed; undefined where there is no connection under the administrator's certificate. */
  readonly submitAsAdministrator: ((signed: Uint8Array, sealed: Uint8Array | undefined) => Promise<Reply>) | undefined;
  /** The sealed details of a command, for the private collection. */
  readonly sealedOf: (command: Command) => Promise<Uint8Array | undefined>;
  /** Where the cursor is kept: entries below it were handed on. */
  readonly cursor: { readonly read: () => Promise<number>; readonly write: (next: number) => Promise<void> };
  /** The ledger on Fabric refused what the log holds: the two differ, and people have to know. */
  readonly onRefused: (error: unknown) => void;
  /** There will be no answer in this process: a stop came first. The next start goes on. */
  readonly onUnanswered: () => void;
}

const STAYS_IN_THE_LOG: ReadonlySet<Command['type']> = new Set(['logAccess', 'anchorCheckpoint']);

export async function openFabricForward(deps: FabricForwardDeps): Promise<FollowerWork> {
  const { log, cursor } = deps;
  let next = await cursor.read();

  async function sendOldest(): Promise<number> {
    if (next >= log.publishedSize) return 0;
    const entries = (await log.entriesFrom(next)).slice(0, log.publishedSize - next);
    let handedOn = 0;
    for (const entry of entries) {
      if (await forward(entry, deps)) handedOn += 1;
      next += 1;
    }
    // Durable once something was handed on: over everything else a restart walks again.
    if (handedOn > 0) await cursor.write(next);
    return entries.length;
  }
  return { name: 'fabric_forward', sendOldest };
}

/** True if the entry is a command for Fabric, and was taken. */
async function forward(entry: Uint8Array, deps: FabricForwardDeps): Promise<boolean> {
  const signed = commandInEntry(entry);
  const command = signed && commandOf(signed, deps);
  if (!command) return false;
  if (STAYS_IN_THE_LOG.has(command.type)) return false;
  const sealed = await deps.sealedOf(command);
  if (command.device === undefined) return forwardAsAdministrator(command, signed, sealed, deps);
  const { answer } = deps.enqueue(signed, sealed);
  answer.then((reply) => look(reply, deps), deps.onUnanswered);
  return true;
}

/** Undefined for what no contract reads: it has no effect here either, and must not stand in the way of what comes after it. */
function commandOf(signed: Uint8Array, { onRefused }: FabricForwardDeps): Command | undefined {
  try {
    return decodeSignedCommand(signed, sha256).command;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    onRefused(error);
    return undefined;
  }
}

/** Waited for: what the gateway signs afterwards rests on it. Rejects with FABRIC_ADMIN_NEEDED. */
async function forwardAsAdministrator(
  command: Command,
  signed: Uint8Array,
  sealed: Uint8Array | undefined,
  deps: FabricForwardDeps,
): Promise<boolean> {
  if (deps.submitAsAdministrator) {
    look(await deps.submitAsAdministrator(signed, sealed), deps);
    return true;
  }
  // Somebody may have registered the gateway there by other means.
  const device = command.type === 'registerDevice' ? sha256(command.publicKey).slice(0, ID_BYTES) : undefined;
  if (command.type === 'registerOrg' || (device && (await deps.read('getDevice', { device })).device)) return false;
  throw new GatewayError('FABRIC_ADMIN_NEEDED');
}

function look(reply: Reply, { onRefused }: FabricForwardDeps): void {
  if (reply.kind === 'refused') onRefused(refusalError(reply as Parameters<typeof refusalError>[0]));
}
