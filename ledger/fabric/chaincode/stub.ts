// SPDX-License-Identifier: Apache-2.0
/** What the chaincode uses of fabric-shim's stub, which the tests have in memory. Absent keys are empty values. */
export interface Stub {
  /** The name of the function first. */
  getBufferArgs(): readonly Uint8Array[];
  getTransient(): ReadonlyMap<string, Uint8Array>;
  getCreator(): { readonly mspid: string; readonly idBytes: Uint8Array };
  getChannelID(): string;
  getTxID(): string;
  /** Set by the client. */
  getDateTimestamp(): Date;
  getState(key: string): Promise<Uint8Array>;
  putState(key: string, value: Uint8Array): Promise<void>;
  setStateValidationParameter(key: string, policy: Uint8Array): Promise<void>;
  /** From `start` up to, not including, `end`, in the order of keys. */
  getStateByRange(start: string, end: string): AsyncIterable<{ readonly key: string; readonly value: Uint8Array }>;
  getPrivateData(collection: string, key: string): Promise<Uint8Array>;
  getPrivateDataHash(collection: string, key: string): Promise<Uint8Array>;
  putPrivateData(collection: string, key: string, value: Uint8Array): Promise<void>;
  purgePrivateData(collection: string, key: string): Promise<void>;
  setEvent(name: string, payload: Uint8Array): void;
}
