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

const HEAD = ['what', 'figure', 'gate', 'goal', 'result'] as const;

/** The rows as text, columns aligned. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map(({ what, figure, gate, goal, pass }) => [
    what,
    figure,
    gate ?? '',
    goal ?? '',
    pass === undefined ? '' : pass ? 'pass' : 'BELOW',
  ]);
  const widths = HEAD.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  return [line(HEAD), widths.map((width) => '-'.repeat(width)).join('  '), ...cells.map(line)].join('\n');
}
