// SPDX-License-Identifier: Apache-2.0
/**
 * What a transaction read and wants to write, as endorsers sign it: plain values, and the bytes of Fabric's TxReadWriteSet. The public
 * keys of the chaincode are one space, each private collection is another, in which hashes stand for keys and values.
 */
import { ledger } from '@hyperledger/fabric-protos';

const { rwset } = ledger;
const { kvrwset } = rwset;

/** Where a value was written: Fabric compares these to see whether a read is still true. */
export interface Version {
  readonly block: number;
  readonly tx: number;
}
export interface Read {
  readonly key: string;
  /** Absent: there was no such key. */
  readonly version?: Version | undefined;
}
export interface Range {
  readonly start: string;
  readonly end: string;
  readonly exhausted: boolean;
  readonly reads: readonly Read[];
}
export interface Write {
  readonly key: string;
  /** Absent: the key is deleted. */
  readonly value?: Uint8Array | undefined;
  readonly purge?: boolean;
}
export interface MetadataWrite {
  readonly key: string;
  readonly entries: ReadonlyMap<string, Uint8Array>;
}
export interface SpaceSet {
  readonly reads: readonly Read[];
  readonly ranges: readonly Range[];
  readonly writes: readonly Write[];
  readonly metadata: readonly MetadataWrite[];
}
/** By the name of the space; keys and values of a collection are in hex of their SHA-256, and SHA-256. */
export type ReadWriteSet = ReadonlyMap<string, SpaceSet>;

/** The space of public keys. */
export const PUBLIC = '';

export function encodeReadWriteSet(chaincode: string, set: ReadWriteSet): Uint8Array {
  const whole = new rwset.TxReadWriteSet();
  const space = new rwset.NsReadWriteSet();
  space.setNamespace(chaincode);
  for (const [name, part] of set) {
    if (name === PUBLIC) space.setRwset(encodePublic(part));
    else {
      const collection = space.addCollectionHashedRwset();
      collection.setCollectionName(name);
      collection.setHashedRwset(encodeHashed(part));
    }
  }
  whole.addNsRwset(space);
  return whole.serializeBinary();
}

export function decodeReadWriteSet(bytes: Uint8Array): ReadWriteSet {
  const [space] = rwset.TxReadWriteSet.deserializeBinary(bytes).getNsRwsetList();
  const set = new Map<string, SpaceSet>();
  if (!space) return set;
  set.set(PUBLIC, decodePublic(space.getRwset_asU8()));
  for (const collection of space.getCollectionHashedRwsetList())
    set.set(collection.getCollectionName(), decodeHashed(collection.getHashedRwset_asU8()));
  return set;
}

function encodePublic({ reads, ranges, writes, metadata }: SpaceSet): Uint8Array {
  const set = new kvrwset.KVRWSet();
  set.setReadsList(reads.map(encodeRead));
  for (const { start, end, exhausted, reads: seen } of ranges) {
    const range = set.addRangeQueriesInfo();
    range.setStartKey(start);
    range.setEndKey(end);
    range.setItrExhausted(exhausted);
    const raw = new kvrwset.QueryReads();
    raw.setKvReadsList(seen.map(encodeRead));
    range.setRawReads(raw);
  }
  for (const { key, value } of writes) {
    const write = set.addWrites();
    write.setKey(key);
    write.setIsDelete(value === undefined);
    if (value) write.setValue(value);
  }
  for (const { key, entries } of metadata) {
    const write = set.addMetadataWrites();
    write.setKey(key);
    write.setEntriesList(encodeEntries(entries));
  }
  return set.serializeBinary();
}

function decodePublic(bytes: Uint8Array): SpaceSet {
  const set = kvrwset.KVRWSet.deserializeBinary(bytes);
  return {
    reads: set.getReadsList().map(decodeRead),
    ranges: set.getRangeQueriesInfoList().map((range) => ({
      start: range.getStartKey(),
      end: range.getEndKey(),
      exhausted: range.getItrExhausted(),
      reads: range.getRawReads()?.getKvReadsList().map(decodeRead) ?? [],
    })),
    writes: set.getWritesList().map((write) => ({
      key: write.getKey(),
      value: write.getIsDelete() ? undefined : write.getValue_asU8(),
    })),
    metadata: set.getMetadataWritesList().map((write) => ({
      key: write.getKey(),
      entries: decodeEntries(write.getEntriesList()),
    })),
  };
}

function encodeHashed({ reads, writes, metadata }: SpaceSet): Uint8Array {
  const set = new kvrwset.HashedRWSet();
  for (const { key, version } of reads) {
    const read = set.addHashedReads();
    read.setKeyHash(Buffer.from(key, 'hex'));
    if (version) read.setVersion(encodeVersion(version));
  }
  for (const { key, value, purge = false } of writes) {
    const write = set.addHashedWrites();
    write.setKeyHash(Buffer.from(key, 'hex'));
    write.setIsDelete(value === undefined);
    write.setIsPurge(purge);
    if (value) write.setValueHash(value);
  }
  for (const { key, entries } of metadata) {
    const write = set.addMetadataWrites();
    write.setKeyHash(Buffer.from(key, 'hex'));
    write.setEntriesList(encodeEntries(entries));
  }
  return set.serializeBinary();
}

function decodeHashed(bytes: Uint8Array): SpaceSet {
  const set = kvrwset.HashedRWSet.deserializeBinary(bytes);
  const keyOf = (part: { getKeyHash_asU8(): Uint8Array }) => Buffer.from(part.getKeyHash_asU8()).toString('hex');
  return {
    reads: set.getHashedReadsList().map((read) => ({ key: keyOf(read), version: decodeVersion(read.getVersion()) })),
    ranges: [],
    writes: set.getHashedWritesList().map((write) => ({
      key: keyOf(write),
      value: write.getIsDelete() ? undefined : write.getValueHash_asU8(),
      purge: write.getIsPurge(),
    })),
    metadata: set.getMetadataWritesList().map((write) => ({
      key: keyOf(write),
      entries: decodeEntries(write.getEntriesList()),
    })),
  };
}

type KvRead = InstanceType<typeof kvrwset.KVRead>;
type KvVersion = InstanceType<typeof kvrwset.Version>;
type KvEntry = InstanceType<typeof kvrwset.KVMetadataEntry>;

function encodeRead({ key, version }: Read): KvRead {
  const read = new kvrwset.KVRead();
  read.setKey(key);
  if (version) read.setVersion(encodeVersion(version));
  return read;
}

function decodeRead(read: KvRead): Read {
  return { key: read.getKey(), version: decodeVersion(read.getVersion()) };
}

function encodeVersion({ block, tx }: Version): KvVersion {
  const version = new kvrwset.Version();
  version.setBlockNum(block);
  version.setTxNum(tx);
  return version;
}

function decodeVersion(version: KvVersion | undefined): Version | undefined {
  return version && { block: version.getBlockNum(), tx: version.getTxNum() };
}

function encodeEntries(entries: ReadonlyMap<string, Uint8Array>): KvEntry[] {
  return [...entries].map(([name, value]) => {
    const entry = new kvrwset.KVMetadataEntry();
    entry.setName(name);
    entry.setValue(value);
    return entry;
  });
}

function decodeEntries(entries: readonly KvEntry[]): Map<string, Uint8Array> {
  return new Map(entries.map((entry) => [entry.getName(), entry.getValue_asU8()]));
}
