// SPDX-License-Identifier: Apache-2.0
/** A peer in memory, for the tests of the chaincode: transactions one after another, certificates real, versions and policies not. */
import { createHash } from 'node:crypto';
import { bytesToHex } from '../../../codec/hex.ts';
import type { Caller } from '../../../contract/apply.ts';
import { type Authority, createAuthority, issue } from '../../testing/x509.ts';
import type { Chaincode, Response } from '../chaincode.ts';
import type { Stub } from '../stub.ts';

const EMPTY = new Uint8Array();

export interface Invocation {
  readonly args: readonly Uint8Array[];
  readonly caller: Caller;
  readonly transient?: ReadonlyMap<string, Uint8Array>;
}
/** What a transaction did. */
export interface Outcome extends Response {
  readonly event?: { readonly name: string; readonly payload: Uint8Array };
  /** Keys that got an endorsement policy of their own. */
  readonly policies: ReadonlyMap<string, Uint8Array>;
}

export class MemoryPeer {
  readonly values = new Map<string, Uint8Array>();
  readonly sealed = new Map<string, Uint8Array>();
  readonly #chaincode: Chaincode;
  readonly #nowMs: () => number;
  readonly #authority: Authority;
  readonly #certificates = new Map<string, Uint8Array>();

  constructor(chaincode: Chaincode, nowMs: () => number) {
    this.#chaincode = chaincode;
    this.#nowMs = nowMs;
    this.#authority = createAuthority('ca.example', nowMs());
  }

  /** Runs a transaction and commits what it wrote, unless it ended in an error. */
  async invoke(invocation: Invocation): Promise<Outcome> {
    const stub = new MemoryStub(this, invocation, this.#certificate(invocation.caller), this.#nowMs());
    const response = await this.#chaincode.Invoke(stub);
    if (response.status === 200) {
      for (const [key, value] of stub.writes) this.values.set(key, value);
      for (const [key, value] of stub.sealedWrites) value ? this.sealed.set(key, value) : this.sealed.delete(key);
    }
    return { ...response, policies: stub.policies, ...(stub.event && { event: stub.event }) };
  }

  #certificate({ role, device }: Caller): Uint8Array {
    const name = device ? bytesToHex(device) : role;
    const attributes = { role, ...(device && { deviceId: name }) };
    const known = this.#certificates.get(name);
    if (known) return known;
    const { certificatePem } = issue(this.#authority, { commonName: name, unit: 'client', attributes }, this.#nowMs());
    const bytes = Buffer.from(certificatePem);
    this.#certificates.set(name, bytes);
    return bytes;
  }
}

/** One transaction. As on Fabric, it reads what is committed, not what it has written itself. */
class MemoryStub implements Stub {
  readonly writes = new Map<string, Uint8Array>();
  readonly sealedWrites = new Map<string, Uint8Array | undefined>();
  readonly policies = new Map<string, Uint8Array>();
  event: Outcome['event'];
  readonly #peer: MemoryPeer;
  readonly #invocation: Invocation;
  readonly #certificate: Uint8Array;
  readonly #nowMs: number;

  constructor(peer: MemoryPeer, invocation: Invocation, certificate: Uint8Array, nowMs: number) {
    this.#peer = peer;
    this.#invocation = invocation;
    this.#certificate = certificate;
    this.#nowMs = nowMs;
  }

  getBufferArgs = () => this.#invocation.args;
  getTransient = () => this.#invocation.transient ?? new Map<string, Uint8Array>();
  getCreator = () => ({ mspid: this.#invocation.caller.org, idBytes: this.#certificate });
  getChannelID = () => 'vitals';
  getTxID = () => 'a transaction';
  getDateTimestamp = () => new Date(this.#nowMs);
  getState = async (key: string) => this.#peer.values.get(key) ?? EMPTY;
  async putState(key: string, value: Uint8Array): Promise<void> {
    this.writes.set(key, value);
  }
  async setStateValidationParameter(key: string, policy: Uint8Array): Promise<void> {
    this.policies.set(key, policy);
  }
  async *getStateByRange(start: string, end: string) {
    for (const [key, value] of [...this.#peer.values].sort(([a], [b]) => (a < b ? -1 : 1)))
      if (start <= key && key < end) yield { key, value };
  }
  getPrivateData = async (_collection: string, key: string) => this.#peer.sealed.get(key) ?? EMPTY;
  async getPrivateDataHash(_collection: string, key: string): Promise<Uint8Array> {
    const value = this.#peer.sealed.get(key);
    return value ? createHash('sha256').update(value).digest() : EMPTY;
  }
  async putPrivateData(_collection: string, key: string, value: Uint8Array): Promise<void> {
    this.sealedWrites.set(key, value);
  }
  async purgePrivateData(_collection: string, key: string): Promise<void> {
    this.sealedWrites.set(key, undefined);
  }
  setEvent(name: string, payload: Uint8Array): void {
    this.event = { name, payload };
  }
}
