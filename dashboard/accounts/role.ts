// SPDX-License-Identifier: Apache-2.0
/** The roles of the people who sign in. A nurse sees values of the ward; the other three see none. */

export const ROLES = ['nurse', 'technician', 'administrator', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

/** Who is signed in. */
export interface Person {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Name of the gateway whose ward is the own one; values of another are refused. */
  readonly ward: string;
}
