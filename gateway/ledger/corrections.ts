// SPDX-License-Identifier: Apache-2.0
/** What people say of readings that stand in the record: who, why and which lies sealed in the side store, the ledger gets a reason and a commitment. */
import { ContractError, type DetailsOf, openDetails, type ReadResult, sha256 } from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { ProvableCorrection, Request } from '../messages.ts';
import type { LocalLedger } from './local-ledger.ts';

type Correct = Extract<Request, { command: 'correct' }>;
type Withdraw = Extract<Request, { command: 'withdraw-correction' }>;
type Held = ReadResult<'listCorrections'>['corrections'][number];

/** Rejects as LocalLedger.submit does. */
export async function recordCorrection(
  ledger: LocalLedger,
  { stay, by, fromMs, toMs, vital, reason, why }: Correct,
): Promise<void> {
  const { store, records } = ledger.details();
  const range = { stay: Buffer.from(stay, 'hex'), fromMs, toMs };
  const details = await store.put({ kind: 'correction', by, ...range, ...(vital && { vital }), why });
  const again = JSON.stringify(['correct', stay, by, fromMs, toMs, vital, reason, why]);
  await ledger.submit({ type: 'recordCorrection', reason, details }, { records, again });
}

/** Gives the stay. Rejects with CORRECTION_UNKNOWN if there is none of this id, of this stay if one is named; else as LocalLedger.submit does. */
export async function withdrawCorrection(
  ledger: LocalLedger,
  { correction, stay, by, why }: Withdraw,
): Promise<string> {
  for await (const held of heldBy(ledger)) {
    if (hex(held.command) !== correction) continue;
    const said = await shown(ledger, held, 'correction');
    const of = said && hex(said.details.stay);
    if (of === undefined || (stay !== undefined && of !== stay)) break;
    const { store, records } = ledger.details();
    const details = await store.put({ kind: 'withdrawal', by, why });
    const command = { type: 'withdrawCorrection', correction: held.command, details } as const;
    await ledger.submit(command, { records, again: `withdraw ${correction}` });
    return of;
  }
  throw new GatewayError('CORRECTION_UNKNOWN');
}

/** Of one stay, the newest first. A correction whose details were erased says of nothing any more, and is left out. */
export async function correctionsOf(ledger: LocalLedger, stay: string): Promise<ProvableCorrection[]> {
  const found: ProvableCorrection[] = [];
  for await (const held of heldBy(ledger)) {
    const correction = await opened(ledger, held, stay);
    if (correction) found.push(correction);
  }
  return found.sort((a, b) => b.atMs - a.atMs);
}

async function* heldBy(ledger: LocalLedger): AsyncGenerator<Held> {
  let after: string | undefined;
  do {
    const page = await ledger.read('listCorrections', { org: ledger.org, ...(after !== undefined && { after }) });
    yield* page.corrections;
    after = page.next;
  } while (after !== undefined);
}

async function opened(ledger: LocalLedger, held: Held, stay: string): Promise<ProvableCorrection | undefined> {
  const said = await shown(ledger, held, 'correction');
  if (!said || hex(said.details.stay) !== stay) return undefined;
  const { fromMs, toMs, vital = null, by, why } = said.details;
  const correction = {
    correction: hex(held.command),
    fromMs,
    toMs,
    vital,
    reason: held.reason,
    by,
    why,
    atMs: held.at,
  };
  if (!held.withdrawal) return { ...correction, withdrawn: null, entries: [said.entry] };
  const back = await shown(ledger, held.withdrawal, 'withdrawal');
  // It stands no longer, and nothing is left to show who said so.
  if (!back) return undefined;
  const withdrawn = { by: back.details.by, why: back.details.why, atMs: held.withdrawal.at };
  return { ...correction, withdrawn, entries: [said.entry, back.entry] };
}

interface Shown<K extends 'correction' | 'withdrawal'> {
  readonly details: DetailsOf<K>;
  readonly entry: ProvableCorrection['entries'][number];
}

/** The details behind a command, and its entry with what shows them to somebody else. Undefined if they were erased. */
async function shown<K extends 'correction' | 'withdrawal'>(
  ledger: LocalLedger,
  { command, details: commitment }: Pick<Held, 'command' | 'details'>,
  kind: K,
): Promise<Shown<K> | undefined> {
  const opening = await openingOf(ledger, commitment);
  const details = opening && openDetails(opening, commitment, sha256);
  if (details?.kind !== kind) return undefined;
  const entry = (await ledger.entryOf(command)) ?? null;
  return {
    details: details as DetailsOf<K>,
    entry: { entry, opening: Buffer.from(opening ?? []).toString('base64') },
  };
}

async function openingOf(ledger: LocalLedger, commitment: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await ledger.details().store.opening(commitment);
  } catch (error) {
    if (error instanceof ContractError && error.code === 'SIDE_RECORD_MISSING') return undefined;
    throw error;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
