// SPDX-License-Identifier: Apache-2.0
/**
 * The contract in the gateway: its state is what the log holds. Commands go through the journal's outbox, the one way into the log, and
 * take effect when they are read back; an access is judged by the same rules before it goes that way. With Fabric the same signed commands
 * are handed on from the log, so what holds here holds without a network, a revocation at once.
 */
import { createHmac, type KeyObject } from 'node:crypto';
import {
  type AccessRecord,
  accessEntry,
  type Command,
  type CommandOf,
  type CommandType,
  commandEntry,
  commandId,
  commandInEntry,
  type EmbeddedHost,
  ed25519Sign,
  ID_BYTES,
  type Log as LedgerLog,
  nodeCrypto,
  openEmbeddedHost,
  type ReadArgs,
  type ReadName,
  type ReadResult,
  type Refused,
  refusalError,
  SideStore,
  sha256,
  signCommand,
} from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { Identity } from '../identity.ts';
import type { Journal } from '../journal/journal.ts';
import type { GatewayKeys } from '../key-store.ts';
import type { LoggedAccess } from '../record/access-store.ts';
import type { Administrator } from './administrator.ts';
import { CommandRecords } from './command-records.ts';
import { deviceId, foundingCommands } from './founding.ts';
import type { SequencedSignal } from './sequenced-signal.ts';

export interface LocalLedgerOptions {
  /** Name of the organisation that the gateway speaks for. */
  readonly org: string;
  readonly identity: Identity;
  readonly administrator: Administrator;
  readonly keys: GatewayKeys;
  readonly log: LedgerLog;
  readonly journal: Pick<Journal, 'calls'>;
  readonly sequenced: SequencedSignal;
  /** Newest number of the outbox now: what was on its way must be in the log before anything is founded. */
  readonly newestOutbox: () => number;
  readonly wardMs: () => number;
  readonly random: (length: number) => Uint8Array;
}

/** Fields of a command that the gateway signs. */
export type GatewayCommand = { [T in CommandType]: Omit<CommandOf<T>, 'org' | 'device' | 'at'> }[CommandType];

const SALT_BYTES = 16;
/** What was said longer ago is another command when it is said again. */
const MAX_HANDED_IN = 1024;

/** Reads the log and founds the ledger in it if need be. Rejects with LEDGER_NOT_FOUNDED, the log's codes, or those of the administrator's key store. */
export async function openLocalLedger(options: LocalLedgerOptions): Promise<LocalLedger> {
  const { log, org, administrator, wardMs, sequenced, newestOutbox } = options;
  await sequenced.until(newestOutbox());
  // What each command takes along, until the host asks for it to be written.
  const taken = new Map<string, Taken>();
  const host = await openEmbeddedHost({
    log,
    append: (entry) => append(options, [{ entry, ...taken.get(idOf(entry)) }]),
    founders: new Map([[org, administrator.publicKey]]),
    nowMs: wardMs,
    crypto: nodeCrypto,
  });
  const ledger = new LocalLedger(options, host, taken);
  await ledger.found();
  return ledger;
}

/** What goes along with a command. */
interface Submission {
  readonly records: CommandRecords;
  /** The epoch keys change before it. */
  readonly rotates?: boolean;
  /** What the command says, in words of our own: while one that says the same waits for the log, it is that one again. */
  readonly again: string;
}

interface Taken {
  readonly records?: CommandRecords['held'];
  readonly rotates?: boolean;
}

export class LocalLedger {
  readonly #options: LocalLedgerOptions;
  readonly #host: EmbeddedHost;
  readonly #taken: Map<string, Taken>;
  /** Consents whose revocation is on its way to the log: nothing is released under them any more. At most one for each consent given. */
  readonly #revoking = new Set<string>();
  /** Signed commands that are on their way to the log, by what they say. */
  readonly #handedIn = new Map<string, Uint8Array>();

  constructor(options: LocalLedgerOptions, host: EmbeddedHost, taken: Map<string, Taken>) {
    this.#options = options;
    this.#host = host;
    this.#taken = taken;
  }

  get org(): string {
    return this.#options.org;
  }

  /** Puts organisation, gateway and log into the log unless they are there. Rejects with LEDGER_NOT_FOUNDED if they do not hold then. */
  async found(): Promise<void> {
    const { org, identity, keys, administrator, wardMs } = this.#options;
    const signing = keys.gatewaySigning.privateKey;
    const device = deviceId(signing);
    if ((await this.#host.read('getDevice', { device })).device) return;
    // Who exchanges the administrator's key must not be able to begin anew over what the log holds.
    if ((this.#host.counters()['commands'] ?? 0) > 0) throw new GatewayError('LEDGER_NOT_FOUNDED');
    const { store: sideStore, records } = this.details();
    const privateKey = () => administrator.privateKey();
    const founder = { org, identity, signing, administrator: privateKey, sideStore, nowMs: wardMs() };
    const commands = await foundingCommands(founder);
    const entries = commands.map((signed, i) => ({
      entry: commandEntry(signed),
      records: i === 0 ? records.held : [],
    }));
    await append(this.#options, entries);
    await this.#host.follow();
    if (!(await this.#host.read('getDevice', { device })).device) throw new GatewayError('LEDGER_NOT_FOUNDED');
  }

  /** A side store whose new records are written with the command that they are handed in with. It also reads all that are there. */
  details(): { readonly store: SideStore; readonly records: CommandRecords } {
    const { keys, random, journal } = this.#options;
    const records = new CommandRecords(journal);
    return { store: new SideStore({ key: keys.journalKey, random, records }), records };
  }

  /** ID_BYTES that stand for these words: always the same here, and like random ones to everybody else. */
  idFor(words: string): Uint8Array {
    const { journalKey } = this.#options.keys;
    return createHmac('sha256', journalKey).update(`lamplight/id/1\0${words}`).digest().subarray(0, ID_BYTES);
  }

  /**
   * Signs and hands in a command; resolves when it stands in the log and holds. Rejects with the contract's code when it is refused, with
   * COMMAND_WAITS when the log does not take entries: who then says it `again` waits for the same command.
   */
  async submit(fields: GatewayCommand, { records, rotates = false, again }: Submission): Promise<void> {
    const known = this.#handedIn.get(again);
    const signed = known ?? this.#signed(fields);
    const id = hex(commandId(signed, sha256));
    const revoked = fields.type === 'revokeConsent' ? hex(fields.consent) : '';
    this.#taken.set(id, { records: records.held, rotates: rotates && !known });
    this.#handedIn.set(again, signed);
    if (this.#handedIn.size > MAX_HANDED_IN) this.#handedIn.delete(this.#handedIn.keys().next().value ?? '');
    if (revoked) this.#revoking.add(revoked);
    let isOnItsWay = false;
    try {
      await this.#host.follow();
      assertTaken(await this.#host.submit(signed));
    } catch (error) {
      isOnItsWay = error instanceof GatewayError && error.code === 'COMMAND_WAITS';
      throw error;
    } finally {
      this.#taken.delete(id);
      if (!isOnItsWay) this.#revoking.delete(revoked);
      if (!isOnItsWay) this.#handedIn.delete(again);
    }
  }

  #signed(fields: GatewayCommand): Uint8Array {
    const { org, keys, wardMs } = this.#options;
    const signing: KeyObject = keys.gatewaySigning.privateKey;
    const command = { ...fields, org, device: deviceId(signing), at: Math.round(wardMs()) } as Command;
    return signCommand(command, (message) => ed25519Sign(message, signing));
  }

  /** Puts an access on record; when this resolves it is durable, and what it asks for may be released (I10). Rejects with the contract's code. */
  async logAccess(asked: Omit<AccessRecord, 'atMs'>): Promise<LoggedAccess> {
    const { org, keys, wardMs, random, journal } = this.#options;
    const access = { ...asked, atMs: Math.round(wardMs()) };
    const salt = random(SALT_BYTES);
    const made = accessEntry(access, org, keys.gatewaySigning.privateKey, salt);
    await this.#host.follow();
    assertTaken(this.#host.judge(made.signed));
    if (access.terms?.decision === 'allowed' && this.#revoking.has(hex(access.terms.consent ?? new Uint8Array())))
      throw refusalError({ code: 'CONSENT_NOT_LIVE', detail: 'its revocation is on its way to the log' });
    return journal.calls.call('logAccess', { access, made: { id: made.id, entry: made.entry }, salt });
  }

  /** Takes in what the log has got, so that a question need not. Rejects with the log's codes. */
  follow(): Promise<void> {
    return this.#host.follow();
  }

  async read<N extends ReadName>(name: N, args: ReadArgs<N>): Promise<ReadResult<N>> {
    await this.#host.follow();
    return this.#host.read(name, args);
  }

  /** Number of the log entry that holds a command of ours; undefined if it is none. */
  async entryOf(command: Uint8Array): Promise<number | undefined> {
    const outbox = await this.#options.journal.calls.call('commandNumber', command);
    return outbox === undefined ? undefined : outbox - 1;
  }

  /** Of the contract's host, for metrics. */
  counters(): Readonly<Record<string, number>> {
    return this.#host.counters();
  }
}

/** Commands in one transaction, in their order; resolves when the last of them is sequenced. */
async function append(
  { journal, sequenced }: LocalLedgerOptions,
  commands: readonly ({ readonly entry: Uint8Array } & Taken)[],
): Promise<void> {
  const rotates = commands.some((command) => command.rotates);
  const news = commands.map(({ entry, records = [] }) => ({ id: Buffer.from(idOf(entry), 'hex'), entry, records }));
  await sequenced.until(await journal.calls.call('logCommands', { commands: news, rotates }));
}

function assertTaken(answer: { readonly kind: 'accepted' | 'already' } | Refused): void {
  if (answer.kind === 'refused') throw refusalError(answer);
}

function idOf(entry: Uint8Array): string {
  return hex(commandId(commandInEntry(entry) ?? entry, sha256));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
