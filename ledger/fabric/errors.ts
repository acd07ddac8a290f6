// SPDX-License-Identifier: Apache-2.0
/** What can go wrong on the way to a Fabric channel. What its contract refuses has the codes of ledger/contract/errors.ts. */
import { CodedError, type ErrorEntry } from '../errors.ts';

export const FABRIC_ERRORS = {
  FABRIC_CONNECTION_INVALID: {
    class: 'permanent',
    message: 'The connection file for Fabric is not of the published form.',
    advice: 'Ask the administrator of the organisation for a new one; docs/ledger.md lists its fields.',
  },
  FABRIC_UNREACHABLE: {
    class: 'transient',
    message: 'No peer of the channel answers.',
    advice: 'Check the network, and with the operator the peer that the connection file names.',
  },
  FABRIC_STORE_UNUSABLE: {
    class: 'permanent',
    message: 'The file of commands under way to Fabric cannot be used.',
    advice:
      'Stop the other process that has it open, or run the version that wrote it until nothing waits. A damaged file: restore the newest backup.',
  },
  FABRIC_OUTBOX_FULL: {
    class: 'transient',
    message: 'Too many commands wait for Fabric.',
    advice: 'Check the network and the peers; doctor and the metrics say since when nothing has been accepted.',
  },
  FABRIC_CLOSED: {
    class: 'ambiguous',
    message: 'The ledger was closed before the answer was known.',
    advice: 'Nothing to do: the command is on disk and goes on after the next start.',
  },
  FABRIC_UNDECIDED: {
    class: 'ambiguous',
    message: 'The channel has not decided about the command yet.',
    advice: 'Nothing to do: the command is on disk and is looked after until it is decided.',
  },
  FABRIC_TRANSACTION_INVALID: {
    class: 'permanent',
    message: 'The channel does not accept the transaction of this command, whatever the contract says.',
    advice: 'The endorsement policy and the identities of the channel do not fit. Ask the operator of the network.',
  },
  FABRIC_ANSWER_MALFORMED: {
    class: 'permanent',
    message: 'The chaincode answered with bytes that are not of the published form.',
    advice: 'The chaincode on the peer is of another version than this program. Bring both to the same version.',
  },
  FABRIC_PROGRAMS_MISSING: {
    class: 'permanent',
    message: "Fabric's programs are not here.",
    advice:
      'Put the programs of the official release 2.5.16 into a folder and name it in FABRIC_BIN, or start Docker; docs/fabric.md says more.',
  },
  FABRIC_PROGRAMS_NO_BFT: {
    class: 'permanent',
    message: 'These programs of Fabric make no channel with SmartBFT orderers.',
    advice:
      'Name a folder with the programs of release 3.1.5 in FABRIC_BIN, or leave --orderers bft out: release 2.5 has raft orderers only.',
  },
  FABRIC_PROGRAM_FAILED: {
    class: 'permanent',
    message: "One of Fabric's programs failed.",
    advice: 'Read what it said, and the files in the folder "log" of the network.',
  },
  FABRIC_NOT_READY: {
    class: 'transient',
    message: 'A part of the Fabric network did not come up in time.',
    advice: 'Read its file in the folder "log" of the network; most often another program has its port.',
  },
  FABRIC_FOLDER_FOREIGN: {
    class: 'permanent',
    message: 'The folder for the Fabric network holds something else.',
    advice: 'Name an empty folder, or one of a network that "npm run fabric:up" made, with --dir.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type FabricErrorCode = keyof typeof FABRIC_ERRORS;

export class FabricError extends CodedError<FabricErrorCode> {
  constructor(code: FabricErrorCode, detail?: string, options?: ErrorOptions) {
    super(FABRIC_ERRORS, code, detail, options);
    this.name = 'FabricError';
  }
}
