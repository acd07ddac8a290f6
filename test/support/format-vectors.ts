// SPDX-License-Identifier: Apache-2.0
/** What the code writes for each example of docs/formats.md, as the document shows it: hex, or text. */
import { createHmac } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { ABSENT_REASONS, FLAG } from '../../devices/reading.ts';
import { encodeDf2 } from '../../devices/serial/nonin-df2.ts';
import { packGroup, unpackGroup } from '../../gateway/journal/group-codec.ts';
import { GroupStore } from '../../gateway/journal/group-store.ts';
import { openJournalDatabase } from '../../gateway/journal/journal-database.ts';
import { encodeMark } from '../../gateway/journal/mark-codec.ts';
import { encodeRows } from '../../gateway/journal/rows.ts';
import { topics } from '../../gateway/messages.ts';
import { pointOf } from '../../gateway/series/influx-series.ts';
import { decodeCbor, encodeCbor } from '../../ledger/codec/cbor.ts';
import { accessEntry } from '../../ledger/contract/access-entry.ts';
import { ed25519PublicKey, ed25519Sign, signTyped } from '../../ledger/crypto/ed25519.ts';
import { nodeCrypto } from '../../ledger/crypto/node.ts';
import { typedMessage } from '../../ledger/crypto/typed-message.ts';
import { xaesKey, xaesSeal } from '../../ledger/crypto/xaes.ts';
import { signCheckpoint } from '../../ledger/log/checkpoint.ts';
import { encodeFormat } from '../../ledger/log/format.ts';
import { formatVerifierKey, verifierKey } from '../../ledger/log/note.ts';
import { encodeFrames, SEGMENT_MAGIC, segmentPath } from '../../ledger/log/segment.ts';
import { encodeBundle, tilePath } from '../../ledger/log/tile.ts';
import { leafHash } from '../../ledger/merkle/hash.ts';
import { MemoryTree } from '../../ledger/merkle/memory-tree.ts';
import { openBatch } from '../../ledger/record/batch.ts';
import { DICTIONARY } from '../../ledger/record/dictionary.ts';
import { encodeEnvelope, signedPart } from '../../ledger/record/envelope.ts';
import { streamTag } from '../../ledger/record/epoch-key.ts';
import { encodeHeader } from '../../ledger/record/header.ts';
import { batchLeafHash } from '../../ledger/record/leaf.ts';
import { encodeGap, encodeLeafZero, GAP_EVIDENCE_CODES } from '../../ledger/record/leaf-zero.ts';
import { batchEntry, heartbeatEntry } from '../../ledger/record/log-entry.ts';
import { encodeReading } from '../../ledger/record/reading-codec.ts';
import { ABSENT_CODES, TIME_QUALITY_CODES } from '../../ledger/record/vital-codes.ts';
import { encodeProofFile, gatewayKeyBytes } from '../../ledger/verify/proof-file.ts';
import { correctedProof } from './corrected-proof.ts';
import * as x from './format-examples.ts';
import { ledgerVectors } from './ledger-vectors.ts';

export type Vectors = ReadonlyMap<string, string>;

/** Wraps have an ephemeral key of their own and cannot be made again: the test opens them. */
export const RANDOMISED = ['key-record', 'stay-key-wrap'] as const;
/** The log of the example: a heartbeat, the batch, a heartbeat. */
const LOG_INDEX = 1;
const { sha256 } = nodeCrypto;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const lines = (...items: string[]) => `${items.join('\n')}\n`;

/**
 * All vectors that can be made again. DEFLATE has many outputs for one input (zlib differs from machine to machine), so the
 * deflated columns and the deflated group are taken from the document, and everything above them is made from these.
 */
export function expectedVectors(documented: Vectors): Map<string, string> {
  const documentedBytes = (name: string) => Uint8Array.from(Buffer.from(documented.get(name) ?? '', 'hex'));
  const columns = documentedBytes('columns');
  return new Map([
    ...Object.entries({
      ...codes(),
      ...sensors(),
      ...recordParts(columns),
      ...journal(documentedBytes('journal-packed')),
      ...access(),
    }),
    ...Object.entries(log(columns)),
  ]);
}

function codes(): Record<string, string> {
  const table = (entries: Readonly<Record<string, number>>) =>
    lines(...Object.entries(entries).map(([name, code]) => `${code} ${name}`));
  return {
    'absent-reasons': table(Object.fromEntries(ABSENT_REASONS.map((reason) => [reason, ABSENT_CODES[reason]]))),
    'time-qualities': table(TIME_QUALITY_CODES),
    flags: table(FLAG),
    'gap-evidence': table(GAP_EVIDENCE_CODES),
  };
}

function sensors(): Record<string, string> {
  const topic = topics(x.GATEWAY);
  const { senml, ack, live, ward, request, response } = topic;
  return {
    senml: lines(x.SENML),
    'nonin-df2': hex(encodeDf2({ pulseRate: 200, spo2: 97, pleth: Array.from({ length: 25 }, (_, i) => 4 * i) })),
    topics: lines(senml('wear-1'), ack('wear-1'), live, ward, request, response('nurse-station')),
  };
}

/** The batch from its readings to its log entry, by the plain pieces. */
function batch(columns: Uint8Array) {
  const secret = x.fixedRandom('batch secret')(32);
  const items = [encodeLeafZero(x.leafZero), ...x.readings.map((reading) => encodeReading(reading))];
  const salts = items.map((_, i) =>
    createHmac('sha256', secret)
      .update(Uint8Array.of(0, 0, 0, i))
      .digest()
      .subarray(0, 16),
  );
  const tree = new MemoryTree(
    sha256,
    items.map((item, i) => batchLeafHash(sha256, salts[i]!, i, item)),
  );
  const body = encodeCbor([secret, columns]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const padding = new Uint8Array(x.PADDING_BYTES - ((4 + body.length) % x.PADDING_BYTES));
  const plaintext = Buffer.concat([length, body, padding]);
  const tag = streamTag(xaesKey(x.seed('stay key')), 'numeric', x.EPOCH);
  const header = encodeHeader({
    version: 2,
    algorithm: 1,
    streamTag: tag,
    epoch: x.EPOCH,
    number: x.BATCH_NUMBER,
    root: tree.root(),
  });
  const nonce = x.fixedRandom('batch nonce')(24);
  const ciphertext = xaesSeal(xaesKey(x.seed('epoch key')), nonce, plaintext, header);
  const signed = signedPart({ header, nonce, ciphertext });
  const signature = signTyped('batch', signed, x.gatewaySigning);
  return {
    items,
    salts,
    tree,
    plaintext,
    tag,
    header,
    signed,
    signature,
    envelope: { header, nonce, ciphertext, signature },
  };
}

function recordParts(columns: Uint8Array): Record<string, string> {
  const { items, salts, tree, plaintext, tag, header, signed, signature, envelope } = batch(columns);
  openBatch(plaintext, tree.root());
  return {
    'reading-value': hex(items[1]!),
    'reading-flagged': hex(items[2]!),
    'reading-absent': hex(items[3]!),
    'gap-missing': hex(encodeCbor(encodeGap(x.missingGap))),
    'gap-silence': hex(encodeCbor(encodeGap(x.silenceGap))),
    'leaf-zero': hex(items[0]!),
    'salt-1': hex(salts[1]!),
    'leaf-hash-1': hex(batchLeafHash(sha256, salts[1]!, 1, items[1]!)),
    'batch-root': hex(tree.root()),
    ...plainColumns(columns),
    columns: hex(columns),
    plaintext: hex(plaintext),
    'stream-tag': hex(tag),
    header: hex(header),
    'signed-part': hex(signed),
    'typed-message': hex(typedMessage('batch', signed)),
    'batch-signature': hex(signature),
    envelope: hex(encodeEnvelope(envelope)),
    'influx-point': influxPoint(tag, encodeEnvelope(envelope)),
    'log-entry-batch': hex(batchEntry(signed)),
    'log-entry-heartbeat': hex(heartbeatEntry(x.GATEWAY, x.START_MS)),
  };
}

/** The three parts of the columns, inflated. */
function plainColumns(columns: Uint8Array): Record<string, string> {
  const [words, mantissas, latencies] = decodeCbor(columns) as [Uint8Array, Uint8Array, Uint8Array];
  return {
    'columns-dictionary': hex(DICTIONARY),
    'columns-words': hex(inflateRawSync(words, { dictionary: DICTIONARY })),
    'columns-mantissas': hex(inflateRawSync(mantissas)),
    'columns-latencies': hex(inflateRawSync(latencies)),
  };
}

function influxPoint(tag: Uint8Array, envelope: Uint8Array): string {
  const place = { tag, epoch: x.EPOCH, epochStartMs: x.EPOCH * 86_400_000 };
  const point = pointOf({ ...place, number: x.BATCH_NUMBER, outbox: 2, envelope });
  const pairs = Object.entries({ ...point.tags, ...point.fields }).map(([name, value]) => `${name} ${value}`);
  return lines(point.measurement, ...pairs, point.timestamp);
}

function journal(packed: Uint8Array): Record<string, string> {
  using database = openJournalDatabase(':memory:');
  const random = x.fixedRandom('journal nonce');
  const rows = encodeRows([
    { kind: 'reading', stay: x.STAY, bytes: encodeReading(x.valueReading), raw: new TextEncoder().encode('{}') },
    { kind: 'gap', stay: x.STAY, boot: x.BOOT, gap: x.silenceGap },
  ]);
  const hole = { first: 4, last: 6, fromMs: x.START_MS - 2000, toMs: x.START_MS - 1000, reported: true };
  const mark = { device: 'wear-1', session: x.SESSION, high: 9, highMs: x.START_MS, floor: -1, holes: [hole] };
  const heard = { device: 'wear-1', lastMs: x.START_MS, reportedToMs: x.START_MS - 1000 };
  const content = { rows, marks: [mark], progress: [heard] };
  const groups = new GroupStore(database, xaesKey(x.seed('journal key')), random);
  groups.insert(7, 2, content, x.START_MS);
  unpackGroup(packed);
  const column = (sql: string) => database.prepare(sql).get()?.['it'] as Uint8Array;
  const nonce = column('SELECT nonce AS it FROM journal_group');
  const aad = new TextEncoder().encode('lamplight/journal-group/1/7/8');
  const plain = hex(inflateRawSync(packGroup(content)));
  return {
    'journal-rows': hex(rows),
    'sequence-mark': hex(encodeMark(mark)),
    'journal-plain': plain,
    'journal-packed': hex(inflateRawSync(packed)) === plain ? hex(packed) : hex(packGroup(content)),
    'journal-group': hex(xaesSeal(xaesKey(x.seed('journal nonce')), nonce, packed, aad)),
    'journal-day': hex(column('SELECT wrapped AS it FROM journal_day')),
  };
}

function access(): Record<string, string> {
  const who = { stay: x.STAY, by: 'nurse', purpose: 'trend', fromMs: x.START_MS - 60_000, toMs: x.START_MS };
  const salt = x.fixedRandom('access salt')(16);
  const { entry, opening, id } = accessEntry({ ...who, atMs: x.START_MS }, x.GATEWAY, x.gatewaySigning, salt);
  return { 'access-details': hex(opening), 'access-id': hex(id), 'log-entry-access': hex(entry) };
}

function log(columns: Uint8Array): Record<string, string> {
  const { items, salts, tree, signed, signature } = batch(columns);
  const entries = [
    heartbeatEntry(x.GATEWAY, x.START_MS),
    batchEntry(signed),
    heartbeatEntry(x.GATEWAY, x.START_MS + 900_000),
  ];
  const whole = new MemoryTree(
    sha256,
    entries.map((entry) => leafHash(sha256, entry)),
  );
  const key = verifierKey(x.LOG_NAME, ed25519PublicKey(x.logSigning), sha256);
  const checkpoint = signCheckpoint(
    { origin: key.name, size: entries.length, root: whole.root() },
    { key, sign: (message) => ed25519Sign(message, x.logSigning) },
  );
  const leaf = (i: number) => ({ bytes: items[i]!, salt: salts[i]!, path: tree.inclusionProof(i) });
  const endorsement = signTyped('gateway-key', gatewayKeyBytes(x.GATEWAY, x.gatewayKey), x.logSigning);
  const proof = {
    index: LOG_INDEX,
    logPath: whole.inclusionProof(LOG_INDEX),
    checkpoint,
    extra: {
      reading: leaf(1),
      leafIndex: 1,
      leafZero: leaf(0),
      signedPart: signed,
      signature,
      gateway: x.GATEWAY,
      gatewayKey: x.gatewayKey,
      endorsement,
      corrections: [],
    },
  };
  return {
    'verifier-key': lines(formatVerifierKey(key)),
    'log-format': new TextDecoder().decode(encodeFormat(key)),
    'log-paths': lines(
      segmentPath(70_000),
      tilePath(0, 0, 256),
      tilePath(0, 273, 112),
      tilePath(1, 0, 256),
      tilePath('entries', 1_234_067, 256),
    ),
    segment: hex(Buffer.concat([SEGMENT_MAGIC, encodeFrames([{ outbox: 2, entry: entries[LOG_INDEX]! }])])),
    'entry-bundle': hex(encodeBundle(entries)),
    checkpoint,
    'gateway-key': hex(gatewayKeyBytes(x.GATEWAY, x.gatewayKey)),
    'gateway-endorsement': hex(endorsement),
    'proof-file': encodeProofFile(proof),
    'proof-file-corrected': correctedProof(proof, entries, key, false),
    'proof-file-withdrawn': correctedProof(proof, entries, key, true),
    ...ledgerVectors(whole, checkpoint, formatVerifierKey(key)),
  };
}
