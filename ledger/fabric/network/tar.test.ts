// SPDX-License-Identifier: Apache-2.0
/** Archives and packages: what tar reads back is what went in, and the same content is the same bytes. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fc, test } from '@fast-check/vitest';
import { afterAll, describe, expect, it } from 'vitest';
import { chaincodePackage } from './package.ts';
import { tarGz } from './tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'lamplight-tar-'));
afterAll(() => rmSync(folder, { recursive: true }));

const name = fc.stringMatching(/^[a-z]{1,20}(\.[a-z]{1,4})?$/);
const files = fc.dictionary(name, fc.uint8Array({ maxLength: 1500 }), {
  minKeys: 1,
  maxKeys: 4,
  noNullPrototype: true,
});

test.prop([files], { numRuns: 15 })('tar reads back the files', (wanted) => {
  expect(unpacked(tarGz(wanted))).toEqual(
    Object.fromEntries(Object.entries(wanted).map(([key, bytes]) => [key, Buffer.from(bytes)])),
  );
});

it('makes the same bytes of the same files, whatever their order', () => {
  const [a, b] = [Buffer.from('a'), Buffer.from('b')];
  expect(tarGz({ a, b })).toEqual(tarGz({ b, a }));
  // Of version 1 of the format: other bytes would give every installed package another id.
  expect(createHash('sha256').update(tarGz({ a, b })).digest('hex')).toMatchInlineSnapshot(
    `"68735b253beebfe38eaa41beba271504e8bf39240ffcf0a8257bc631b61c5104"`,
  );
  expect(tarGz({ a, b: a })).not.toEqual(tarGz({ a, b }));
  expect(() => tarGz({ ['x'.repeat(101)]: a })).toThrow(RangeError);
});

describe('the package of the chaincode', () => {
  const service = { address: '127.0.0.1:9991', rootPem: 'root', clientCertificatePem: 'cert', clientKeyPem: 'key' };
  const { bytes, id } = chaincodePackage('lamplight_1', service);

  it('is named by its label and hash, as a peer names it', () => {
    expect(id).toBe(`lamplight_1:${createHash('sha256').update(bytes).digest('hex')}`);
    expect(chaincodePackage('lamplight_1', { ...service, address: '127.0.0.1:9992' }).id).not.toBe(id);
  });

  it('is taken, built and released by our builder, and no other package is', () => {
    const parts = unpacked(bytes);
    const [source, metadata, output, release] = ['source', 'metadata', 'output', 'release'].map((part) => {
      mkdirSync(join(folder, part));
      return join(folder, part);
    }) as [string, string, string, string];
    writeFileSync(join(source, 'connection.json'), unpacked(parts['code.tar.gz']!)['connection.json']!);
    writeFileSync(join(metadata, 'metadata.json'), parts['metadata.json']!);
    builder('detect', source, metadata);
    builder('build', source, metadata, output);
    builder('release', output, release);
    const released = JSON.parse(readFileSync(join(release, 'chaincode/server/connection.json'), 'utf8'));
    expect(released).toMatchObject({ address: '127.0.0.1:9991', tls_required: true, client_auth_required: true });
    writeFileSync(join(metadata, 'metadata.json'), '{"type":"golang","label":"other"}');
    expect(() => builder('detect', source, metadata)).toThrow();
  });
});

function builder(step: 'detect' | 'build' | 'release', ...args: readonly string[]): void {
  execFileSync(fileURLToPath(new URL(`builder/bin/${step}`, import.meta.url)), args);
}

function unpacked(archive: Uint8Array): Record<string, Buffer> {
  const names = execFileSync('tar', ['-tz'], { input: archive }).toString().trim().split('\n');
  const one = (file: string) => execFileSync('tar', ['-xzO', file], { input: archive });
  return Object.fromEntries(names.map((file) => [file, one(file)]));
}
