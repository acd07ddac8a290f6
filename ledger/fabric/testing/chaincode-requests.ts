// SPDX-License-Identifier: Apache-2.0
/** Answers to what a chaincode asks of its peer while it runs one transaction. */
import { type common, ledger, peer } from '@hyperledger/fabric-protos';
import type { Read } from './read-write-set.ts';
import type { Simulation } from './simulation.ts';

const { Type } = peer.ChaincodeMessage;
const { queryresult } = ledger;

/** A peer hands out results of queries in packs of so many. */
const RESULTS_MAX = 100;

/** A committed change of a key. */
export interface Change {
  readonly txId: string;
  /** Empty: deleted. */
  readonly value: Uint8Array;
  readonly time: ReturnType<common.ChannelHeader['getTimestamp']>;
}
/** Newest first. */
export type History = (key: string) => readonly Change[];

interface Results {
  readonly items: readonly Uint8Array[];
  taken: number;
  /** Notes what was taken, once, when the chaincode has done with the query. */
  close(taken: number): void;
}

export class ChaincodeRequests {
  readonly #simulation: Simulation;
  readonly #history: History;
  readonly #queries = new Map<string, Results>();

  constructor(simulation: Simulation, history: History) {
    this.#simulation = simulation;
    this.#history = history;
  }

  /** The payload of the answer; what cannot be done throws an Error whose message the chaincode sees. */
  answer(type: number, payload: Uint8Array): Uint8Array {
    switch (type) {
      case Type.GET_STATE:
      case Type.GET_PRIVATE_DATA_HASH: {
        const request = peer.GetState.deserializeBinary(payload);
        const [collection, key] = [request.getCollection(), request.getKey()];
        return type === Type.GET_STATE
          ? this.#simulation.get(collection, key)
          : this.#simulation.getHash(collection, key);
      }
      case Type.GET_STATE_METADATA:
        return this.#metadata(peer.GetStateMetadata.deserializeBinary(payload));
      case Type.GET_STATE_BY_RANGE:
        return this.#range(peer.GetStateByRange.deserializeBinary(payload));
      case Type.GET_HISTORY_FOR_KEY:
        return this.#changes(peer.GetHistoryForKey.deserializeBinary(payload).getKey());
      case Type.QUERY_STATE_NEXT:
        return this.#next(peer.QueryStateNext.deserializeBinary(payload).getId());
      case Type.QUERY_STATE_CLOSE:
        return this.#close(peer.QueryStateClose.deserializeBinary(payload).getId());
      default:
        return this.#write(type, payload);
    }
  }

  /** Ends queries that the chaincode left open, so that what they read is in the set. */
  finish(): void {
    for (const id of [...this.#queries.keys()]) this.#close(id);
  }

  #write(type: number, payload: Uint8Array): Uint8Array {
    switch (type) {
      case Type.PUT_STATE: {
        const request = peer.PutState.deserializeBinary(payload);
        this.#simulation.put(request.getCollection(), request.getKey(), request.getValue_asU8());
        break;
      }
      case Type.DEL_STATE: {
        const request = peer.DelState.deserializeBinary(payload);
        this.#simulation.delete(request.getCollection(), request.getKey());
        break;
      }
      case Type.PURGE_PRIVATE_DATA: {
        const request = peer.PurgePrivateState.deserializeBinary(payload);
        this.#simulation.purge(request.getCollection(), request.getKey());
        break;
      }
      case Type.PUT_STATE_METADATA: {
        const request = peer.PutStateMetadata.deserializeBinary(payload);
        const entry = request.getMetadata();
        const [name, value] = [entry?.getMetakey() ?? '', entry?.getValue_asU8() ?? new Uint8Array()];
        this.#simulation.putMetadata(request.getCollection(), request.getKey(), name, value);
        break;
      }
      default:
        throw new Error(`the bench peer does not answer messages of type ${type}`);
    }
    return new Uint8Array();
  }

  #metadata(request: peer.GetStateMetadata): Uint8Array {
    const result = new peer.StateMetadataResult();
    for (const [name, value] of this.#simulation.getMetadata(request.getCollection(), request.getKey())) {
      const entry = result.addEntries();
      entry.setMetakey(name);
      entry.setValue(value);
    }
    return result.serializeBinary();
  }

  #range(request: peer.GetStateByRange): Uint8Array {
    if (request.getCollection() || request.getMetadata_asU8().length > 0)
      throw new Error('the bench peer has neither pages nor ranges of a collection');
    const [start, end] = [request.getStartkey(), request.getEndkey()];
    const found = this.#simulation.range(start, end);
    const close = (taken: number): void => {
      // A peer takes one more than it hands out, to know whether there is more.
      const reads: Read[] = found.slice(0, taken + 1).map(({ key, version }) => ({ key, version }));
      this.#simulation.noteRange({ start, end, exhausted: taken === found.length, reads });
    };
    const items = found.map(({ key, value }) => {
      const item = new queryresult.KV();
      item.setKey(key);
      item.setValue(value);
      return item.serializeBinary();
    });
    return this.#open({ items, taken: 0, close });
  }

  #changes(key: string): Uint8Array {
    const items = this.#history(key).map(({ txId, value, time }) => {
      const item = new queryresult.KeyModification();
      item.setTxId(txId);
      item.setValue(value);
      item.setIsDelete(value.length === 0);
      if (time) item.setTimestamp(time);
      return item.serializeBinary();
    });
    return this.#open({ items, taken: 0, close: () => undefined });
  }

  #open(results: Results): Uint8Array {
    const id = `query-${this.#queries.size}`;
    this.#queries.set(id, results);
    return this.#next(id);
  }

  #next(id: string): Uint8Array {
    const results = this.#queries.get(id);
    if (!results) throw new Error('query iterator not found');
    const pack = results.items.slice(results.taken, results.taken + RESULTS_MAX);
    results.taken += pack.length;
    const hasMore = results.taken < results.items.length;
    const response = new peer.QueryResponse();
    for (const item of pack) response.addResults().setResultbytes(item);
    response.setHasMore(hasMore);
    response.setId(id);
    if (!hasMore) this.#close(id);
    return response.serializeBinary();
  }

  #close(id: string): Uint8Array {
    const results = this.#queries.get(id);
    results?.close(results.taken);
    this.#queries.delete(id);
    const response = new peer.QueryResponse();
    response.setId(id);
    return response.serializeBinary();
  }
}
