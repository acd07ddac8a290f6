// SPDX-License-Identifier: Apache-2.0
/** The door of the gateway floor: what the nurse station may use beside the messages. */
export { readPassphrase } from './command.ts';
export { loadConfig } from './config.ts';
export { dataPaths } from './data-directory.ts';
export { CARE_TEAM_ID, type Identity, readIdentity } from './identity.ts';
export { openKeyStore } from './key-store.ts';
export { messageBody } from './message-body.ts';
export { proofOfReading, saidOfReading } from './proof-of-reading.ts';
export { logWith } from './said-in-log.ts';
export { openSeries, seriesOptions } from './series/open-series.ts';
export { RecordReader } from './series/record-reader.ts';
export { serveCalls, startWorker, WorkerCallError, WorkerCalls } from './worker-calls.ts';
