// SPDX-License-Identifier: Apache-2.0
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { parseFabricConnection } from './connection.ts';
import { FabricError } from './errors.ts';
import { createAuthority, issue } from './testing/x509.ts';

const NOW_MS = Date.UTC(2026, 10, 21);
const authority = createAuthority('ca.hosp.example', NOW_MS);
const { certificatePem, privateKeyPem } = issue(authority, { commonName: 'gateway', unit: 'client' }, NOW_MS);
const WHOLE = {
  endpoint: '127.0.0.1:7051',
  serverName: 'peer0.hosp.example',
  tlsRootPem: authority.certificatePem,
  mspId: 'HospMSP',
  certificatePem,
  privateKeyPem,
  channel: 'vitals',
  chaincode: 'lamplight',
};

it('reads a connection file', () => {
  expect(parseFabricConnection(JSON.stringify(WHOLE))).toEqual(WHOLE);
  const { serverName: _serverName, ...rest } = WHOLE;
  expect(parseFabricConnection(JSON.stringify(rest))).toEqual(rest);
});

it.each(Object.keys(WHOLE))('names %s if it is not as it should be, and never says what it is', (name) => {
  const error = refusal(JSON.stringify({ ...WHOLE, [name]: 'secret of the house' }));
  expect(error).toMatchObject({ code: 'FABRIC_CONNECTION_INVALID', message: expect.stringContaining(`(${name})`) });
  expect(error.message).not.toContain('secret');
  if (name !== 'serverName') expect(refusal(JSON.stringify({ ...WHOLE, [name]: undefined })).message).toContain(name);
});

it('refuses a field that it does not know, and a key of another certificate', () => {
  expect(refusal(JSON.stringify({ ...WHOLE, password: 'x' })).message).toContain('not known');
  const other = issue(authority, { commonName: 'other' }, NOW_MS).privateKeyPem;
  expect(refusal(JSON.stringify({ ...WHOLE, privateKeyPem: other })).message).toContain('not that of');
});

test.prop([fc.oneof(fc.string(), fc.json())])('gives its own error for anything else', (text) => {
  expect(refusal(text).code).toBe('FABRIC_CONNECTION_INVALID');
});

function refusal(text: string): FabricError {
  try {
    parseFabricConnection(text);
  } catch (error) {
    if (error instanceof FabricError) return error;
    throw error;
  }
  throw new Error('it was taken');
}
