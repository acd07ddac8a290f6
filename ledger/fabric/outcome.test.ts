// SPDX-License-Identifier: Apache-2.0
/** The table of failures that was measured on the real programs, row by row. */
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { outcomeOf, outcomeOfStatus } from './outcome.ts';

const details = (message: string, mspId = 'HospMSP') => [{ address: 'peer:7051', message, mspId }];
const REFUSED = 'chaincode response 500, CONFLICT: the log is open';

const TABLE = [
  { row: 'the contract threw', name: 'EndorseError', code: 10, details: details(REFUSED), kind: 'refused' },
  {
    row: "the other organisation's peer is down",
    name: 'EndorseError',
    code: 10,
    details: details('failed to collect enough transaction endorsements, connection refused', 'RegMSP'),
    kind: 'transient',
  },
  {
    row: 'the chaincode server is down',
    name: 'EndorseError',
    code: 10,
    details: details('error in simulation: failed to execute transaction: could not launch chaincode lamplight_1'),
    kind: 'transient',
  },
  { row: 'the peer has just started', name: 'EndorseError', code: 9, details: [], kind: 'transient' },
  { row: 'our deadline of the endorsement', name: 'EndorseError', code: 4, details: [], kind: 'transient' },
  {
    row: 'the orderer is down',
    name: 'SubmitError',
    code: 14,
    details: details('connection refused'),
    kind: 'ambiguous',
  },
  {
    row: 'the orderer is frozen',
    name: 'SubmitError',
    code: 14,
    details: details('DeadlineExceeded'),
    kind: 'ambiguous',
  },
  { row: 'the status is not known', name: 'CommitStatusError', code: 4, details: [], kind: 'ambiguous' },
  { row: 'two writers of one key in a block', name: 'CommitError', code: 11, kind: 'transient' },
  { row: 'wrong endorsers', name: 'CommitError', code: 10, kind: 'permanent' },
  { row: 'the duplicate of an envelope', name: 'CommitError', code: 9, kind: 'ambiguous' },
  {
    row: 'a query that the contract refuses',
    name: 'GatewayError',
    code: 2,
    details: details(REFUSED),
    kind: 'refused',
  },
  { row: 'a query without a peer', name: 'GatewayError', code: 14, details: [], kind: 'transient' },
  { row: 'a proposal that no peer understands', name: 'EndorseError', code: 3, details: [], kind: 'permanent' },
];

it.each(TABLE)('$name $code, $row: $kind', ({ row, kind, ...error }) => {
  expect(outcomeOf(Object.assign(new Error(row), error), 'HospMSP').kind).toBe(kind);
});

it('gives the code that the contract refused with, from our own organisation if it is there', () => {
  const answers = [...details('chaincode response 500, NOT_FOUND: the log', 'RegMSP'), ...details('x 500, STALE 7')];
  const error = Object.assign(new Error('no'), { name: 'EndorseError', code: 10, details: answers });
  expect(outcomeOf(error, 'HospMSP')).toEqual({ kind: 'refused', code: 'STALE', detail: '7', byUs: true });
  expect(outcomeOf(error, 'RegMSP')).toMatchObject({ code: 'NOT_FOUND', byUs: true });
  expect(outcomeOf(error, 'ThirdMSP')).toMatchObject({ code: 'NOT_FOUND', byUs: false });
});

it('knows what validation codes mean for the envelope', () => {
  const kinds = [0, 9, 10, 11, 12, 17, 18, 4, 255].map((code) => outcomeOfStatus(code).kind);
  const [never, again] = ['permanent', 'transient'];
  expect(kinds).toEqual(['committed', 'ambiguous', never, again, again, again, again, never, never]);
});

test.prop([fc.anything()])('throws on what is not from Fabric', (error) => {
  expect(() => outcomeOf(error, 'HospMSP')).toThrow();
  expect(() => outcomeOf(new TypeError('a bug'), 'HospMSP')).toThrow('a bug');
});
