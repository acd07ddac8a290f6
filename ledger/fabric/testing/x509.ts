// SPDX-License-Identifier: Apache-2.0
/**
 * Certificates for test networks: a P-256 authority, and leaves of it with organisational unit, names of a server, and the attributes by
 * which chaincode knows its caller. The authority may as well be one that cryptogen made. (RFC 5280; a test's stand-in for fabric-ca.)
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, der, elements, integer, octets, oid, sequence, set, tagged, text, truth, utcTime } from './der.ts';
import { signLowS } from './low-s.ts';

export interface Authority {
  readonly certificatePem: string;
  readonly privateKey: KeyObject;
}

export interface Credential {
  readonly certificatePem: string;
  /** PKCS #8. */
  readonly privateKeyPem: string;
}

export interface Subject {
  readonly commonName: string;
  /** What Fabric calls a node OU: client, peer, admin, orderer. */
  readonly unit?: string;
  /** DNS names and IP addresses under which it is reached. */
  readonly hosts?: readonly string[];
  /** What chaincode reads as attributes of its caller. */
  readonly attributes?: Readonly<Record<string, string>>;
}

const LIFETIME_MS = 365 * 24 * 60 * 60 * 1000;
/** Certificates begin a little earlier, for a verifier whose clock is behind. */
const CLOCK_MARGIN_MS = 5 * 60 * 1000;
/** Where fabric-ca puts the attributes of an identity, as JSON that no further tag wraps. */
const ATTRIBUTES_OID = '1.2.3.4.5.6.7.8.1';
const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

/** An authority that signed itself. */
export function createAuthority(commonName: string, nowMs: number): Authority {
  const { publicKey, privateKey } = p256();
  const name = nameOf({ commonName });
  const keyId = octets(randomBytes(20));
  const extensions = [
    extension('2.5.29.19', sequence(truth(true)), 'critical'),
    extension('2.5.29.15', bits(Buffer.of(0b0000_0110), 1), 'critical'),
    extension('2.5.29.14', keyId),
  ];
  const form = { name, issuer: name, publicKey, extensions, fromMs: nowMs - CLOCK_MARGIN_MS };
  return { certificatePem: certificate(form, privateKey), privateKey };
}

/** The authority whose two files are given. */
export function authorityFrom(certificatePem: string, privateKeyPem: string): Authority {
  return { certificatePem, privateKey: createPrivateKey(privateKeyPem) };
}

/** A new key and its certificate. */
export function issue(authority: Authority, subject: Subject, nowMs: number): Credential {
  const { publicKey, privateKey } = p256();
  const { hosts = [], attributes } = subject;
  const extensions = [
    extension('2.5.29.19', sequence(), 'critical'),
    extension('2.5.29.15', bits(Buffer.of(0b1000_0000), 7), 'critical'),
  ];
  if (hosts.length > 0) {
    extensions.push(extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))));
    extensions.push(extension('2.5.29.17', sequence(...hosts.map(alternativeName))));
  }
  if (attributes) extensions.push(extension(ATTRIBUTES_OID, Buffer.from(JSON.stringify({ attrs: attributes }))));
  const issuer = subjectOf(authority.certificatePem);
  // A peer looks at the authority at the moment when the leaf begins: it must be valid then.
  const fromMs = Math.max(
    nowMs - CLOCK_MARGIN_MS,
    new X509Certificate(authority.certificatePem).validFromDate.getTime(),
  );
  const form = { name: nameOf(subject), issuer, publicKey, extensions, fromMs };
  return {
    certificatePem: certificate(form, authority.privateKey),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** Whether the authority signed this certificate and it is valid now. */
export function isIssuedBy(authorityPem: string, certificatePem: string, nowMs: number): boolean {
  const [authority, leaf] = [new X509Certificate(authorityPem), new X509Certificate(certificatePem)];
  const isInTime = leaf.validFromDate.getTime() <= nowMs && nowMs < leaf.validToDate.getTime();
  return isInTime && leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
}

interface Form {
  readonly name: Uint8Array;
  readonly issuer: Uint8Array;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
  readonly fromMs: number;
}

function certificate({ name, issuer, publicKey, extensions, fromMs }: Form, key: KeyObject): string {
  const version3 = tagged(0, integer(Buffer.of(2)));
  const validity = sequence(utcTime(fromMs), utcTime(fromMs + LIFETIME_MS));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const body = sequence(
    version3,
    integer(randomBytes(16)),
    ECDSA_WITH_SHA256,
    issuer,
    validity,
    name,
    spki,
    tagged(3, sequence(...extensions)),
  );
  const whole = sequence(body, ECDSA_WITH_SHA256, bits(signLowS(body, key)));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replaceAll(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

function p256(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function nameOf({ commonName, unit }: Subject): Buffer {
  const part = (type: string, value: string) => set(sequence(oid(type), text(value)));
  return sequence(...(unit ? [part('2.5.4.11', unit)] : []), part('2.5.4.3', commonName));
}

function alternativeName(host: string): Buffer {
  return isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host));
}

function extension(id: string, value: Uint8Array, critical?: 'critical'): Buffer {
  return sequence(oid(id), ...(critical ? [truth(true)] : []), octets(value));
}

/** The subject's name in a certificate, byte for byte: an issuer's name has to equal it. */
function subjectOf(certificatePem: string): Uint8Array {
  const [whole] = elements(new X509Certificate(certificatePem).raw);
  const [body] = elements(whole!.contents);
  // RFC 5280 4.1: version, serial number, signature, issuer, validity, subject.
  return elements(body!.contents)[5]!.whole;
}
