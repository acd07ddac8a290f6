// SPDX-License-Identifier: Apache-2.0
/** What a person probably meant who mistyped a word. */

const MAX_MISTAKES = 2;

/** The known word nearest to `typed` (letters added, left out, changed), or the one it begins; undefined when none is near. */
export function closest(typed: string, known: readonly string[]): string | undefined {
  if (typed === '') return undefined;
  const near = known
    .map((word) => ({ word, mistakes: word.startsWith(typed) ? 1 : editDistance(typed, word) }))
    .filter(({ word, mistakes }) => mistakes <= MAX_MISTAKES && mistakes < word.length);
  return near.sort((a, b) => a.mistakes - b.mistakes)[0]?.word;
}

/** Levenshtein's distance, a row at a time. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
