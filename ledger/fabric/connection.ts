// SPDX-License-Identifier: Apache-2.0
/** The connection file: where a peer of the channel is reached, under which identity, and which chaincode is meant. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { FabricError } from './errors.ts';

export interface FabricConnection {
  /** `host:port` of the peer of one's own organisation. */
  readonly endpoint: string;
  /** The name in the peer's TLS certificate, where it is reached under another one. */
  readonly serverName?: string;
  /** Authority of the peer's TLS certificate. */
  readonly tlsRootPem: string;
  readonly mspId: string;
  readonly certificatePem: string;
  /** P-256, PKCS #8. */
  readonly privateKeyPem: string;
  readonly channel: string;
  readonly chaincode: string;
}

/** Far above two certificates and a key. */
const MAX_CONNECTION_CHARACTERS = 100_000;

const FIELDS: Readonly<Record<keyof FabricConnection, (value: string) => boolean>> = {
  endpoint: (value) => /^[^\s:/]+:\d{1,5}$/.test(value),
  serverName: (value) => /^[A-Za-z0-9.-]{1,253}$/.test(value),
  tlsRootPem: isCertificate,
  mspId: (value) => /^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/.test(value),
  certificatePem: isCertificate,
  privateKeyPem: isP256Key,
  channel: (value) => /^[a-z][a-z0-9.-]{0,248}$/.test(value),
  chaincode: (value) => /^[A-Za-z0-9]+([-_][A-Za-z0-9]+)*$/.test(value),
};

/** Reads the text of a connection file. Throws FABRIC_CONNECTION_INVALID, which names the field and never its value. */
export function parseFabricConnection(text: string): FabricConnection {
  if (text.length > MAX_CONNECTION_CHARACTERS) throw invalid(`more than ${MAX_CONNECTION_CHARACTERS} characters`);
  const fields = objectOf(text);
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(FIELDS, name));
  if (unknown !== undefined) throw invalid('a field that is not known');
  for (const [name, isValid] of Object.entries(FIELDS)) {
    const value = fields[name];
    if (value === undefined && name === 'serverName') continue;
    if (typeof value !== 'string' || !isValid(value)) throw invalid(name);
  }
  if (!belongTogether(fields as unknown as FabricConnection)) throw invalid('the key is not that of the certificate');
  return fields as unknown as FabricConnection;
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The parser's own words would quote the file, and it holds a key.
    if (error instanceof SyntaxError) throw invalid('not JSON');
    throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('not an object');
  return value as Record<string, unknown>;
}

function isCertificate(pem: string): boolean {
  return parses(() => new X509Certificate(pem)) !== undefined;
}

function isP256Key(pem: string): boolean {
  return parses(() => createPrivateKey(pem))?.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

function belongTogether({ certificatePem, privateKeyPem }: FabricConnection): boolean {
  return new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(privateKeyPem));
}

/** What OpenSSL makes of it, or undefined where it makes nothing: its errors have no type of their own. */
function parses<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function invalid(detail: string): FabricError {
  return new FabricError('FABRIC_CONNECTION_INVALID', detail);
}
