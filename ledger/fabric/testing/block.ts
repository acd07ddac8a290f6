// SPDX-License-Identifier: Apache-2.0
/** Blocks, whole as Fabric hashes and chains them, and filtered. */
import { common, peer } from '@hyperledger/fabric-protos';
import { integer, octets, sequence } from './der.ts';
import { hashOf } from './simulation.ts';
import type { Transaction } from './transaction.ts';
import type { ValidationCode } from './validation.ts';

/** As the orderer cut it. */
export interface OrderedBlock {
  readonly number: number;
  readonly entries: readonly OrderedEntry[];
}
export interface OrderedEntry {
  readonly envelope: common.Envelope;
  /** A test wants that somebody else wrote first what this transaction read. */
  readonly hasRival: boolean;
}

/** As a peer committed it. */
export interface CommittedBlock {
  readonly number: number;
  readonly transactions: readonly CommittedTransaction[];
  readonly whole: common.Block;
}
export interface CommittedTransaction extends Pick<Transaction, 'txId' | 'event'> {
  readonly code: ValidationCode;
}

export function wholeBlock(
  { number, entries }: OrderedBlock,
  codes: readonly ValidationCode[],
  previous: common.BlockHeader | undefined,
): common.Block {
  const envelopes = entries.map(({ envelope }) => envelope.serializeBinary());
  const header = new common.BlockHeader();
  header.setNumber(number);
  if (previous) header.setPreviousHash(blockHash(previous));
  header.setDataHash(hashOf(Buffer.concat(envelopes)));
  const data = new common.BlockData();
  data.setDataList(envelopes);
  const metadata = new common.BlockMetadata();
  const fields = Array.from({ length: 5 }, () => new Uint8Array());
  fields[common.BlockMetadataIndex.TRANSACTIONS_FILTER] = Uint8Array.from(codes);
  metadata.setMetadataList(fields);
  const block = new common.Block();
  block.setHeader(header);
  block.setData(data);
  block.setMetadata(metadata);
  return block;
}

/** Without contents: ids, codes, and events without payload. */
export function filteredBlock(channel: string, { number, transactions }: CommittedBlock): peer.FilteredBlock {
  const block = new peer.FilteredBlock();
  block.setChannelId(channel);
  block.setNumber(number);
  for (const { txId, code, event } of transactions) {
    const filtered = block.addFilteredTransactions();
    filtered.setTxid(txId);
    filtered.setType(common.HeaderType.ENDORSER_TRANSACTION);
    filtered.setTxValidationCode(code);
    if (!event) continue;
    const bare = peer.ChaincodeEvent.deserializeBinary(event.serializeBinary());
    bare.setPayload('');
    const action = new peer.FilteredChaincodeAction();
    action.setChaincodeEvent(bare);
    const actions = new peer.FilteredTransactionActions();
    actions.addChaincodeActions(action);
    filtered.setTransactionActions(actions);
  }
  return block;
}

/** The hash of a block is that of its header, in ASN.1. */
export function blockHash(header: common.BlockHeader): Uint8Array {
  const number = Buffer.from(header.getNumber().toString(16).padStart(12, '0'), 'hex');
  return hashOf(sequence(integer(number), octets(header.getPreviousHash_asU8()), octets(header.getDataHash_asU8())));
}
