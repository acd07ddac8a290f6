// SPDX-License-Identifier: Apache-2.0
/** The one table of the bench: what was measured, the figure, what design says it must be, and whether it is. */

export interface Row {
  readonly what: string;
  /** With its unit; or why there is none. */
  readonly figure: string;
  /** As the design states it; absent for a figure that only stands beside another. */
  readonly gate?: string;
  readonly goal?: string;
  /** Against the gate; undefined when nothing was measured or nothing is demanded. */
  readonly pass?: boolean;
}

/** A row that could not be measured here, and why. */
export function notAvailable(what: string, why: string): Row {
  return { what, figure: `not available: ${why}` };
}

/** The rows as text, columns aligned. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map(({ what, figure, gate = '', goal = '', pass }) => [what, figure, gate, goal, resultOf(pass)]);
  return formatColumns(['what', 'figure', 'gate', 'goal', 'result'], cells);
}

/** Lines under a head, each column as wide as its widest cell. */
export function formatColumns(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) => Math.max(name.length, ...lines.map((line) => line[column]!.length)));
  const padded = (line: readonly string[]) =>
    line
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  return [head, widths.map((width) => '-'.repeat(width)), ...lines].map(padded).join('\n');
}

function resultOf(pass: boolean | undefined): string {
  return pass === undefined ? '' : pass ? 'pass' : 'BELOW';
}
