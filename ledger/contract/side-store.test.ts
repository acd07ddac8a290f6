// SPDX-License-Identifier: Apache-2.0
/** The sealed side store: opens what it sealed, sees every alteration, and forgets. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bytesToHex } from '../codec/hex.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { commitTo, type Details, openDetails } from './details.ts';
import { SideStore } from './side-store.ts';
import { MapRecords } from './testing/map-records.ts';

const contact: Details = { kind: 'contacts', contact: 'ward 3, telephone 12' };
const key = createSecretKey(randomBytes(32));
const random = (length: number) => Uint8Array.from(randomBytes(length));

function make() {
  const records = new MapRecords();
  return { records, side: new SideStore({ records, key, random }) };
}

describe('the side store', () => {
  it('opens what it sealed; the same details have another commitment each time', async () => {
    const { side } = make();
    const [first, second] = [await side.put(contact), await side.put(contact)];
    expect(first).not.toEqual(second);
    expect(await side.open(first)).toEqual(contact);
    expect(await side.open(second)).toEqual(contact);
  });

  it("gives the bytes that show the ledger's commitment to somebody else", async () => {
    const { side } = make();
    const commitment = await side.put(contact);
    expect(openDetails(await side.opening(commitment), commitment, nodeCrypto.sha256)).toEqual(contact);
  });

  it('sees a changed byte, a record under another commitment, and another key', async () => {
    const { records, side } = make();
    const [one, other] = [await side.put(contact), await side.put({ ...contact, contact: 'somebody else' })];
    const sealed = records.held.get(bytesToHex(one))!;
    for (const at of [0, 30, sealed.length - 1]) {
      records.held.set(
        bytesToHex(one),
        sealed.map((byte, i) => (i === at ? byte ^ 1 : byte)),
      );
      await expect(side.open(one)).rejects.toMatchObject({ code: 'SEAL_BROKEN' });
    }
    records.held.set(bytesToHex(other), sealed);
    await expect(side.open(other)).rejects.toMatchObject({ code: 'SEAL_BROKEN' });
    records.held.set(bytesToHex(one), sealed);
    const stranger = new SideStore({ records, key: createSecretKey(randomBytes(32)), random });
    await expect(stranger.open(one)).rejects.toMatchObject({ code: 'SEAL_BROKEN' });
    expect(await side.open(one)).toEqual(contact);
  });

  it('sees details that the ledger did not commit to, also from who has the key', () => {
    const { opening } = commitTo(contact, random(16), nodeCrypto.sha256);
    const { commitment } = commitTo(contact, random(16), nodeCrypto.sha256);
    expect(() => openDetails(opening, commitment, nodeCrypto.sha256)).toThrow(
      expect.objectContaining({ code: 'SIDE_RECORD_DIFFERS' }),
    );
  });

  it('forgets', async () => {
    const { records, side } = make();
    const commitment = await side.put(contact);
    await side.erase(commitment);
    expect(records.held.size).toBe(0);
    await expect(side.open(commitment)).rejects.toMatchObject({ code: 'SIDE_RECORD_MISSING' });
  });
});
