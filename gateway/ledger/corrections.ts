// SPDX-License-Identifier: Apache-2.0
/** What people say of readings that stand in the record: who, why and which lies sealed in the side store, the ledger gets a reason and a commitment. */
import { ContractError, type DetailsOf, type ReadResult } from '../../ledger/index.ts';
import type { Correction, Request } from '../messages.ts';
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
  await ledger.submit({ type: 'recordCorrection', reason, details }, { records });
}

/** Of one stay, the newest first. A correction whose details were erased says of nothing any more, and is left out. */
export async function correctionsOf(ledger: LocalLedger, stay: string): Promise<Correction[]> {
  const found: Correction[] = [];
  let after: string | undefined;
  do {
    const page = await ledger.read('listCorrections', { org: ledger.org, ...(after !== undefined && { after }) });
    for (const held of page.corrections) {
      const details = await detailsOf(ledger, held);
      if (details && hex(details.stay) === stay) found.push(viewOf(held, details));
    }
    after = page.next;
  } while (after !== undefined);
  return found.sort((a, b) => b.atMs - a.atMs);
}

function viewOf({ command, reason, at }: Held, { fromMs, toMs, vital, by, why }: DetailsOf<'correction'>): Correction {
  return { correction: hex(command), fromMs, toMs, vital: vital ?? null, reason, by, why, atMs: at };
}

async function detailsOf(ledger: LocalLedger, { details }: Held): Promise<DetailsOf<'correction'> | undefined> {
  try {
    const opened = await ledger.details().store.open(details);
    return opened.kind === 'correction' ? opened : undefined;
  } catch (error) {
    if (error instanceof ContractError && error.code === 'SIDE_RECORD_MISSING') return undefined;
    throw error;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
