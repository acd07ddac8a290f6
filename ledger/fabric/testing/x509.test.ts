// SPDX-License-Identifier: Apache-2.0
/** The certificates of test networks, as node's and OpenSSL's X.509 see them. */
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { elements, oid } from './der.ts';
import { isLowS, signLowS, withOtherS } from './low-s.ts';
import { authorityFrom, createAuthority, isIssuedBy, issue } from './x509.ts';

const NOW_MS = Date.now();
const SUBJECT = {
  commonName: 'gateway-7',
  unit: 'client',
  hosts: ['peer.hosp.example', '127.0.0.1'],
  attributes: { role: 'gateway', deviceId: '00ff' },
};

it('issues leaves that node and OpenSSL accept under the authority, and only under it', () => {
  const [authority, stranger] = [
    createAuthority('ca.hosp.example', NOW_MS),
    createAuthority('ca.hosp.example', NOW_MS),
  ];
  const leaf = issue(authority, SUBJECT, NOW_MS);
  expect(isIssuedBy(authority.certificatePem, leaf.certificatePem, NOW_MS)).toBe(true);
  expect(isIssuedBy(stranger.certificatePem, leaf.certificatePem, NOW_MS)).toBe(false);
  expect(isIssuedBy(authority.certificatePem, leaf.certificatePem, NOW_MS + 366 * 86_400_000)).toBe(false);
  expect(openssl(authority.certificatePem, leaf.certificatePem)).toContain('leaf.pem: OK');
  expect(() => openssl(stranger.certificatePem, leaf.certificatePem)).toThrow();
});

it('writes names, hosts and attributes where they are looked for', () => {
  const { certificatePem, privateKeyPem } = issue(createAuthority('ca', NOW_MS), SUBJECT, NOW_MS);
  const leaf = new X509Certificate(certificatePem);
  expect(leaf.subject).toBe('OU=client\nCN=gateway-7');
  expect(leaf.subjectAltName).toBe('DNS:peer.hosp.example, IP Address:127.0.0.1');
  expect(leaf.ca).toBe(false);
  expect(leaf.checkPrivateKey(createPrivateKey(privateKeyPem))).toBe(true);
  const json = '{"attrs":{"role":"gateway","deviceId":"00ff"}}';
  const raw = Buffer.concat([oid('1.2.3.4.5.6.7.8.1'), Buffer.of(0x04, json.length), Buffer.from(json)]);
  expect(leaf.raw.includes(raw)).toBe(true);
});

it('goes on with an authority that was made elsewhere', () => {
  const made = createAuthority('ca', NOW_MS);
  const pem = made.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const leaf = issue(authorityFrom(made.certificatePem, pem), { commonName: 'later' }, NOW_MS);
  expect(isIssuedBy(made.certificatePem, leaf.certificatePem, NOW_MS)).toBe(true);
});

it('issues nothing that begins before its authority', () => {
  const [old, young] = [createAuthority('old', NOW_MS - 86_400_000), createAuthority('young', NOW_MS + 60_000)];
  const from = (pem: string) => new X509Certificate(pem).validFromDate;
  expect(from(issue(young, SUBJECT, NOW_MS).certificatePem)).toEqual(from(young.certificatePem));
  expect(from(issue(old, SUBJECT, NOW_MS).certificatePem).getTime()).toBeGreaterThan(NOW_MS - 600_000);
});

const signer = createAuthority('signer', NOW_MS).privateKey;
test.prop([fc.uint8Array({ maxLength: 64 })])(
  'signs with the lower s; the other s is as valid for ECDSA',
  (message) => {
    const signature = signLowS(message, signer);
    const other = withOtherS(signature);
    expect([isLowS(signature), isLowS(other)]).toEqual([true, false]);
    for (const one of [signature, other]) expect(verify('sha256', message, createPublicKey(signer), one)).toBe(true);
    expect(withOtherS(other)).toEqual(signature);
  },
);

test.prop([fc.uint8Array()])('a reader of random bytes ends, with elements or a RangeError', (bytes) => {
  try {
    for (const { whole, contents } of elements(bytes)) expect(whole.length).toBeGreaterThan(contents.length);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
  }
});

function openssl(authorityPem: string, leafPem: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'lamplight-x509-'));
  try {
    const [authority, leaf] = [join(folder, 'authority.pem'), join(folder, 'leaf.pem')];
    writeFileSync(authority, authorityPem);
    writeFileSync(leaf, leafPem);
    return execFileSync('openssl', ['verify', '-CAfile', authority, leaf], {
      stdio: 'pipe',
    }).toString();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
