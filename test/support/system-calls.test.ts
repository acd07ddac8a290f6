// SPDX-License-Identifier: Apache-2.0
/** The reader of system calls on traces made by hand: the sound order, and each way in which an acknowledgement is early. */
import { expect, it } from 'vitest';
import { findEarlyPubacks } from './system-calls.ts';

const WRITE = String.raw`12 pwrite64(27</data/journal.db-wal>, "\0\1@\2", 4, 0) = 4`;
const SYNC = '12 fsync(27</data/journal.db-wal>) = 0';
const PUBACK = String.raw`11 writev(37<socket:[5]>, [{iov_base="@", iov_len=1}, {iov_base="\2", iov_len=1}, {iov_base="#\22", iov_len=2}], 3) = 4`;
const TWO_PUBACKS = String.raw`11 write(37<socket:[5]>, "@\2\0\1@\2\0\n", 8) = 8`;
const find = (...lines: string[]) => findEarlyPubacks(lines.join('\n'));

it('finds nothing when a sync ends between the last write of a group and its PUBACKs', () => {
  expect(find(WRITE, WRITE, SYNC, PUBACK, TWO_PUBACKS, WRITE, SYNC, PUBACK)).toEqual({
    pubacks: 4,
    early: 0,
    groups: 2,
  });
});

it('follows a sync that other threads interrupt in the trace', () => {
  const split = [
    '12 fsync(27</data/journal.db-wal> <unfinished ...>',
    '13 futex(0x1) = 0',
    '12 <... fsync resumed>) = 0',
  ];
  expect(find(WRITE, ...split, PUBACK)).toMatchObject({ early: 0, groups: 1 });
  expect(find(WRITE, split[0]!, PUBACK, split[2]!)).toMatchObject({ early: 1 });
});

it.each([
  ['no sync at all', [WRITE, PUBACK]],
  ['a sync before the last write', [WRITE, SYNC, WRITE, PUBACK]],
  ['a sync that failed', [WRITE, SYNC.replace('= 0', '= -1 EIO (Input/output error)'), PUBACK]],
  ['a sync of another file', [WRITE, SYNC.replace('-wal', ''), PUBACK]],
  [
    'a write during the sync',
    [
      WRITE,
      SYNC.replace(') = 0', ' <unfinished ...>'),
      WRITE.replace('12', '14'),
      '12 <... fsync resumed>) = 0',
      PUBACK,
    ],
  ],
])('sees %s', (_, trace) => {
  expect(find(...trace)).toMatchObject({ pubacks: 1, early: 1 });
});

it('counts PUBACKs only at the start of what goes to a socket', () => {
  const live = String.raw`11 writev(37<socket:[5]>, [{iov_base="0", iov_len=1}, {iov_base="@\2\0\1", iov_len=4}], 2) = 5`;
  expect(find(live, WRITE).pubacks).toBe(0);
});
