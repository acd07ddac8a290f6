// SPDX-License-Identifier: Apache-2.0
/** What travels between client and chaincode: every value comes back, and strange bytes give a value or the one coded error. */
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { encodeCbor } from '../codec/cbor.ts';
import type { ContractEvent } from '../contract/answer.ts';
import { COMMAND_CODES, type CommandType } from '../contract/commands.ts';
import type { Reply } from '../contract/host.ts';
import { digest, Organisation } from '../contract/testing/world.ts';
import { FabricError } from './errors.ts';
import { decodeEvent, decodeReply, encodeEvent, encodeReply, sealedCommitment } from './wire.ts';

const word = fc.string({ maxLength: 40, unit: 'grapheme' }).filter((text) => text.isWellFormed());
const reply: fc.Arbitrary<Reply> = fc.oneof(
  fc.constantFrom<Reply>({ kind: 'accepted' }, { kind: 'already' }),
  fc.record({ kind: fc.constant('refused' as const), code: word, detail: word }),
);
const hex = (bytes: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const event: fc.Arbitrary<ContractEvent> = fc.record(
  {
    type: fc.constantFrom<ContractEvent['type']>('fork', ...(Object.keys(COMMAND_CODES) as CommandType[])),
    id: hex(16),
    originHash: hex(32),
    size: fc.maxSafeNat(),
  },
  { requiredKeys: ['type', 'id'] },
);

test.prop([reply])('an answer comes back', (value) => {
  expect(decodeReply(encodeReply(value))).toEqual(value);
});
test.prop([event])('an event comes back', (value) => {
  expect(decodeEvent(encodeEvent(value))).toEqual({ ...value });
});

test.prop([fc.uint8Array({ maxLength: 80 })])('random bytes give a value or the coded error', (bytes) => {
  for (const decode of [decodeReply, decodeEvent]) {
    try {
      decode(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(FabricError);
    }
  }
});

it('refuses answers of another form', () => {
  for (const parts of [[], ['else'], ['accepted', 'x'], ['refused', 'FORK']])
    expect(() => decodeReply(encodeCbor(parts))).toThrow(FabricError);
});

it('names the commitment that sealed details may travel under', () => {
  const org = new Organisation('NorthMSP', 'wire');
  expect(sealedCommitment(org.access())).toEqual(digest('details'));
  expect(sealedCommitment(org.register())).toEqual(digest('contacts'));
  expect(sealedCommitment(org.grant('c', org))).toEqual(digest('scope c'));
  expect(sealedCommitment(org.revoke('c'))).toBeUndefined();
});
