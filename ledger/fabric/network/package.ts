// SPDX-License-Identifier: Apache-2.0
/** The package that a peer installs: it holds no program, only where the chaincode server is and how the two know each other. */
import { createHash } from 'node:crypto';
import { tarGz } from './tar.ts';

export interface ServiceAddress {
  /** `host:port`. */
  readonly address: string;
  /** PEM of the authority of both certificates, and the peer's own. The key lies in the package: it opens this one door and no other. */
  readonly rootPem: string;
  readonly clientCertificatePem: string;
  readonly clientKeyPem: string;
}

export function chaincodePackage(label: string, service: ServiceAddress): { bytes: Buffer; id: string } {
  const connection = {
    address: service.address,
    dial_timeout: '10s',
    tls_required: true,
    client_auth_required: true,
    client_key: service.clientKeyPem,
    client_cert: service.clientCertificatePem,
    root_cert: service.rootPem,
  };
  const bytes = tarGz({
    'metadata.json': Buffer.from(JSON.stringify({ type: 'ccaas', label })),
    'code.tar.gz': tarGz({ 'connection.json': Buffer.from(JSON.stringify(connection)) }),
  });
  return { bytes, id: `${label}:${createHash('sha256').update(bytes).digest('hex')}` };
}
