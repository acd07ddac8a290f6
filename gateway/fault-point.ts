// SPDX-License-Identifier: Apache-2.0
/** Named points at which the durability tests kill the process: each durable step of the data path has one before and after it. */

export const FAULT_POINTS = [
  'journal-before-commit',
  'journal-after-commit',
  'puback-before',
  'puback-after',
  'record-before-commit',
  'record-after-commit',
  'series-after-write',
  'log-after-append',
  'log-before-head',
  'log-after-head',
  'cursor-before-commit',
  'cursor-after-commit',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Passes one point; kills the process if this passing is the chosen one. */
export type PassFaultPoint = (point: FaultPoint) => void;

/** Never kills: what runs for patients. */
export const noFaultPoints: PassFaultPoint = () => {};

/** Reads "NAME" or "NAME:N" (the N-th passing, 1 by default), as the durability tests hand it in; undefined means never. */
export function faultPoints(chosen: string | undefined, kill: () => void): PassFaultPoint {
  if (!chosen) return noFaultPoints;
  const [name, passing = '1'] = chosen.split(':');
  let left = Number(passing);
  return (point) => {
    if (point === name && --left === 0) kill();
  };
}
