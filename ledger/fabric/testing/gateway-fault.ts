// SPDX-License-Identifier: Apache-2.0
/** A failure of the gateway service as it crosses the wire: code, words, and what each node said, in the trailer that clients read. */
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { gateway, google } from '@hyperledger/fabric-protos';

export interface NodeWords {
  readonly address: string;
  readonly mspId: string;
  readonly message: string;
}

export class GatewayFault extends Error {
  readonly code: status;
  readonly details: readonly NodeWords[];

  constructor(code: status, message: string, details: readonly NodeWords[] = []) {
    super(message);
    this.name = 'GatewayFault';
    this.code = code;
    this.details = details;
  }
}

/** What grpc-js sends for an error; one that is not of ours is a defect of the bench peer and says so. */
export function serviceError(error: unknown): Pick<ServiceError, 'code' | 'details' | 'metadata'> {
  if (!(error instanceof GatewayFault))
    return { code: status.INTERNAL, details: `bench peer: ${String(error)}`, metadata: new Metadata() };
  const whole = new google.rpc.Status();
  whole.setCode(error.code);
  whole.setMessage(error.message);
  for (const { address, mspId, message } of error.details) {
    const detail = new gateway.ErrorDetail();
    detail.setAddress(address);
    detail.setMspId(mspId);
    detail.setMessage(message);
    const any = whole.addDetails();
    any.setTypeUrl('type.googleapis.com/gateway.ErrorDetail');
    any.setValue(detail.serializeBinary());
  }
  const metadata = new Metadata();
  if (error.details.length > 0) metadata.set('grpc-status-details-bin', Buffer.from(whole.serializeBinary()));
  return { code: error.code, details: error.message, metadata };
}
