// SPDX-License-Identifier: Apache-2.0
/** Named points at which the fault suite kills the client: each step of a transaction has one behind it. */

export const FABRIC_FAULT_POINTS = [
  'fabric-after-endorse',
  'fabric-after-envelope',
  'fabric-after-submit',
  'fabric-after-status',
] as const;
export type FabricFaultPoint = (typeof FABRIC_FAULT_POINTS)[number];

/** Passes one point; does not come back if this is where the process is to die. */
export type PassFabricFaultPoint = (point: FabricFaultPoint) => void;
