// SPDX-License-Identifier: Apache-2.0
/** Sequence marks and device progress as bytes: in the group that moved them, and in their tables (docs/formats.md, "Journal"). */
import { asArray, asBytes, asInteger, asText, type CborValue, encodeCbor } from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { DeviceProgress } from '../intake/cadence.ts';
import { MAX_HOLES, type SessionMark } from '../intake/sequence-marks.ts';
import { decodeOwn } from './rows.ts';

const MAX_HANDLE_LENGTH = 64;
/** Devices in one group: each has a row in it. */
const MAX_PROGRESS = 8192;

/** CBOR [device, session, high, time of high, floor, [[first, last, from, to, reported] ...]]. */
export function encodeMark({ device, session, high, highMs, floor, holes }: SessionMark): Uint8Array {
  return encodeCbor([
    device,
    Buffer.from(session, 'hex'),
    high,
    Math.round(highMs),
    floor,
    holes.map((hole) => [hole.first, hole.last, Math.round(hole.fromMs), Math.round(hole.toMs), hole.reported]),
  ]);
}

/** Throws JOURNAL_DAMAGED. */
export function decodeMark(bytes: Uint8Array): SessionMark {
  const [device, session, high, highMs, floor, holes] = asArray(decodeOwn(bytes, damaged), damaged, 6);
  return {
    device: asText(device, damaged, MAX_HANDLE_LENGTH),
    session: Buffer.from(asBytes(session, damaged, { length: 8 })).toString('hex'),
    high: integer(high),
    highMs: integer(highMs),
    floor: integer(floor),
    holes: asArray(holes, damaged, MAX_HOLES).map((hole) => {
      const [first, last, fromMs, toMs, reported] = asArray(hole, damaged, 5);
      return {
        first: integer(first),
        last: integer(last),
        fromMs: integer(fromMs),
        toMs: integer(toMs),
        reported: reported === true,
      };
    }),
  };
}

/** CBOR [[device, last heard, reported up to] ...]. */
export function encodeProgress(progress: readonly DeviceProgress[]): Uint8Array {
  return encodeCbor(
    progress.map(({ device, lastMs, reportedToMs }) => [device, Math.round(lastMs), Math.round(reportedToMs)]),
  );
}

/** Throws JOURNAL_DAMAGED. */
export function decodeProgress(bytes: Uint8Array): DeviceProgress[] {
  return asArray(decodeOwn(bytes, damaged), damaged, MAX_PROGRESS).map((item) => {
    const [device, lastMs, reportedToMs] = asArray(item, damaged, 3);
    return {
      device: asText(device, damaged, MAX_HANDLE_LENGTH),
      lastMs: integer(lastMs),
      reportedToMs: integer(reportedToMs),
    };
  });
}

function integer(value: CborValue | undefined): number {
  return asInteger(value, damaged, -(2 ** 52), 2 ** 52);
}

function damaged(detail: string): GatewayError {
  return new GatewayError('JOURNAL_DAMAGED', `a sequence mark: ${detail}`);
}
