// SPDX-License-Identifier: Apache-2.0
/** What people say of readings that stand in the record: who, why and which lies sealed in the side store, the ledger gets a reason and a commitment. */
import { ContractError, openDetails, type ReadResult, sha256 } from '../../ledger/index.ts';
import type { ProvableCorrection, Request } from '../messages.ts';
import type { LocalLedger } from './local-ledger.ts';

type Correct = Extract<Request, { command: 'correct' }>;
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

/** Of one stay, the newest first. A correction whose details were erased says of nothing any more, and is left out. */
export async function correctionsOf(ledger: LocalLedger, stay: string): Promise<ProvableCorrection[]> {
  const found: ProvableCorrection[] = [];
  let after: string | undefined;
  do {
    const page = await ledger.read('listCorrections', { org: ledger.org, ...(after !== undefined && { after }) });
    for (const held of page.corrections) {
      const correction = await opened(ledger, held, stay);
      if (correction) found.push(correction);
    }
    after = page.next;
  } while (after !== undefined);
  return found.sort((a, b) => b.atMs - a.atMs);
}

async function opened(ledger: LocalLedger, held: Held, stay: string): Promise<ProvableCorrection | undefined> {
  const opening = await openingOf(ledger, held);
  const details = opening && openDetails(opening, held.details, sha256);
  if (details?.kind !== 'correction' || hex(details.stay) !== stay) return undefined;
  const { fromMs, toMs, vital = null, by, why } = details;
  const said = { reason: held.reason, by, why, atMs: held.at };
  const entry = await ledger.entryOf(held.command);
  const proof = { entry: entry ?? null, opening: Buffer.from(opening ?? []).toString('base64') };
  return { correction: hex(held.command), fromMs, toMs, vital, ...said, ...proof };
}

async function openingOf(ledger: LocalLedger, { details }: Held): Promise<Uint8Array | undefined> {
  try {
    return await ledger.details().store.opening(details);
  } catch (error) {
    if (error instanceof ContractError && error.code === 'SIDE_RECORD_MISSING') return undefined;
    throw error;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
