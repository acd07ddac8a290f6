// SPDX-License-Identifier: Apache-2.0
/** Who belongs to the channel: creators of messages as a peer of Fabric judges them, by certificate chain, MSP id and signature. */
import { verify, X509Certificate } from 'node:crypto';
import { msp } from '@hyperledger/fabric-protos';
import { isLowS } from './low-s.ts';
import { isIssuedBy } from './x509.ts';

export interface Signed {
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** A SerializedIdentity. */
  readonly creator: Uint8Array;
}

export class Membership {
  readonly #authorities: ReadonlyMap<string, string>;
  readonly #channel: string;
  readonly #nowMs: () => number;

  /** `authorities`: certificate in PEM by MSP id. */
  constructor(authorities: ReadonlyMap<string, string>, channel: string, nowMs: () => number) {
    this.#authorities = authorities;
    this.#channel = channel;
    this.#nowMs = nowMs;
  }

  /** Nothing, or why the message is refused, in the words of a peer. */
  refusal({ message, signature, creator }: Signed): string | undefined {
    const identity = msp.SerializedIdentity.deserializeBinary(creator);
    const org = identity.getMspid();
    const authority = this.#authorities.get(org);
    const pem = Buffer.from(identity.getIdBytes_asU8()).toString();
    const certificate = certificateOf(pem);
    const denied = `access denied: channel [${this.#channel}] creator org`;
    if (!authority || !certificate || !isIssuedBy(authority, pem, this.#nowMs()))
      return `${denied} unknown, creator is malformed`;
    return isSignedBy(certificate, message, signature) ? undefined : `${denied} [${org}]`;
  }

  /** The organisation that a creator names. */
  orgOf(creator: Uint8Array): string {
    return msp.SerializedIdentity.deserializeBinary(creator).getMspid();
  }
}

/** What a node says to whom the channel's policy of this name does not let in. */
export function unsatisfied(policy: 'Readers' | 'Writers'): string {
  const need = `this policy requires 1 of the '${policy}' sub-policies to be satisfied`;
  return `implicit policy evaluation failed - 0 sub-policies were satisfied, but ${need}`;
}

export function serializedIdentity(mspId: string, certificatePem: string): Uint8Array {
  const identity = new msp.SerializedIdentity();
  identity.setMspid(mspId);
  identity.setIdBytes(Buffer.from(certificatePem));
  return identity.serializeBinary();
}

function certificateOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    // Whatever node's parser says of it, it is not a certificate.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function isSignedBy({ publicKey }: X509Certificate, message: Uint8Array, signature: Uint8Array): boolean {
  if (!verify('sha256', message, publicKey, signature)) return false;
  return isLowS(signature);
}
