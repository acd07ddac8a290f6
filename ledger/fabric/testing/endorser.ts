// SPDX-License-Identifier: Apache-2.0
/** The endorsing half of a peer: runs a proposal on the chaincode of its organisation and signs what came out. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { peer } from '@hyperledger/fabric-protos';
import type { ChaincodeLink, ChaincodeResult } from './chaincode-link.ts';
import { ChaincodeRequests } from './chaincode-requests.ts';
import type { Ledger } from './ledger.ts';
import { signLowS } from './low-s.ts';
import { type Membership, serializedIdentity } from './membership.ts';
import { type Proposal, proposalHash, proposalRefusal } from './proposal.ts';
import { encodeReadWriteSet, type ReadWriteSet } from './read-write-set.ts';
import { type PrivateValues, Simulation } from './simulation.ts';
import type { Credential } from './x509.ts';

export interface Endorsed {
  readonly kind: 'endorsed';
  readonly response: peer.Response;
  /** What all endorsers have to agree on. */
  readonly result: Uint8Array;
  readonly endorsement: peer.Endorsement;
  readonly set: ReadWriteSet;
}
export interface NotEndorsed {
  readonly kind: 'failed';
  readonly code: status;
  readonly message: string;
  /** Another peer may do better. */
  readonly retry: boolean;
}

export interface EndorserOptions {
  readonly mspId: string;
  readonly credential: Credential;
  readonly members: Membership;
  readonly ledger: Ledger;
  readonly link: ChaincodeLink;
  /** Hands private values to the peers that may hold them. */
  readonly distribute: (txId: string, values: PrivateValues) => void;
}

const CHAINCODE_VERSION = '1';
/** From here on a status of the chaincode means failure. */
const ERROR_STATUS = 400;

export class Endorser {
  readonly #options: EndorserOptions;
  readonly #key: KeyObject;
  readonly #identity: Uint8Array;

  constructor(options: EndorserOptions) {
    this.#options = options;
    this.#key = createPrivateKey(options.credential.privateKeyPem);
    this.#identity = serializedIdentity(options.mspId, options.credential.certificatePem);
  }

  async endorse(proposal: Proposal): Promise<Endorsed | NotEndorsed> {
    const { members, ledger, link, distribute } = this.#options;
    const refusal = proposalRefusal(proposal, members) ?? this.#duplicate(proposal);
    if (refusal) return { kind: 'failed', code: status.FAILED_PRECONDITION, message: refusal, retry: false };
    const simulation = new Simulation(ledger.state, ledger.privateValues);
    const requests = new ChaincodeRequests(simulation, (key) => ledger.history(key));
    let outcome: ChaincodeResult;
    try {
      outcome = await link.execute(proposal, requests);
    } catch (error) {
      // The link rejects with the words of a peer; they go to the client as they are.
      const words = error instanceof Error ? error.message : String(error);
      const message = `error in simulation: failed to execute transaction ${proposal.txId}: ${words}`;
      return { kind: 'failed', code: status.ABORTED, message, retry: true };
    }
    const { response, event } = outcome;
    if (response.getStatus() >= ERROR_STATUS) return refusedByChaincode(response);
    if (simulation.privateWrites.size > 0) distribute(proposal.txId, simulation.privateWrites);
    const set = simulation.finish();
    const result = resultOf(proposal, response, set, event);
    return { kind: 'endorsed', response, result, endorsement: this.#sign(result), set };
  }

  #duplicate({ txId, creator }: Proposal): string | undefined {
    if (!this.#options.ledger.has(txId)) return undefined;
    return `duplicate transaction found [${txId}]. Creator [${Buffer.from(creator).toString('hex')}]`;
  }

  #sign(result: Uint8Array): peer.Endorsement {
    const endorsement = new peer.Endorsement();
    endorsement.setEndorser(this.#identity);
    endorsement.setSignature(signLowS(Buffer.concat([result, this.#identity]), this.#key));
    return endorsement;
  }
}

function refusedByChaincode(response: peer.Response): NotEndorsed {
  const message = `chaincode response ${response.getStatus()}, ${response.getMessage()}`;
  return { kind: 'failed', code: status.UNKNOWN, message, retry: false };
}

function resultOf(
  proposal: Proposal,
  response: peer.Response,
  set: ReadWriteSet,
  event: peer.ChaincodeEvent | undefined,
): Uint8Array {
  const action = new peer.ChaincodeAction();
  action.setResults(encodeReadWriteSet(proposal.chaincode, set));
  if (event) {
    event.setChaincodeId(proposal.chaincode);
    event.setTxId(proposal.txId);
    action.setEvents(event.serializeBinary());
  }
  action.setResponse(response);
  const id = new peer.ChaincodeID();
  id.setName(proposal.chaincode);
  id.setVersion(CHAINCODE_VERSION);
  action.setChaincodeId(id);
  const payload = new peer.ProposalResponsePayload();
  payload.setProposalHash(proposalHash(proposal));
  payload.setExtension$(action.serializeBinary());
  return payload.serializeBinary();
}
