// SPDX-License-Identifier: Apache-2.0
/** Makes exports for tests from the plain pieces: honest ones, and those of a dishonest gateway. Parts can be changed afterwards by whoever likes. */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { encodeCbor } from '../../codec/cbor.ts';
import { ed25519PublicKey, ed25519Sign, signTyped } from '../../crypto/ed25519.ts';
import { sha256 } from '../../crypto/sha256.ts';
import { signCheckpoint } from '../../log/checkpoint.ts';
import { formatVerifierKey, verifierKey } from '../../log/note.ts';
import { leafHash } from '../../merkle/hash.ts';
import { MemoryTree } from '../../merkle/memory-tree.ts';
import { encodeHeader } from '../../record/header.ts';
import { batchLeafHash } from '../../record/leaf.ts';
import { encodeLeafZero, type LeafZero } from '../../record/leaf-zero.ts';
import { encodeReading, type RecordReading } from '../../record/reading-codec.ts';
import { steadyReadings } from '../../record/testing/readings.ts';
import { type CsvForm, csvWriter } from '../csv.ts';
import { EXPORT_FIRST_LINE, type ExportBatch, type ExportPart, encodeExportPart } from '../export-proof.ts';
import { gatewayKeyBytes } from '../proof-file.ts';
import { correctionMaker, type MadeCorrection, type MadeWithdrawal, withdrawalMaker } from './correction-maker.ts';

export interface MadeExport {
  readonly csv: string;
  readonly parts: readonly ExportPart[];
}

const NAME = 'lamplight/vitals/gw-1';
const START_MS = 1_795_000_000_000;
const IN_A_BATCH = 6;
const logKey = generateKeyPairSync('ed25519').privateKey;
const gatewayKey = generateKeyPairSync('ed25519').privateKey;

export const exportVkey = formatVerifierKey(verifierKey(NAME, ed25519PublicKey(logKey), sha256));

/** Text of a proof file with these parts. */
export function proofText(parts: readonly ExportPart[]): string {
  return `${[EXPORT_FIRST_LINE, ...parts.map(encodeExportPart)].join('\n')}\n`;
}

/** Two batches of six readings; of the first all, of the second those at even places are exported. */
export function makeExport(
  form: CsvForm,
  lies: { reading?: Partial<RecordReading>; leafZero?: Partial<LeafZero>; header?: Uint8Array } = {},
  corrections: readonly (MadeCorrection | MadeWithdrawal)[] = [],
): MadeExport {
  const readings = steadyReadings(2 * IN_A_BATCH, 'wear-1', START_MS).with(3, {
    ...steadyReadings(4, 'wear-1', START_MS)[3]!,
    ...lies.reading,
  });
  const first = sealed(0, readings.slice(0, IN_A_BATCH), () => true, lies);
  const second = sealed(1, readings.slice(IN_A_BATCH), (i) => i % 2 === 0, {});
  const batches = [first, second].map((b) => encodeCbor([1, sha256(b.batch.signedPart)]));
  const entries = [encodeCbor([3, 0]), ...batches, ...corrections.map(({ entry }) => entry)];
  const log = new MemoryTree(
    sha256,
    entries.map((entry) => leafHash(sha256, entry)),
  );
  const signer = {
    key: verifierKey(NAME, ed25519PublicKey(logKey), sha256),
    sign: (message: Uint8Array) => ed25519Sign(message, logKey),
  };
  const publicKey = ed25519PublicKey(gatewayKey);
  const head = {
    form,
    gateway: 'gw-1',
    gatewayKey: publicKey,
    endorsement: signTyped('gateway-key', gatewayKeyBytes('gw-1', publicKey), logKey),
    checkpoint: signCheckpoint({ origin: NAME, size: entries.length, root: log.root() }, signer),
  };
  const writer = csvWriter(form);
  const row = (reading: RecordReading) => writer.row(reading, BOOT, reasonOver(corrections, reading));
  const csv = writer.head() + [first, second].flatMap(({ shown }) => shown.map(row)).join('');
  const correctionParts = corrections.map(({ entry, opening }, i): ExportPart => {
    const logIndex = 1 + batches.length + i;
    return { kind: 'correction', correction: { logIndex, logPath: log.inclusionProof(logIndex), entry, opening } };
  });
  const batchParts = [first, second].flatMap(({ batch, rows }, i): ExportPart[] => [
    { kind: 'batch', batch: { ...batch, logIndex: i + 1, logPath: log.inclusionProof(i + 1) } },
    ...rows,
  ]);
  const csvSha256 = createHash('sha256').update(csv).digest();
  const end = { rows: first.shown.length + second.shown.length, csvSha256 };
  return { csv, parts: [{ kind: 'head', head }, ...correctionParts, ...batchParts, { kind: 'end', end }] };
}

/** A correction of the readings from `first` to `last` (positions), as the gateway puts it into the log; or as `key` signs it. */
export function makeCorrection(
  [first, last]: readonly [number, number],
  reason: MadeCorrection['reason'],
  change: { vital?: string; key?: KeyObject } = {},
): MadeCorrection {
  const [from, to] = [first, last].map((at) => steadyReadings(at + 1, 'wear-1', START_MS)[at]!.correctedMs);
  const vital = change.vital === undefined ? {} : { vital: change.vital };
  return correctionMaker(gatewayKey)({ fromMs: from!, toMs: to!, ...vital }, reason, change.key);
}

/** As the gateway takes it back. */
export const makeWithdrawal = withdrawalMaker(gatewayKey);

const BOOT = { id: '00000000000000b0', wallMs: START_MS, timeTrust: 1 as const };

/** Said plainly, for the verifier to be held against. */
function reasonOver(
  made: readonly (MadeCorrection | MadeWithdrawal)[],
  { vital, correctedMs }: RecordReading,
): string | undefined {
  const gone = new Set(made.map((one) => ('withdraws' in one ? one.withdraws : undefined)));
  let reason: string | undefined;
  for (const one of made) {
    if ('withdraws' in one || gone.has(one)) continue;
    const { details } = one;
    const isOfVital = details.vital === undefined || details.vital === vital;
    if (isOfVital && details.fromMs <= correctedMs && correctedMs <= details.toMs) reason = one.reason;
  }
  return reason;
}

function sealed(
  number: number,
  readings: readonly RecordReading[],
  isShown: (position: number) => boolean,
  lies: { leafZero?: Partial<LeafZero>; header?: Uint8Array },
) {
  const leafZero: LeafZero = {
    gateway: 'gw-1',
    runningNumber: number,
    previousHash: new Uint8Array(32),
    fromMs: START_MS,
    toMs: START_MS + 3_600_000,
    count: readings.length,
    devices: [{ handle: 'wear-1', badge: 'C', label: 'device not verified' }],
    boot: BOOT,
    gaps: [],
    ...lies.leafZero,
  };
  const items = [encodeLeafZero(leafZero), ...readings.map(encodeReading)];
  const leaves = items.map((bytes, leaf) => ({ leaf, bytes, salt: new Uint8Array(16).fill(16 * number + leaf) }));
  const hashes = leaves.map(({ leaf, bytes, salt }) => batchLeafHash(sha256, salt, leaf, bytes));
  const root = new MemoryTree(sha256, hashes).root();
  const streamTag = new Uint8Array(16).fill(7);
  const header = lies.header ?? encodeHeader({ version: 2, algorithm: 1, streamTag, epoch: 2, number, root });
  const signedPart = encodeCbor([header, sha256(new Uint8Array(8))]);
  const batch: Omit<ExportBatch, 'logIndex' | 'logPath'> = {
    signedPart,
    signature: signTyped('batch', signedPart, gatewayKey),
    leafZero: leaves[0]!,
    hidden: readings.flatMap((_, i) => (isShown(i) ? [] : [hashes[i + 1]!])),
  };
  const rows = leaves.slice(1).filter((_, i) => isShown(i));
  return {
    batch,
    rows: rows.map((row): ExportPart => ({ kind: 'row', row })),
    shown: readings.filter((_, i) => isShown(i)),
  };
}
